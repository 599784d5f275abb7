// The record tier by itself, beside maps with locks, an unordered CLOCK cache and an open table:
// each with all records, so that every find is a hit.
//
//   tier [--rounds N] [--milliseconds N] [--keys N]
//
// Rounds take turns, so that what else the machine does meets all alike; the table has medians, in
// millions of operations a second of the threads' own CPU time (all threads together), and their
// ratio to the maps'.  So waiting for a lock costs nothing here, which flatters those who have one.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <iostream>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <time.h>

#include <CLI/CLI.hpp>

#include "tier/subjects.h"

namespace {

struct Plan {
  unsigned rounds = 7;
  unsigned milliseconds = 200;
  std::uint32_t keys = 1'000'000;
  std::uint32_t large_keys = 4'000;
};

constexpr std::size_t name_size = 16;
constexpr std::size_t small_size = 118;  // a value of 100 bytes
constexpr std::size_t large_size = 16 * 1024 + 18;
constexpr std::size_t request_count = 1 << 20;

void write_name(std::uint32_t number, char* to) {
  std::copy_n("user:00000000000", name_size, to);
  for (char* digit = to + name_size; number > 0; number /= 10) {
    *--digit = static_cast<char>('0' + number % 10);
  }
}

/// Names one after the other in the order in which they are asked for, so that making them costs
/// nobody anything.
class Requests {
 public:
  Requests(std::uint32_t keys, double exponent, unsigned seed) : names_(request_count * name_size) {
    std::mt19937_64 random(seed);
    std::vector<double> sums(keys);
    double sum = 0;
    for (std::uint32_t i = 0; i < keys; ++i) {
      sums[i] = sum += exponent == 0 ? 1 : 1 / std::pow(i + 1.0, exponent);
    }
    std::vector<std::uint32_t> shuffled(keys);
    for (std::uint32_t i = 0; i < keys; ++i) shuffled[i] = i;
    std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937_64(1));
    std::uniform_real_distribution<double> anywhere(0, sum);
    for (std::size_t i = 0; i < request_count; ++i) {
      const auto found = std::lower_bound(sums.begin(), sums.end() - 1, anywhere(random));
      write_name(shuffled[static_cast<std::size_t>(found - sums.begin())],
                 names_.data() + i * name_size);
    }
  }
  std::string_view operator[](std::size_t number) const {
    return {names_.data() + number % request_count * name_size, name_size};
  }

