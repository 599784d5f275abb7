// Cairn's operations, each beside the same work on raw RocksDB.  bench/README.md says how to run
// it.
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <CLI/CLI.hpp>

#include "operations/contest.h"
#include "operations/reporter.h"
#include "operations/stores.h"
#include "temporary_directory.h"

namespace {

namespace fs = std::filesystem;

#ifdef NDEBUG
constexpr bool release = true;
#else
constexpr bool release = false;
#endif

// Repetitions of everything in random order, so that what else the machine does meets both sides
// alike.  Flags on the command line come later and win.
constexpr const char* default_flags[] = {
    "--benchmark_enable_random_interleaving=true",
    "--benchmark_repetitions=15",
    "--benchmark_min_time=0.04",
};

void print_help() {
  std::puts(
      "operations [--directory DIRECTORY] [--allow-debug] [flags of Google Benchmark]\n"
      "  --directory DIRECTORY   where the stores are made, and removed again; default: the\n"
      "                          system's directory for temporary files\n"
      "  --allow-debug           measure a build that is not a release build all the same\n");
  benchmark::PrintDefaultHelp();
}

// A format for programs goes to the standard output, and the tables to the standard error.
bool machine_readable(const std::vector<char*>& arguments) {
  constexpr std::string_view flag = "--benchmark_format=";
  std::string_view format = "console";
  for (const std::string_view each : arguments) {
    if (each.starts_with(flag)) format = each.substr(flag.size());
  }
  return format != "console";
}

int run(int argc, char** argv) {
  std::vector<std::string> defaults(std::begin(default_flags), std::end(default_flags));
  std::vector<char*> arguments{argv[0]};
  for (std::string& each : defaults) arguments.push_back(each.data());
  arguments.insert(arguments.end(), argv + 1, argv + argc);
  const bool for_programs = machine_readable(arguments);
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data(), print_help);

  fs::path parent = fs::temp_directory_path();
  bool allow_debug = false;
  CLI::App flags;
  flags.add_option("--directory", parent);
  flags.add_flag("--allow-debug", allow_debug);
  CLI11_PARSE(flags, count, arguments.data());
  if (!release && !allow_debug) {
    std::cerr << "operations: this is not a release build, and its numbers would mean nothing; "
                 "build preset release, or give --allow-debug\n";
    return 1;
  }

  const bench::TemporaryDirectory directory(parent);
  bench::open_stores(directory.path());
  bench::register_reads();
  bench::register_writes();
  bench::register_typed();
  bench::register_growth();
  std::unique_ptr<benchmark::BenchmarkReporter> inner;
  if (for_programs) inner.reset(benchmark::CreateDefaultDisplayReporter());
  bench::Reporter reporter(for_programs ? std::cerr : std::cout, std::move(inner));
  const bool any = benchmark::RunSpecifiedBenchmarks(&reporter) > 0;
  bench::close_stores();
  benchmark::Shutdown();
  return any ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) try {
  return run(argc, argv);
} catch (const std::exception& error) {
  std::cerr << "operations: " << error.what() << '\n';
  return 1;
}
