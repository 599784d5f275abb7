// The power is cut while several threads share the fsyncs of a store that promises power_loss.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <thread>

#include <cairn/caches.h>
#include "durability/power/campaign.h"
#include "durability/power/cut.h"
#include "durability/power/record.h"
#include "durability/unallocated.h"
#include "store/border/engine_hooks.h"

namespace cairn::test::durability {
namespace {

constexpr std::size_t thread_count = 4;
constexpr std::size_t verbs = 6;

// A call is numbered by its thread and its place there.
std::size_t number(std::size_t thread, std::size_t step) { return thread << 32 | step; }

std::string key(std::size_t thread, const char* what) { return std::to_string(thread) + what; }

// What the thread's own keys hold after so many of its calls.
struct Own {
  std::int64_t set = -1;
  std::int64_t batch = -1;
  std::int64_t added = -1;
  std::int64_t counted = 0;

  friend bool operator==(const Own&, const Own&) = default;
};

Own own_after(std::size_t steps) {
  Own own;
  for (std::size_t step = 0; step < steps; ++step) {
    const auto value = static_cast<std::int64_t>(step);
    switch (step % verbs) {
      case 0:
        own.set = value;
        break;
      case 2:
        own.batch = value;
        break;
      case 3:
        own.added = value;
        break;
      case 4:
        own.added = -1;
        break;
      case 5:
        ++own.counted;
        break;
      default:
        break;
    }
  }
  return own;
}

void call(Cache& cache, std::size_t thread, std::size_t step) {
  const auto value = static_cast<std::int64_t>(step);
  switch (step % verbs) {
    case 0:
      return cache.set(key(thread, "set"), value);
    case 1:
      return void(cache.incr("shared", 1));
    case 2:
      return void(cache.set_many({{key(thread, "x"), value}, {key(thread, "y"), value}}));
    case 3:
      return void(cache.add(key(thread, "added"), value));
    case 4:
      return void(cache.erase(key(thread, "added")));
    default:
      return cache.incr_many({{"both", 1}, {key(thread, "counted"), 1}});
  }
}

CacheOptions forever() { return {.timeout = never}; }

StoreOptions durable() {
  return {.durability = Durability::power_loss, .memory_budget = 8ull << 20};
}

std::vector<Event> record(const std::filesystem::path& directory, std::size_t steps) {
  Recorder recorder(directory);
  const store::HookedDirectory hooked(directory, recorder.env());
  {
    Cache cache = Cache::open(directory, forever(), durable());
    cache.set_many({{"shared", 0}, {"both", 0}});
    for (std::size_t thread = 0; thread < thread_count; ++thread) {
      cache.set(key(thread, "counted"), 0);
    }
    recorder.begin(number(thread_count, 0));  // from here on the calls count
    std::vector<std::thread> threads;
    for (std::size_t thread = 0; thread < thread_count; ++thread) {
      threads.emplace_back([&, thread] {
        for (std::size_t step = 0; step < steps; ++step) {
          recorder.begin(number(thread, step));
          call(cache, thread, step);
          recorder.acknowledge(number(thread, step));
          if (thread == 0 && step == steps / 2) cache.expire();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  return recorder.take();
}

// What all threads had begun and what was acknowledged, by a given event.
struct Progress {
  bool started = false;
  std::array<std::size_t, thread_count> begun{};
  std::array<std::size_t, thread_count> acknowledged{};

  void apply(const Event& event) {
    const std::size_t thread = event.number >> 32;
    const std::size_t steps = (event.number & 0xffffffff) + 1;
    if (event.kind == Event::Kind::begin) {
      if (thread == thread_count) {
        started = true;
      } else {
        begun.at(thread) = steps;
      }
    }
    if (event.kind == Event::Kind::acknowledged) acknowledged.at(thread) = steps;
  }
  // How many calls of one verb that makes.
  static std::int64_t count(const std::array<std::size_t, thread_count>& steps, std::size_t verb) {
    std::int64_t sum = 0;
    for (const std::size_t each : steps) {
      sum += static_cast<std::int64_t>((each + verbs - 1 - verb) / verbs);
    }
    return sum;
  }
};

class Survivors {
 public:
  explicit Survivors(const std::filesystem::path& directory)
      : hooked_(directory, unallocated()), cache_(Cache::open(directory, forever(), durable())) {}

  /// What is wrong; empty if nothing is.
  std::string judge(const Progress& progress) const {
    for (std::size_t thread = 0; thread < thread_count; ++thread) {
      if (value(key(thread, "x")) != value(key(thread, "y"))) return "half a batch";
      const Own own{value(key(thread, "set")), value(key(thread, "x")), value(key(thread, "added")),
                    value(key(thread, "counted"))};
      const std::size_t least = progress.acknowledged.at(thread);
      if (own != own_after(least) && own != own_after(progress.begun.at(thread))) {
        return "thread " + std::to_string(thread) + " does not find what its " +
               std::to_string(least) + " acknowledged calls left";
      }
    }
    return judge(progress, "shared", 1) + judge(progress, "both", 5);
  }

 private:
  std::string judge(const Progress& progress, const std::string& counter, std::size_t verb) const {
    const std::int64_t found = value(counter);
    const std::int64_t least = Progress::count(progress.acknowledged, verb);
    const std::int64_t most = Progress::count(progress.begun, verb);
    if (least <= found && found <= most) return {};
    return "counter " + counter + " is " + std::to_string(found) + ", not between " +
           std::to_string(least) + " and " + std::to_string(most);
  }
  std::int64_t value(const std::string& name) const { return cache_.get<std::int64_t>(name, -1); }

  const store::HookedDirectory hooked_;
  Cache cache_;
};

std::string judge(const std::filesystem::path& directory, const Progress& progress) try {
  return Survivors(directory).judge(progress);
} catch (const Error& error) {
  return std::string("does not open: ") + error.what();
}

CutResult cut(const std::vector<Event>& events, const Disk::Lies& lies, std::size_t step) {
  return cut_everywhere<Progress>(
      events, lies, step, [](const std::filesystem::path& directory, const Progress& progress) {
        return judge(directory, progress);
      });
}

TEST(PowerThreads, NothingAcknowledgedIsLost) {
  const Stopwatch watch;
  CutResult sum;
  const std::uint64_t wanted = amount(1u, 20'000u);
  while (sum.states < wanted) {
    const ScratchDirectory scratch;
    const std::vector<Event> events = record(scratch / "store", amount<std::size_t>(18, 60));
    const CutResult result = cut(events, {}, amount<std::size_t>(5, 1));
    sum.states += result.states;
    sum.violations += result.violations;
    if (result.violations != 0) {
      const auto file = std::filesystem::temp_directory_path() / "cairn-power-threads.log";
      save({{}, events}, file);
      ADD_FAILURE() << result.first << "\n  events kept in " << file;
      break;
    }
  }
  publish({.claim = "power cut, power_loss with 4 threads",
           .trials = sum.states,
           .violations = sum.violations,
           .seconds = watch.seconds()});
}

TEST(PowerThreads, ADiskThatLosesFileSyncsIsCaught) {
  const ScratchDirectory scratch;
  const std::vector<Event> events = record(scratch / "store", 24);
  // Whether one that is lost matters depends on who syncs next.
  EXPECT_GT(cut(events, {.lost_file_sync = 3}, 3).violations, 3u);
}

}  // namespace
}  // namespace cairn::test::durability
