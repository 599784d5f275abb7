#include "durability/damage/sweep.h"

#include <signal.h>

#include <mutex>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "durability/in_threads.h"
#include "durability/scratch.h"
#include "support/process.h"

namespace cairn::test::durability {
namespace {

// More than there are processors: an opening waits for threads and for the disk.
constexpr std::size_t workers = 4;
constexpr std::size_t most_said = 10;

// A share of the injuries, tried by one process after another.
class Worker {
 public:
  Worker(std::string store, std::string control, const std::vector<Injury>& injuries)
      : store_(std::move(store)), control_(std::move(control)), injuries_(injuries) {}

  Tallies run(const Range& range) {
    next_ = range.first;
    step_ = range.step;
    while (next_ < range.end) {
      Process process({CAIRN_DAMAGE_CHILD, "sweep", store_, (scratch_ / "copy").native(),
                       std::to_string(next_), std::to_string(step_), std::to_string(range.end),
                       control_});
      const int status =
          process.lines([this](const std::string& line) { take(line); }).value_or(128 + SIGALRM);
      if (status == 0) break;
      if (status == 1) throw std::runtime_error("damage_child fails");
      died(status);
    }
    return std::move(tallies_);
  }

 private:
  void take(const std::string& line) {
    std::istringstream words(line);
    std::size_t number = 0;
    std::size_t verdict = 0;
    words >> number >> verdict;
    if (number != next_ || verdict >= verdicts) throw std::runtime_error("unexpected: " + line);
    Tally& tally = begin_trial();
    const Verdict judged = strictly(static_cast<Verdict>(verdict));
    ++tally.verdict[static_cast<std::size_t>(judged)];
    if (judged > Verdict::shortened) say(tally, line);
    next_ += step_;
  }

  void died(int status) {
    Tally& tally = begin_trial();
    const bool hung = status == 128 + SIGALRM;
    tally.hangs += hung ? 1 : 0;
    tally.aborts += hung ? 0 : 1;
    const bool flip = injuries_[next_].kind == Injury::Kind::flipped;
    tally.flips_that_abort += flip && status == 128 + SIGABRT ? 1 : 0;
    say(tally, hung ? "hangs" : "ends with status " + std::to_string(status));
    next_ += step_;
  }

  // Only of a log that ends early can nobody tell: in any other the rest is still to be seen.
  Verdict strictly(Verdict verdict) const {
    const bool ends_early = injuries_[next_].kind == Injury::Kind::truncated;
    return verdict == Verdict::shortened && !ends_early ? Verdict::silent : verdict;
  }

  Tally& begin_trial() {
    const Injury& injury = injuries_[next_];
    Tally& tally = tallies_[kind_of_file(injury.file)];
    ++tally.trials;
    ++tally.of_kind[static_cast<std::size_t>(injury.kind)];
    return tally;
  }
  void say(Tally& tally, const std::string& what) const {
    if (tally.said.size() < most_said) tally.said.push_back(injuries_[next_].name() + ": " + what);
  }

  const std::string store_;
  const std::string control_;
  const std::vector<Injury>& injuries_;
  const ScratchDirectory scratch_;
  std::size_t next_ = 0;
  std::size_t step_ = 0;
  Tallies tallies_;
};

}  // namespace

void Tally::add(const Tally& other) {
  trials += other.trials;
  for (std::size_t i = 0; i < of_kind.size(); ++i) of_kind[i] += other.of_kind[i];
  for (std::size_t i = 0; i < verdict.size(); ++i) verdict[i] += other.verdict[i];
  aborts += other.aborts;
  flips_that_abort += other.flips_that_abort;
  hangs += other.hangs;
  said.insert(said.end(), other.said.begin(), other.said.end());
}

std::string Tally::text() const {
  std::string text;
  for (const std::string& each : said) text += "\n  " + each;
  return text;
}

Tally sum(const Tallies& tallies) {
  Tally all;
  for (const auto& [kind, tally] : tallies) all.add(tally);
  return all;
}

Sweep::Sweep(const std::filesystem::path& store, std::string control)
    : store_(store),
      control_(std::move(control)),
      injuries_(durability::injuries(read_files(store))) {}

Tallies Sweep::run(const Range& range) const {
  std::mutex mutex;
  Tallies all;
  in_threads(workers, [&](std::size_t i) {
    const Range share{range.first + i * range.step, range.step * workers, range.end};
    const Tallies one = Worker(store_, control_, injuries_).run(share);
    const std::lock_guard lock(mutex);
    for (const auto& [kind, tally] : one) all[kind].add(tally);
  });
  return all;
}

void make_store(const std::string& how, const std::filesystem::path& directory) {
  const Result made = test::run({CAIRN_DAMAGE_CHILD, "make", how, directory.native()});
  if (made.status != 0) throw std::runtime_error("no store: " + made.output);
}

}  // namespace cairn::test::durability
