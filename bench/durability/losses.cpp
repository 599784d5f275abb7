// What kill -9 costs at each level: a child writes and acknowledges over a pipe, is killed, and
// another one counts what is left.
#include <benchmark/benchmark.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <random>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <cairn/cache.h>

#include "durability/child.h"
#include "durability/plan.h"
#include "keys.h"
#include "raw_store.h"

namespace bench {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t writers = 4;
constexpr std::size_t value_bytes = 100;

struct Acknowledgement {
  std::uint32_t writer;
  std::uint32_t number;  // of the write, from 0
};

using Counts = std::array<std::uint64_t, writers>;

std::string key_of(std::size_t writer, std::uint64_t number) {
  return numbered("writer" + std::to_string(writer), number);
}

cairn::Cache open_cache(const fs::path& directory, const std::string& level) {
  return cairn::Cache::open(directory, {.timeout = cairn::never},
                            {.durability = level_of(level), .memory_budget = memory_budget});
}

void count(std::string& bytes, Counts& counts) {
  std::size_t at = 0;
  for (; at + sizeof(Acknowledgement) <= bytes.size(); at += sizeof(Acknowledgement)) {
    Acknowledgement each{};
    std::memcpy(&each, bytes.data() + at, sizeof each);
    if (each.writer >= writers) throw std::runtime_error("an acknowledgement that is none");
    counts[each.writer] = std::max<std::uint64_t>(counts[each.writer], each.number + 1);
  }
  bytes.erase(0, at);
}

// Kills the child so long after its first acknowledgement.  What it acknowledged before counts,
// even if it is read later.
Counts acknowledged_until_killed(Child& child, std::chrono::milliseconds after) {
  Counts counts{};
  std::string bytes = child.read(sizeof(Acknowledgement));
  const SteadyClock::time_point end = SteadyClock::now() + after;
  for (bool killed = false;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - SteadyClock::now());
    if (!killed && left.count() <= 0) {
      child.kill();
      killed = true;
    }
    pollfd ready{child.descriptor(), POLLIN, 0};
    if (!killed && ::poll(&ready, 1, static_cast<int>(left.count())) <= 0) continue;
    const std::string part = child.read(1 << 16);
    if (part.empty() && !killed) throw std::runtime_error("the child that writes has failed");
    if (part.empty()) return counts;
    bytes += part;
    count(bytes, counts);
  }
}

void kill_once(const Plan& plan, Loss& loss, std::chrono::milliseconds after) {
  const fs::path directory = plan.directory / "losses";
  fs::remove_all(directory);
  const std::string level(name(loss.level));
  Child writer({"write", directory.native(), level});
  const Counts acknowledged = acknowledged_until_killed(writer, after);
  Child counter({"count", directory.native(), level});
  std::istringstream left(counter.finish());
  std::uint64_t lost = 0;
  for (std::size_t i = 0; i < writers; ++i) {
    std::uint64_t found = 0;
    int prefix = 0;
    if (!(left >> found >> prefix)) throw std::runtime_error("the child that counts has failed");
    loss.acknowledged += acknowledged[i];
    lost += acknowledged[i] - std::min(acknowledged[i], found);
    loss.not_a_prefix += prefix == 1 ? 0 : 1;
  }
  fs::remove_all(directory);
  ++loss.kills;
  loss.lost += lost;
  loss.lost_bytes += lost * (key_of(0, 0).size() + value_bytes);
  loss.most_in_one = std::max(loss.most_in_one, lost);
}

// The promise; only clean_close allows a loss, and that of a suffix.
void check(const Loss& loss) {
  if (loss.not_a_prefix > 0) throw std::runtime_error("what is left is not a prefix");
  if (loss.acknowledged == 0) throw std::runtime_error("nothing was acknowledged");
  if (loss.lost > 0 && loss.level != cairn::Durability::clean_close) {
    throw std::runtime_error("acknowledged writes are lost");
  }
}

void run(benchmark::State& state, const Plan& plan, Results& results, cairn::Durability level) try {
  close_stores();
  std::minstd_rand random(static_cast<unsigned>(level) + 1);
  std::uniform_int_distribution<int> milliseconds(300, 1500);
  for ([[maybe_unused]] auto _ : state) {
    Loss loss{.level = level};
    for (int i = 0; i < plan.kills; ++i) {
      kill_once(plan, loss, std::chrono::milliseconds(milliseconds(random)));
    }
    results.losses.push_back(loss);
    state.SetIterationTime(1);
    state.counters["acknowledged"] = static_cast<double>(loss.acknowledged);
    state.counters["lost"] = static_cast<double>(loss.lost);
    check(loss);
  }
} catch (const std::exception& error) {
  state.SkipWithError(error.what());
}

}  // namespace

// write DIRECTORY LEVEL
int write_until_killed(const std::vector<std::string>& arguments) {
  cairn::Cache cache = open_cache(arguments.at(1), arguments.at(2));
  std::vector<std::thread> running;
  for (std::uint32_t writer = 0; writer < writers; ++writer) {
    running.emplace_back([&cache, writer] {
      for (std::uint32_t number = 0;; ++number) {
        cache.set(key_of(writer, number), value(number, value_bytes));
        const Acknowledgement each{writer, number};
        if (::write(STDOUT_FILENO, &each, sizeof each) != sizeof each) std::_Exit(1);
      }
    });
  }
  for (std::thread& each : running) each.join();
  return 1;
}

// count DIRECTORY LEVEL: for each writer, how many of its values are there, and whether they are
// its first ones.
int count_what_is_left(const std::vector<std::string>& arguments) {
  const cairn::Cache cache = open_cache(arguments.at(1), arguments.at(2));
  for (std::size_t writer = 0; writer < writers; ++writer) {
    std::uint64_t count = 0;
    std::uint64_t end = 0;
    const std::string head = "writer" + std::to_string(writer) + ":";
    cache.for_each_key(head, [&](std::string_view key) {
      ++count;
      end = std::stoull(std::string(key.substr(head.size()))) + 1;
      return true;
    });
    std::printf("%llu %d\n", static_cast<unsigned long long>(count), end == count ? 1 : 0);
  }
  return 0;
}

void register_losses(const Plan& plan, Results& results) {
  for (const cairn::Durability level : levels) {
    const std::string name = "kill/" + std::string(bench::name(level));
    benchmark::RegisterBenchmark(
        name.c_str(),
        [&plan, &results, level](benchmark::State& state) { run(state, plan, results, level); })
        ->Iterations(1)
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
  }
}

}  // namespace bench