 private:
  std::vector<char> names_;
};

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// `work(thread, i)` does the operations of step i and says how many they were.
template <class Work>
double rate(unsigned threads, unsigned milliseconds, const Work& work) {
  std::atomic<bool> stop{false};
  std::vector<double> rates(threads);
  std::vector<std::thread> running;
  for (unsigned thread = 0; thread < threads; ++thread) {
    running.emplace_back([&, thread] {
      const double start = cpu_seconds();
      std::uint64_t done = 0;
      for (std::size_t i = 0; !stop.load(std::memory_order_relaxed);) {
        for (int step = 0; step < 64; ++step, ++i) done += work(thread, i);
      }
      rates[thread] = static_cast<double>(done) / (cpu_seconds() - start) / 1e6;
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
  stop = true;
  for (std::thread& each : running) each.join();
  return std::accumulate(rates.begin(), rates.end(), 0.0);
}

class Table {
 public:
  void add(const std::string& row, const char* subject, double rate) {
    if (rates_.count(row) == 0) rows_.push_back(row);
    rates_[row][subject].push_back(rate);
  }
  void print() {
    std::printf("%-28s%26s%26s%26s%26s\n", "million a second (ratio)", "maps", "shared clock",
                "open table", "tier");
    for (const std::string& row : rows_) {
      std::printf("%-28s", row.c_str());
      const double base = median(rates_[row]["maps"]);
      for (const char* subject : {"maps", "shared clock", "open table", "tier"}) {
        const double middle = median(rates_[row][subject]);
        if (middle == 0) {
          std::printf("%26s", "");
        } else {
          std::printf("%18.2f (%5.2f)", middle, base > 0 ? middle / base : 0);
        }
      }
      std::printf("\n");
    }
  }

 private:
  static double median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
  }
  std::vector<std::string> rows_;
  std::map<std::string, std::map<std::string, std::vector<double>>> rates_;
};

struct Streams {
  std::vector<Requests> uniform;
  std::vector<Requests> zipf;

  explicit Streams(std::uint32_t keys) {
    for (unsigned thread = 0; thread < 4; ++thread) {
      uniform.emplace_back(keys, 0, thread + 10);
      zipf.emplace_back(keys, 0.99, thread + 20);
    }
  }
};

template <class Subject>
void load(Subject& subject, std::uint32_t keys, std::size_t size) {
  const std::string record(size, 'r');
  std::array<char, name_size> name;
  for (std::uint32_t i = 0; i < keys; ++i) {
    write_name(i, name.data());
    subject.store({name.data(), name.size()}, record);
  }
}

template <class Subject>
void measure(Subject& subject, const Plan& plan, const Streams& streams, const char* what,
             std::size_t size, Table& table) {
  const std::string expected(size, 'r');
  const auto finds = [&](const std::vector<Requests>& requests) {
    return [&](unsigned thread, std::size_t i) -> std::uint64_t {
      thread_local std::string record;
      const std::string_view name = requests[thread][i];
      if (!subject.find(name, record)) subject.store(name, expected);
      return 1;
    };
  };
  const std::string small = std::string("find ") + what;
  for (const unsigned threads : {1u, 2u, 4u}) {
    const std::string suffix = " t" + std::to_string(threads);
    table.add(small + " uniform" + suffix, Subject::name,
              rate(threads, plan.milliseconds, finds(streams.uniform)));
    table.add(small + " zipf" + suffix, Subject::name,
              rate(threads, plan.milliseconds, finds(streams.zipf)));
  }
}

template <class Subject>
void measure_writes(Subject& subject, const Plan& plan, const Streams& streams, Table& table) {
  const std::string record(small_size, 'w');
  for (const unsigned threads : {1u, 2u}) {
    const std::string suffix = " t" + std::to_string(threads);
    table.add("store 100 B uniform" + suffix, Subject::name,
              rate(threads, plan.milliseconds, [&](unsigned thread, std::size_t i) {
                subject.store(streams.uniform[thread][i], record);
                return std::uint64_t{1};
              }));
    table.add("95 find 5 store zipf" + suffix, Subject::name,
              rate(threads, plan.milliseconds, [&](unsigned thread, std::size_t i) {
                thread_local std::string found;
                const std::string_view name = streams.zipf[thread][i];
                if (i % 20 == 0) {
                  subject.store(name, record);
                } else {
                  subject.find(name, found);
                }
                return std::uint64_t{1};
              }));
  }
}

void measure_many(bench::Tier& tier, bench::Maps& maps, const Plan& plan, const Requests& requests,
                  Table& table) {
  constexpr std::size_t batch = 100;
  const auto names = [&](std::size_t i) {
    static thread_local std::vector<std::string_view> batch_names(batch);
    for (std::size_t j = 0; j < batch; ++j) batch_names[j] = requests[i * batch + j];
    return &batch_names;
  };
  std::string record;
  table.add("find 100 at once", bench::Tier::name,
            rate(1, plan.milliseconds, [&](unsigned, std::size_t i) -> std::uint64_t {
              return tier.find_many(*names(i), record);
            }));
  table.add("find 100 at once", bench::Maps::name,
            rate(1, plan.milliseconds, [&](unsigned, std::size_t i) -> std::uint64_t {
              std::uint64_t found = 0;
              for (const std::string_view name : *names(i)) found += maps.find(name, record);
              return found;
            }));
}

void run(const Plan& plan) {
  Table table;
  {
    const Streams streams(plan.keys);
    bench::Tier tier(std::size_t{plan.keys} * 320);
    bench::Maps maps;
    bench::SharedClock shared;
    bench::OpenTable open(plan.keys);
    const auto each = [&](const auto& does) {
      does(maps);
      does(shared);
      does(open);
      does(tier);
    };
    each([&](auto& subject) { load(subject, plan.keys, small_size); });
    for (unsigned round = 0; round < plan.rounds; ++round) {
      each([&](auto& subject) { measure(subject, plan, streams, "100 B", small_size, table); });
      each([&](auto& subject) { measure_writes(subject, plan, streams, table); });
      measure_many(tier, maps, plan, streams.uniform[0], table);
    }
  }
  const Streams streams(plan.large_keys);
  bench::Tier tier(std::size_t{plan.large_keys} * large_size * 3 / 2);
  bench::Maps maps;
  bench::SharedClock shared;
  bench::OpenTable open(plan.large_keys);
  const auto each = [&](const auto& does) {
    does(maps);
    does(shared);
    does(open);
    does(tier);
  };
  each([&](auto& subject) { load(subject, plan.large_keys, large_size); });
  for (unsigned round = 0; round < plan.rounds; ++round) {
    each([&](auto& subject) { measure(subject, plan, streams, "16 KiB", large_size, table); });
  }
  table.print();
}

}  // namespace

int main(int argc, char** argv) try {
  Plan plan;
  CLI::App app("The record tier beside maps with locks.");
  app.add_option("--rounds", plan.rounds);
  app.add_option("--milliseconds", plan.milliseconds, "of each measurement");
  app.add_option("--keys", plan.keys, "with records of 100 bytes");
  app.add_option("--large-keys", plan.large_keys, "with records of 16 KiB");
  CLI11_PARSE(app, argc, argv);
  run(plan);
  return 0;
} catch (const std::exception& error) {
  std::cerr << "tier: " << error.what() << '\n';
  return 1;
}
