// Hot operations side by side: Cairn, RocksDB alone, LMDB where it is installed, maps in memory.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <functional>
#include <latch>
#include <mutex>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "hot/subjects.h"
#include "keys.h"
#include "temporary_directory.h"

namespace bench {
namespace {

using Steady = std::chrono::steady_clock;

struct Sizes {
  std::size_t keys = 1'000'000;
  std::size_t large = 20'000;
  std::size_t counters = 10'000;
  std::size_t memory = 512;
};

/// Which keys are asked for, in which order: made beforehand, so that choosing costs nothing.
using Order = std::vector<std::uint32_t>;

Order uniform(std::size_t keys, std::size_t count) {
  std::mt19937_64 dice(1);
  Order order(count);
  for (std::uint32_t& each : order) each = static_cast<std::uint32_t>(dice() % keys);
  return order;
}

// Which key is how popular has nothing to do with its number.
Order zipf(std::size_t keys, std::size_t count, double exponent) {
  std::vector<double> sums(keys);
  double sum = 0;
  for (std::size_t i = 0; i < keys; ++i) {
    sums[i] = sum += std::pow(static_cast<double>(i + 1), -exponent);
  }
  std::vector<std::uint32_t> names(keys);
  std::iota(names.begin(), names.end(), 0u);
  std::mt19937_64 dice(2);
  std::shuffle(names.begin(), names.end(), dice);
  std::uniform_real_distribution<double> any(0, sum);
  Order order(count);
  for (std::uint32_t& each : order) {
    const auto at = std::lower_bound(sums.begin(), sums.end(), any(dice)) - sums.begin();
    each = names[std::min(static_cast<std::size_t>(at), keys - 1)];
  }
  return order;
}

/// As numbered(), without what printf costs.
class Key {
 public:
  std::string_view of(std::string_view name, std::uint32_t number) {
    char* to = std::copy(name.begin(), name.end(), text_);
    *to++ = ':';
    for (int digit = 7; digit >= 0; --digit, number /= 10) {
      to[digit] = static_cast<char>('0' + number % 10);
    }
    return {text_, static_cast<std::size_t>(to + 8 - text_)};
  }

 private:
  char text_[24];
};

/// What one thread does again and again; its state is its own.
struct Hand {
  Subject& subject;
  const Order& order;
  const std::vector<std::string>& values;
  std::size_t at;
  std::string value = {};
  std::vector<std::string> keys = {};
  Key key = {};

  std::string_view user(std::uint32_t number) { return key.of("user", number); }
  std::string_view hits(std::uint32_t number) { return key.of("hits", number); }

