#include "durability/linearizability/run.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <filesystem>
#include <fstream>
#include <latch>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <thread>

namespace cairn::test::durability {
namespace {

struct Seen {
  std::size_t key;
  Event event;
};

}  // namespace

std::size_t History::violations() const {
  return static_cast<std::size_t>(std::count_if(
      keys.begin(), keys.end(), [](const auto& events) { return !linearizable(events); }));
}

std::uint64_t History::operations() const {
  return std::accumulate(keys.begin(), keys.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& events) { return sum + events.size(); });
}

std::uint64_t History::overlapping() const {
  std::uint64_t count = 0;
  for (const std::vector<Event>& events : keys) {
    for (std::size_t i = 0; i + 1 < events.size(); ++i) {
      count += events[i + 1].begin < events[i].end ? 1 : 0;
    }
  }
  return count;
}

std::string History::keep() const {
  std::string name = (std::filesystem::temp_directory_path() / "cairn-history.XXXXXX").native();
  const int file = ::mkstemp(name.data());
  if (file < 0) throw std::runtime_error("mkstemp " + name);
  ::close(file);
  std::ofstream out(name);
  out << "key begin end action argument value there\n";
  for (std::size_t key = 0; key < keys.size(); ++key) {
    for (const Event& event : keys[key]) {
      const Operation& operation = event.operation;
      out << key << ' ' << event.begin << ' ' << event.end << ' '
          << static_cast<int>(operation.action) << ' ' << operation.argument << ' '
          << operation.result.value << ' ' << operation.result.there << '\n';
    }
  }
  return name;
}

History make_history(const HistoryShape& shape, std::uint64_t seed, const std::string& prefix,
                     const Perform& perform, const std::function<void()>& meanwhile) {
  std::atomic<std::uint64_t> time{1};
  std::latch start(shape.threads + 2);
  std::atomic<bool> over{false};
  std::vector<std::vector<Seen>> seen(static_cast<std::size_t>(shape.threads));
  std::mutex mutex;
  std::exception_ptr failed;
  const auto guarded = [&](const auto& work) {
    start.arrive_and_wait();
    try {
      work();
    } catch (...) {
      const std::lock_guard lock(mutex);
      failed = std::current_exception();
    }
  };
  const auto work = [&](int thread) {
    Dice dice(seed * 64 + static_cast<std::uint64_t>(thread));
    const std::uint32_t steps = shape.operations / static_cast<std::uint32_t>(shape.threads);
    for (std::uint32_t step = 0; step < steps; ++step) {
      const std::size_t key = dice() % static_cast<std::size_t>(shape.keys);
      const std::string name = prefix + std::to_string(key);
      Event event{.operation = any_operation(dice, thread, step, shape.actions)};
      event.begin = time.fetch_add(1);
      event.operation.result = perform(thread, name, event.operation);
      event.end = time.fetch_add(1);
      seen[static_cast<std::size_t>(thread)].push_back({key, event});
      if (dice() % 4 == 0) std::this_thread::yield();
    }
  };
  std::vector<Event> clears;
  const auto clear = [&] {
    const std::uint64_t all = 2ull * shape.operations;
    for (std::uint32_t i = 1; i <= shape.clears; ++i) {
      while (time.load() < all * i / (shape.clears + 1) && !over.load()) std::this_thread::yield();
      Event event{.operation = {Action::clear}};
      event.begin = time.fetch_add(1);
      perform(shape.threads, prefix, event.operation);
      event.end = time.fetch_add(1);
      clears.push_back(event);
    }
  };
  std::vector<std::thread> threads;
  for (int thread = 0; thread < shape.threads; ++thread) {
    threads.emplace_back([&, thread] { guarded([&] { work(thread); }); });
  }
  threads.emplace_back([&] { guarded(meanwhile); });
  std::thread clearing([&] { guarded(clear); });
  for (std::thread& thread : threads) thread.join();
  over = true;
  clearing.join();
  if (failed) std::rethrow_exception(failed);

  History history{.keys = std::vector<std::vector<Event>>(static_cast<std::size_t>(shape.keys))};
  for (const auto& of_thread : seen) {
    for (const auto& [key, event] : of_thread) history.keys[key].push_back(event);
  }
  for (auto& events : history.keys) {
    events.insert(events.end(), clears.begin(), clears.end());
    std::sort(events.begin(), events.end(),
              [](const Event& a, const Event& b) { return a.begin < b.begin; });
  }
  return history;
}

ClockSource yielding_clock() {
  return [] {
    thread_local std::minstd_rand dice(std::random_device{}());
    if (dice() % 16 == 0) std::this_thread::yield();
    return system_clock_reading();
  };
}

}  // namespace cairn::test::durability
