#include "durability/kill/cycle.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "support/process.h"

namespace cairn::test::durability {
namespace {

using std::chrono::milliseconds;

// Steps that add to the shared counter.
std::int64_t shared_by(std::int64_t steps) {
  return count(Verb::shared_incr, steps) + count(Verb::incr_many, steps);
}

bool same_counters(const State& a, const State& b, int thread) {
  for (const char* name : {"own", "many"}) {
    if (a.at(key(name, thread)) != b.at(key(name, thread))) return false;
  }
  return true;
}

}  // namespace

KillCycle::KillCycle(KillOptions options, std::uint64_t seed)
    : options_(std::move(options)), random_(seed) {
  for (int thread = 0; thread < threads; ++thread) {
    threads_[static_cast<std::size_t>(thread)].state = first_state(thread);
  }
}

std::vector<std::string> KillCycle::run(bool thorough) {
  ++hour_;
  for (Thread& thread : threads_) {
    const std::size_t before = thread.state.size();
    expire(thread.state, hour_);
    count_.expired += before - thread.state.size();
  }
  write_until_killed();
  count_acknowledgements();
  look(thorough);
  shared_least_ = shared_most_ = shared_;
  for (int thread = 0; thread < threads; ++thread) check_thread(thread);
  check_shared(shared_least_, shared_most_);
  check_added();
  ++count_.cycles;
  return std::exchange(wrong_, {});
}

void KillCycle::write_until_killed() {
  std::vector<std::string> arguments{CAIRN_KILL_CHILD, options_.mode,
                                     (directory_ / "store").native(), options_.level,
                                     std::to_string(hour_)};
  for (const Thread& thread : threads_) arguments.push_back(std::to_string(thread.done));
  Process child(std::move(arguments));
  std::string bytes;
  // Mostly while it writes; now and then while it opens what the last kill left.
  if (random_() % 6 != 0) child.read(bytes, milliseconds(10'000), 1);
  child.read(bytes, milliseconds(random_() % 60), std::string::npos);
  child.kill();
  bytes += child.rest();
  acks_.resize(bytes.size() / sizeof(Ack));
  if (!acks_.empty()) std::memcpy(acks_.data(), bytes.data(), acks_.size() * sizeof(Ack));
}

void KillCycle::count_acknowledgements() {
  for (Thread& thread : threads_) thread.acknowledged = thread.done;
  for (const Ack& ack : acks_) {
    if (ack.step != threads_[static_cast<std::size_t>(ack.thread)].acknowledged++) {
      wrong("an acknowledgement is out of order");
    }
  }
  count_.acknowledged += acks_.size();
  if (acks_.empty()) ++count_.while_opening;
}

void KillCycle::look(bool thorough) {
  const auto done =
      std::minmax_element(threads_.begin(), threads_.end(),
                          [](const auto& a, const auto& b) { return a.done < b.done; });
  from_ = thorough ? 0 : std::max<std::int64_t>(0, round(done.first->done) - 1);
  to_ = 0;
  for (const Thread& thread : threads_) to_ = std::max(to_, round(thread.acknowledged) + 1);
  const Result result =
      cairn::test::run({CAIRN_KILL_CHILD, "dump", (directory_ / "store").native(), options_.level,
                        std::to_string(hour_), std::to_string(from_), std::to_string(to_)});
  if (result.status != 0) wrong("the store cannot be read");
  found_.clear();
  std::istringstream lines(result.output);
  std::string name;
  std::string lasting;
  for (std::int64_t value = 0; lines >> name >> value >> lasting;) {
    found_[name] = {value, lasting == "lasting" ? Stored::never : hour_ + 1};
  }
}

// A thread's keys are what some number of its steps leaves.  The step under way may or may not be
// there; where acknowledged steps may be lost the number may be any before, but it is still one
// number for all keys of the thread.
void KillCycle::check_thread(int number) {
  Thread& thread = threads_[static_cast<std::size_t>(number)];
  const std::int64_t before = thread.done;
  const auto [least, most] = fit(number, found_of(number));
  if (most < 0) {
    wrong("thread " + std::to_string(number) + " holds what no number of steps from " +
          std::to_string(options_.lossless ? thread.acknowledged : before) + " to " +
          std::to_string(thread.acknowledged + 1) + " leaves");
    return;
  }
  shared_least_ += shared_by(least) - shared_by(before);
  shared_most_ += shared_by(most) - shared_by(before);
  for (; thread.done < least; ++thread.done) {
    take_step(thread.state, number, thread.done, hour_);
  }
  // What shows no difference is done again.
  count_.lost += static_cast<std::uint64_t>(std::max<std::int64_t>(0, thread.acknowledged - least));
}

KillCycle::Fit KillCycle::fit(int number, const State& found) {
  const Thread& thread = threads_[static_cast<std::size_t>(number)];
  const std::int64_t first = options_.lossless ? thread.acknowledged : thread.done;
  Fit fit{-1, -1};
  State state = thread.state;
  for (std::int64_t steps = thread.done;; ++steps) {
    if (steps >= first && same_counters(state, found, number) && state == found) {
      if (fit.least < 0) fit.least = steps;
      fit.most = steps;
    }
    if (steps > thread.acknowledged) return fit;
    take_step(state, number, steps, hour_);
  }
}

void KillCycle::check_shared(std::int64_t least, std::int64_t most) {
  const auto shared = found_.find("shared");
  const std::int64_t value = shared == found_.end() ? 0 : shared->second.value;
  if (value < least || value > most) {
    wrong("the shared counter is " + std::to_string(value) + ", not within " +
          std::to_string(least) + " and " + std::to_string(most));
  }
  shared_ = value;
}

State KillCycle::found_of(int thread) const {
  State own = first_state(thread);  // killed before the counters were made: as good as zero
  for (const char* name : {"set", "lease", "batch", "own", "many"}) {
    const std::string prefix = std::string(name) + "-" + std::to_string(thread) + "-";
    for (auto at = found_.lower_bound(prefix); at != found_.end() && at->first.starts_with(prefix);
         ++at) {
      own.insert_or_assign(at->first, at->second);
    }
  }
  return own;
}

// What was granted, and has not been lost where that is allowed, stays granted, to that thread and
// to no other.
void KillCycle::check_added() {
  for (const Ack& ack : acks_) {
    if (verb(ack.step) != Verb::add) continue;
    const std::string name = added_key(round(ack.step));
    const auto at = found_.find(name);
    if (options_.lossless && at == found_.end()) wrong(name + " is lost");
    if (ack.granted == 0) continue;
    ++count_.granted;
    const auto [before, fresh] = granted_.emplace(name, ack.thread);
    if (!fresh && before->second != ack.thread) wrong(name + " was granted twice");
    if (!fresh && before->second == ack.thread) wrong(name + " was granted to its owner again");
  }
  for (std::int64_t each = from_; each <= to_; ++each) {
    const auto granted = granted_.find(added_key(each));
    if (granted == granted_.end()) continue;
    const auto at = found_.find(granted->first);
    if (at == found_.end() && !options_.lossless) {
      granted_.erase(granted);  // it may be granted again
    } else if (at == found_.end()) {
      wrong(granted->first + " is lost");
    } else if (at->second.value != granted->second) {
      wrong(granted->first + " has another owner");
    }
  }
}

std::string KillCycle::keep() const {
  namespace fs = std::filesystem;
  const fs::path kept = directory_.path().native() + "-kept";
  fs::copy(directory_.path(), kept, fs::copy_options::recursive);
  std::ofstream log(kept / "acknowledged");
  for (const Ack& ack : acks_) {
    log << ack.thread << ' ' << ack.step << ' ' << ack.granted << '\n';
  }
  return kept.native();
}

}  // namespace cairn::test::durability