  std::uint32_t next() {
    if (++at >= order.size()) at = 0;
    return order[at];
  }
};

struct Workload {
  std::string name;
  const Order* order;
  std::vector<int> threads;
  std::size_t at_once;  ///< operations in one call of `step`
  std::function<void(Hand&)> step;
};

void fill(Subject& subject, const Sizes& sizes) {
  for (std::size_t i = 0; i < sizes.keys; ++i) subject.set(numbered("user", i), value(i));
  for (std::size_t i = 0; i < sizes.large; ++i)
    subject.set(numbered("large", i), value(i, 16 << 10));
  for (std::size_t i = 0; i < sizes.counters; ++i) {
    subject.set_number(numbered("hits", i), 0);
    subject.set_user(numbered("who", i), {});
  }
  subject.settle();
}

void must(bool found) {
  if (!found) throw std::runtime_error("a key that was stored is missing");
}

std::vector<Workload> workloads(const Order& any, const Order& popular, const Order& any_large,
                                const Order& any_counter) {
  const auto get = [](Hand& hand) { must(hand.subject.get(hand.user(hand.next()), hand.value)); };
  const std::vector<int> all{1, 2, 4};
  const std::vector<int> two{1, 2};
  return {
      {"get uniform", &any, all, 1, get},
      {"get zipf", &popular, all, 1, get},
      {"get 16 KiB",
       &any_large,
       {1, 2},
       1,
       [](Hand& hand) { must(hand.subject.get(hand.key.of("large", hand.next()), hand.value)); }},
      {"get int64", &any_counter, two, 1,
       [](Hand& hand) { must(hand.subject.get_number(hand.hits(hand.next())) >= 0); }},
      {"get struct", &any_counter, two, 1,
       [](Hand& hand) {
         must(hand.subject.get_user(hand.key.of("who", hand.next())).scores.size() == 8);
       }},
      {"miss", &any, two, 1,
       [](Hand& hand) { must(!hand.subject.get(hand.key.of("none", hand.next()), hand.value)); }},
      {"get_many 100",
       &popular,
       {1},
       100,
       [](Hand& hand) {
         hand.keys.clear();
         for (int i = 0; i < 100; ++i) hand.keys.emplace_back(hand.user(hand.next()));
         must(hand.subject.get_many(hand.keys) > 0);
       }},
      {"get 95, set 5", &popular, all, 1,
       [get](Hand& hand) {
         if (hand.at % 20 != 0) return get(hand);
         const std::uint32_t key = hand.next();
         hand.subject.set(hand.user(key), hand.values[key % hand.values.size()]);
       }},
      {"incr hot", &any_counter, two, 1, [](Hand& hand) { hand.subject.incr(hand.hits(7)); }},
      {"incr many counters", &any_counter, two, 1,
       [](Hand& hand) { hand.subject.incr(hand.hits(hand.next())); }},
      {"add existing", &popular, two, 1,
       [](Hand& hand) { must(!hand.subject.add(hand.user(hand.next()), "another")); }},
      {"touch", &popular, two, 1,
       [](Hand& hand) { must(hand.subject.touch(hand.user(hand.next()))); }},
      {"set uniform", &any, all, 1,
       [](Hand& hand) {
         const std::uint32_t key = hand.next();
         hand.subject.set(hand.user(key), hand.values[key % hand.values.size()]);
       }},
  };
}

/// Operations a second of so many threads together.
double rate(Subject& subject, const Workload& workload, int threads, double seconds) {
  static const std::vector<std::string> values = [] {
    std::vector<std::string> made;
    for (std::size_t i = 0; i < 64; ++i) made.push_back(value(i));
    return made;
  }();
  std::latch start(threads + 1);
  std::atomic<bool> over{false};
  std::atomic<std::uint64_t> done{0};
  std::exception_ptr failed;
  std::mutex mutex;
  std::vector<std::thread> running;
  for (int thread = 0; thread < threads; ++thread) {
    running.emplace_back([&] {
      static std::atomic<std::size_t> beginnings{0};
      Hand hand{subject, *workload.order, values,
                (beginnings.fetch_add(7919) * 104'729) % workload.order->size()};
      std::uint64_t mine = 0;
      start.arrive_and_wait();
      try {
        while (!over.load(std::memory_order_relaxed)) {
          workload.step(hand);
          mine += workload.at_once;
        }
      } catch (...) {
        const std::lock_guard lock(mutex);
        failed = std::current_exception();
      }
      done += mine;
    });
  }
  start.arrive_and_wait();
  const auto begin = Steady::now();
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  over = true;
  for (std::thread& each : running) each.join();
  if (failed) std::rethrow_exception(failed);
  return static_cast<double>(done) / std::chrono::duration<double>(Steady::now() - begin).count();
}

double median(std::vector<double> numbers) {
  std::sort(numbers.begin(), numbers.end());
  return numbers[numbers.size() / 2];
}

void run(const std::filesystem::path& directory, const Sizes& sizes, int rounds, double seconds,
         const std::string& only) {
  constexpr std::size_t asked = 1 << 20;
  const Order any = uniform(sizes.keys, asked);
  const Order popular = zipf(sizes.keys, asked, 0.99);
  const Order any_large = uniform(sizes.large, asked);
  const Order any_counter = uniform(sizes.counters, asked);

  std::vector<std::unique_ptr<Subject>> subjects;
  fmt::print("{:<22}{:>4}", "operations a second", "");
  for (const SubjectKind& kind : subject_kinds()) {
    subjects.push_back(kind.open(directory / kind.name, sizes.memory << 20));
    fill(*subjects.back(), sizes);
    fmt::print("{:>24}", kind.name);
  }
  fmt::print("\n");
  for (const Workload& workload : workloads(any, popular, any_large, any_counter)) {
    if (workload.name.find(only) == std::string::npos) continue;
    for (const int threads : workload.threads) {
      std::vector<std::vector<double>> rates(subjects.size());
      // One round that does not count: what is hot is found out.
      for (int round = -1; round < rounds; ++round) {
        for (std::size_t i = 0; i < subjects.size(); ++i) {
          const double found = rate(*subjects[i], workload, threads, seconds);
          if (round >= 0) rates[i].push_back(found);
        }
      }
      fmt::print("{:<22}t{:<3}", workload.name, threads);
      for (const std::vector<double>& each : rates) {
        const auto [least, most] = std::minmax_element(each.begin(), each.end());
        fmt::print("{:>10.0f} {:>5.2f} +-{:>3.0f}%", median(each), median(each) / median(rates[0]),
                   (*most - *least) / median(each) * 50);
      }
      fmt::print("\n");
      std::fflush(stdout);
    }
  }
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) try {
  CLI::App app("Hot operations beside RocksDB alone: medians, ratios to it, half the spread");
  std::string parent = ".";
  std::string only;
  bench::Sizes sizes;
  int rounds = 5;
  double seconds = 1;
  app.add_option("--directory", parent, "where the stores are made");
  app.add_option("--only", only, "workloads whose names contain this");
  app.add_option("--keys", sizes.keys, "of 100 bytes");
  app.add_option("--large", sizes.large, "of 16 KiB");
  app.add_option("--counters", sizes.counters, "and so many structs");
  app.add_option("--memory", sizes.memory, "MiB for Cairn, and for RocksDB alone");
  app.add_option("--rounds", rounds);
  app.add_option("--seconds", seconds, "of each workload in each round");
  CLI11_PARSE(app, argc, argv);
#ifndef NDEBUG
  fmt::print(stderr, "this build is not one to measure: use preset release\n");
#endif
  const bench::TemporaryDirectory directory(parent);
  bench::run(directory.path(), sizes, rounds, seconds, only);
} catch (const std::exception& error) {
  fmt::print(stderr, "hot: {}\n", error.what());
  return 1;
}
