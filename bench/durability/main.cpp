// What each promise of durability costs, beside raw RocksDB at the same settings and beside what
// the disk can do.  bench/README.md says how to run it.
#include <benchmark/benchmark.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "durability/child.h"
#include "durability/machine.h"
#include "durability/plan.h"
#include "durability/reporter.h"
#include "durability/results.h"
#include "durability/targets.h"
#include "temporary_directory.h"

namespace bench {

Plan smoke_plan() {
  return {.seconds_per_cell = 0.03,
          .rounds = 1,
          .reopened_keys = {10'000},
          .reopenings = 1,
          .kills = 1};
}

namespace {

namespace fs = std::filesystem;

struct Arguments {
  fs::path parent = fs::temp_directory_path();
  double seconds_per_cell = 0;
  bool smoke = false;
  bool allow_debug = false;
  std::string out;
  std::string commit = "unknown";
  std::string command = "bench/durability";
};

void define(CLI::App& flags, Arguments& arguments) {
  flags
      .add_option("--directory", arguments.parent,
                  "Where the stores are made, and removed again; default: the system's directory "
                  "for temporary files")
      ->check(CLI::ExistingDirectory);
  flags
      .add_option("--seconds-per-cell", arguments.seconds_per_cell,
                  "Of all sides of a cell together; default 8, which makes 14 to 20 minutes")
      ->check(CLI::PositiveNumber);
  flags.add_flag("--smoke", arguments.smoke,
                 "Everything once and for a moment, in any build: shows that it runs");
  flags.add_flag("--allow-debug", arguments.allow_debug,
                 "Measure a build that is not a release build all the same");
  flags.add_option("--out", arguments.out, "File for the results as JSON");
  flags.add_option("--commit", arguments.commit, "For the results: what is measured");
  flags.add_option("--command", arguments.command, "For the results: how it was started");
  flags.footer("Flags of Google Benchmark: --benchmark_filter=REGEX, --benchmark_list_tests");
}

Results measure(const Arguments& arguments, int& failures) {
  const TemporaryDirectory directory(arguments.parent);
  Plan plan = arguments.smoke ? smoke_plan() : Plan{};
  plan.directory = directory.path();
  if (arguments.seconds_per_cell > 0) plan.seconds_per_cell = arguments.seconds_per_cell;

  Results results;
  results.context = describe_machine(directory.path());
  results.context.commit = arguments.commit;
  results.context.command = arguments.command;
  results.context.seconds_per_cell = plan.seconds_per_cell;
  results.context.rounds = plan.rounds;
  register_matrix(plan, results);
  register_reopening(plan, results);
  register_losses(plan, results);
  ProgressReporter reporter;
  if (benchmark::RunSpecifiedBenchmarks(&reporter) == 0) failures = 1;
  failures += reporter.failures();
  close_stores();
  benchmark::ClearRegisteredBenchmarks();
  return results;
}

int run(int count, char** values) {
  if (count > 1 && std::string(values[1]) == "child") {
    return run_child({values + 2, values + count});
  }
  Arguments arguments;
  CLI::App flags("What each promise of durability costs", "durability");
  define(flags, arguments);
  flags.allow_extras();
  CLI11_PARSE(flags, count, values);
  std::vector<std::string> others = flags.remaining();
  others.insert(others.begin(), "durability");
  std::vector<char*> pointers;
  for (std::string& each : others) pointers.push_back(each.data());
  int left = static_cast<int>(pointers.size());
  benchmark::Initialize(&left, pointers.data());
  if (benchmark::ReportUnrecognizedArguments(left, pointers.data())) return 2;

#ifndef NDEBUG
  if (!arguments.smoke && !arguments.allow_debug) {
    std::cerr << "durability: this is not a release build, and its numbers would mean nothing; "
                 "build preset release, or give --allow-debug\n";
    return 1;
  }
#endif

  int failures = 0;
  const Results results = measure(arguments, failures);
  const nlohmann::json json = to_json(results);
  if (!arguments.out.empty() && !(std::ofstream(arguments.out) << json.dump(1) << '\n')) {
    throw std::runtime_error("cannot write " + arguments.out);
  }
  std::cout << "\nTargets\n" << table(judge(results_from(json)));
  if (failures > 0) std::cout << "\nSome benchmarks failed: see above.\n";
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace bench

int main(int count, char** values) try {
  return bench::run(count, values);
} catch (const std::exception& error) {
  std::cerr << "durability: " << error.what() << '\n';
  return 1;
}
