// The power is cut while two threads do the same to one key, of which one finds nothing to do: what
// it is told rests on the other's write, and must be on disk as well.
#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include <array>
#include <atomic>
#include <barrier>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <cairn/cache.h>
#include "durability/power/campaign.h"
#include "durability/power/cut.h"
#include "durability/power/record.h"
#include "durability/unallocated.h"
#include "store/border/engine_hooks.h"
#include "support/log_syncs.h"

namespace cairn::test::durability {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t threads = 2;
constexpr const char* key = "key";

StoreOptions durable() {
  return {.durability = Durability::power_loss, .memory_budget = 8ull << 20};
}

// In even rounds the key is made, in odd ones it is removed; by each thread in another way.
using Call = std::function<void(Cache& cache)>;

const std::vector<Call>& making() {
  static const std::vector<Call> calls{
      [](Cache& cache) { cache.add(key, 1); },
      [](Cache& cache) { cache.incr(key, 1, {.initial = 0}); },
      [](Cache& cache) { cache.set(key, 1); },
      // The first thread has these not: what they answer does not say that the key was made, or,
      // being a read, that it is on disk.
      [](Cache& cache) { cache.add(key, 1, {.timeout = 0s}); },
      [](Cache& cache) { cache.get_or_set(key, 1); },
  };
  return calls;
}

const std::vector<Call>& removing() {
  static const std::vector<Call> calls{
      [](Cache& cache) { cache.erase(key); },
      [](Cache& cache) { cache.erase_many({key}); },
      [](Cache& cache) { cache.set(key, 2, {.timeout = 0s}); },
      [](Cache& cache) { cache.touch(key, {.timeout = 0s}); },
      [](Cache& cache) { cache.pop<int>(key); },
      [](Cache& cache) { cache.erase_prefix(key); },
      [](Cache& cache) {
        cache.update<int>(key, [](std::optional<int>) { return std::optional<int>(); });
      },
  };
  return calls;
}

// Reads say what is there, and wait for nothing: an answer that is not durable.
const std::vector<Call>& looking() {
  static const std::vector<Call> calls{[](Cache& cache) {
    while (cache.contains(key)) std::this_thread::yield();
  }};
  return calls;
}

// Syncs of logs wait while it is held.
class Hold {
 public:
  void hold() { held_ = true; }
  void let() {
    held_ = false;
    held_.notify_all();
  }
  void pass() const { held_.wait(true); }

 private:
  std::atomic<bool> held_{false};
};

std::size_t number(std::size_t thread, std::size_t round) { return thread << 32 | round; }

// How the second thread of a round removes, and when the disk may sync what the first has removed.
struct Second {
  const std::vector<Call>& calls;
  enum class Sync { at_once, when_the_second_is_told } sync;
};

std::vector<Event> record(const std::filesystem::path& directory, std::size_t rounds,
                          const Second& second) {
  Recorder recorder(directory);
  Hold syncs;
  LogSyncs disk(recorder.env(), [&] { syncs.pass(); });
  const store::HookedDirectory hooked(directory, disk);
  Cache cache = Cache::open(directory, {.timeout = never}, durable());
  cache.set(key, 0);
  cache.erase(key);
  recorder.begin(number(threads, 0));  // from here on the calls count
  std::barrier together(threads);
  std::vector<std::thread> running;
  for (std::size_t thread = 0; thread < threads; ++thread) {
    running.emplace_back([&, thread] {
      for (std::size_t round = 0; round < rounds; ++round) {
        const std::vector<Call>& calls = round % 2 == 0 ? making()
                                         : thread == 0  ? removing()
                                                        : second.calls;
        const bool holds = round % 2 == 1 && second.sync == Second::Sync::when_the_second_is_told;
        std::size_t choice = (round / 2 + thread * 3) % calls.size();
        if (round % 2 == 0 && thread == 0) choice %= 3;
        together.arrive_and_wait();
        if (holds && thread == 0) syncs.hold();
        recorder.begin(number(thread, round));
        calls[choice](cache);
        recorder.acknowledge(number(thread, round));
        if (holds && thread == 1) syncs.let();
      }
    });
  }
  for (std::thread& each : running) each.join();
  cache.close();
  return recorder.take();
}

// What rounds have begun, and which is the last of which a call was acknowledged.
struct Progress {
  bool started = false;
  std::size_t begun = 0;         // rounds
  std::size_t acknowledged = 0;  // rounds

  void apply(const Event& event) {
    const std::size_t thread = event.number >> 32;
    const std::size_t rounds = (event.number & 0xffffffff) + 1;
    if (event.kind == Event::Kind::begin) {
      if (thread == threads) {
        started = true;
      } else {
        begun = std::max(begun, rounds);
      }
    } else if (event.kind == Event::Kind::acknowledged) {
      const bool says_so = rounds % 2 == 0 || thread == 0;  // making()
      if (says_so) acknowledged = std::max(acknowledged, rounds);
    }
  }
  bool may_be_there() const { return begun % 2 == 1 || acknowledged % 2 == 1; }
  bool may_be_missing() const { return begun % 2 == 0 || acknowledged % 2 == 0; }
};

std::string judge(const std::filesystem::path& directory, const Progress& progress) try {
  const store::HookedDirectory hooked(directory, unallocated());
  Cache cache = Cache::open(directory, {.timeout = never}, durable());
  const bool there = cache.contains(key);
  if (there ? progress.may_be_there() : progress.may_be_missing()) return {};
  return std::string(there ? "the key is there" : "the key is missing") + " after " +
         std::to_string(progress.acknowledged) + " acknowledged rounds of " +
         std::to_string(progress.begun);
} catch (const Error& error) {
  return std::string("does not open: ") + error.what();
}

TEST(PowerSharedKey, NothingThatWasAnsweredIsUndone) {
  const Stopwatch watch;
  CutResult sum;
  const std::uint64_t wanted = amount(1u, 20'000u);
  while (sum.states < wanted) {
    const ScratchDirectory scratch;
    const std::vector<Event> events = record(scratch / "store", amount<std::size_t>(28, 112),
                                             {removing(), Second::Sync::at_once});
    const CutResult result = cut_everywhere<Progress>(events, {}, 1, judge);
    sum.states += result.states;
    sum.violations += result.violations;
    if (result.violations == 0) continue;
    ADD_FAILURE() << result.first;
    break;
  }
  publish({.claim = "power cut, power_loss with 2 threads on one key",
           .trials = sum.states,
           .violations = sum.violations,
           .seconds = watch.seconds()});
}

TEST(PowerSharedKey, AnAnswerThatDoesNotWaitForTheDiskIsCaught) {
  const ScratchDirectory scratch;
  const std::vector<Event> events =
      record(scratch / "store", 6, {looking(), Second::Sync::when_the_second_is_told});
  EXPECT_GT(cut_everywhere<Progress>(events, {}, 1, judge).violations, 0u);
}

}  // namespace
}  // namespace cairn::test::durability
