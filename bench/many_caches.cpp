// What many caches in one store cost: making them, clear(), set, memory, descriptors, closing and
// opening, beside a store with one cache in the same run.
//
//   many_caches [--caches N] [--sets N] [--rounds N] [--budget MIB] [--directory DIRECTORY]
//
// The sets go to the caches in turn, and take turns with as many sets of the one cache.
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <cairn/caches.h>
#include "keys.h"
#include "temporary_directory.h"

namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

struct Plan {
  std::size_t caches = 1000;
  std::size_t sets = 100'000;
  std::size_t rounds = 5;
  std::uint64_t budget = 256;
  fs::path directory = fs::temp_directory_path();
};

double seconds_of(const std::function<void()>& work) {
  const auto start = Steady::now();
  work();
  return std::chrono::duration<double>(Steady::now() - start).count();
}

// Of the calling thread.
double processor_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// Of a call, in microseconds.
struct Time {
  double took;
  double processor;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// A line of /proc/self/status, in MiB.
double status_line(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) return std::stod(line.substr(name.size() + 1)) / 1024;
  }
  throw std::runtime_error("no " + name + " in /proc/self/status");
}

std::ptrdiff_t descriptors() {
  return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()) - 1;
}

// The caches of one directory, as a program has them that names them all in its configuration.
class Many {
 public:
  Many(const fs::path& directory, std::size_t count, std::uint64_t budget)
      : caches_(directory, configuration(count), {.memory_budget = budget << 20}) {
    for (std::size_t i = 0; i < count; ++i) each_.push_back(&caches_[name(i)]);
  }

  std::size_t size() const { return each_.size(); }
  cairn::Cache& operator[](std::size_t i) const { return *each_[i % each_.size()]; }
  void set_each_once() const {
    for (cairn::Cache* each : each_) each->set("first", 1);
  }
  // `count` sets, to the caches in turn.
  Time set(std::size_t count, bench::Picker& keys) const {
    const std::string value = bench::value(1);
    const double processor = processor_seconds();
    const double took = seconds_of([&] {
      for (std::size_t i = 0; i < count; ++i) (*this)[i].set(keys.next(), value);
    });
    const double each = 1e6 / static_cast<double>(count);
    return {took * each, (processor_seconds() - processor) * each};
  }
  void close() { caches_.close_all(); }

 private:
  static std::string name(std::size_t i) { return "cache" + std::to_string(i); }
  static cairn::Caches::Configuration configuration(std::size_t count) {
    cairn::Caches::Configuration options;
    for (std::size_t i = 0; i < count; ++i) options.push_back({name(i), {.timeout = cairn::never}});
    return options;
  }

  cairn::Caches caches_;
  std::vector<cairn::Cache*> each_;
};

void report_memory(const char* when, const Many& many) {
  const cairn::Stats stats = many[0].stats();
  std::printf("%-34s %9.1f MiB of %.0f; the process has %.1f\n", when,
              static_cast<double>(stats.memory_bytes) / (1 << 20),
              static_cast<double>(stats.memory_budget) / (1 << 20), status_line("RssAnon"));
}

void measure_clear(const Many& many) {
  std::vector<double> took;
  for (std::size_t i = 0; i < std::min<std::size_t>(many.size(), 50); ++i) {
    took.push_back(1e3 * seconds_of([&] { many[i * 17].clear(); }));
  }
  std::printf("%-34s %9.1f ms, at most %.1f (target 100)\n", "clear() of one", median(took),
              *std::max_element(took.begin(), took.end()));
}

void measure_set(const Many& many, const Many& one, const Plan& plan) {
  bench::Picker many_keys("user");
  bench::Picker one_keys("user");
  std::vector<double> ratios;
  std::vector<double> processor_ratios;
  for (std::size_t i = 0; i < plan.rounds; ++i) {
    const Time of_one = one.set(plan.sets, one_keys);
    const Time of_many = many.set(plan.sets, many_keys);
    ratios.push_back(of_many.took / of_one.took);
    processor_ratios.push_back(of_many.processor / of_one.processor);
    std::printf("%-34s %9.2f us, one cache %.2f, ratio %.2f; processor %.2f, %.2f, %.2f\n", "set",
                of_many.took, of_one.took, ratios.back(), of_many.processor, of_one.processor,
                processor_ratios.back());
  }
  std::printf("%-34s %9.2f (target 1.3); of processor time %.2f\n", "set, median ratio",
              median(ratios), median(processor_ratios));
}

void run(const Plan& plan) {
  const bench::TemporaryDirectory directory(plan.directory);
  const fs::path where = directory.path() / "many";
  const Many one(directory.path() / "one", 1, plan.budget);
  one.set_each_once();
  auto many = std::make_unique<Many>(where, plan.caches, plan.budget);

  const double made = seconds_of([&] { many->set_each_once(); });
  std::printf("%-34s %9.2f s (target 10)\n",
              ("first set of each of " + std::to_string(plan.caches)).c_str(), made);
  std::printf("%-34s %9td\n", "open descriptors", descriptors());
  report_memory("memory", *many);
  measure_clear(*many);
  measure_set(*many, one, plan);
  report_memory("memory", *many);
  std::printf("%-34s %9td\n", "open descriptors", descriptors());
  std::printf("%-34s %9.1f ms\n", "stats()", 1e3 * seconds_of([&] { (*many)[1].stats(); }));

  const fs::path copy = directory.path() / "copy";
  std::printf("%-34s %9.2f s\n", "checkpoint()", seconds_of([&] { (*many)[0].checkpoint(copy); }));
  std::printf("%-34s %9.2f s\n", "closing", seconds_of([&] { many->close(); }));
  std::printf("%-34s %9.2f s\n", "opening", seconds_of([&] { (*many)[0].contains("first"); }));
  many->close();
  // A copy has the log and no seal, as a crash leaves them.
  std::printf("%-34s %9.2f s\n", "opening after a crash",
              seconds_of([&] { many = std::make_unique<Many>(copy, plan.caches, plan.budget); }));
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app("What many caches in one store cost.");
  Plan plan;
  app.add_option("--caches", plan.caches, "How many there are")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--sets", plan.sets, "Sets in a round")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--rounds", plan.rounds, "Rounds of sets")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--budget", plan.budget, "StoreOptions::memory_budget, in MiB")
      ->capture_default_str();
  app.add_option("--directory", plan.directory, "Where the stores are made")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  run(plan);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "many_caches: %s\n", error.what());
  return 1;
}
