// What a reader costs the writer: the latency of Cache::set in a process that writes at a steady
// pace, alone and while `cairn dump` reads its store again and again.
//
//   reader_effect [--records N] [--rate N] [--seconds N] [--rounds N] [--directory DIRECTORY] CAIRN
//
// The pace leaves processor time for both, so that what is seen is whether they get into each
// other's way, and not that there are few processors.  Rounds with and without a reader take turns.
// A write counts from the moment that it was due: one that is late because another one was slow is
// slow too.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>

#include <cairn/caches.h>

extern char** environ;

namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;

struct Plan {
  std::string tool;
  fs::path directory = fs::temp_directory_path() / "cairn-bench-reader-effect";
  std::uint64_t records = 300'000;
  unsigned rate = 2000;
  unsigned seconds = 5;
  unsigned rounds = 7;
};

// Dumps, one after the other, to nowhere, for as long as it lives.
class Reader {
 public:
  explicit Reader(const Plan& plan) : plan_(plan), thread_([this] { loop(); }) {}
  ~Reader() {
    stop_ = true;
    thread_.join();
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

 private:
  void dump() const {
    std::string arguments[] = {plan_.tool, "dump", plan_.directory.native(), "--format", "jsonl"};
    std::vector<char*> pointers;
    for (std::string& each : arguments) pointers.push_back(each.data());
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    pid_t child = 0;
    const int error =
        ::posix_spawn(&child, pointers[0], &actions, nullptr, pointers.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    int status = 0;
    if (error != 0 || ::waitpid(child, &status, 0) != child || status != 0) {
      std::fprintf(stderr, "reader_effect: a dump failed\n");
      std::_Exit(1);
    }
  }
  void loop() {
    while (!stop_) {
      dump();
      ++dumps;
    }
  }

  const Plan& plan_;
  std::atomic<bool> stop_{false};

 public:
  std::atomic<unsigned> dumps{0};

 private:
  std::thread thread_;
};

std::string key_of(std::uint64_t number) { return "key-" + std::to_string(number); }

// How long each write took, in microseconds.
void write(cairn::Cache& cache, const Plan& plan, std::vector<double>& latencies) {
  const std::string value(100, 'v');
  const auto interval = std::chrono::nanoseconds(1'000'000'000 / plan.rate);
  std::uint64_t state = 88172645463325252u;
  auto due = Steady::now();
  for (unsigned i = 0; i < plan.rate * plan.seconds; ++i, due += interval) {
    std::this_thread::sleep_until(due);
    // A sleep that ends late is the kernel's doing, with and without a reader.
    const auto woken = Steady::now();
    const auto start = woken - due > interval ? due : woken;
    state = state * 6364136223846793005u + 1442695040888963407u;
    cache.set(key_of((state >> 33) % plan.records), value);
    latencies.push_back(Microseconds(Steady::now() - start).count());
  }
}

double quantile(std::vector<double>& sorted, double share) {
  return sorted[std::min(sorted.size() - 1,
                         static_cast<std::size_t>(static_cast<double>(sorted.size()) * share))];
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

constexpr double shares[] = {0.5, 0.99, 0.999};
constexpr const char* names[] = {"p50", "p99", "p99.9"};

// The quantiles of a round.
std::vector<double> measure(cairn::Cache& cache, const Plan& plan) {
  std::vector<double> latencies;
  latencies.reserve(std::size_t{plan.rate} * plan.seconds);
  write(cache, plan, latencies);
  std::sort(latencies.begin(), latencies.end());
  std::vector<double> quantiles;
  for (const double share : shares) quantiles.push_back(quantile(latencies, share));
  return quantiles;
}

void run(const Plan& plan) {
  cairn::Cache cache = cairn::Cache::open(plan.directory, {.timeout = cairn::never});
  for (std::uint64_t i = 0; i < plan.records; ++i) cache.set(key_of(i), std::string(100, 'v'));
  cache.compact();
  std::vector<double> alone[3];
  std::vector<double> watched[3];
  unsigned dumps = 0;
  for (unsigned round = 0; round < 2 * plan.rounds; ++round) {
    const bool with_reader = round % 2 == 1;
    std::vector<double> quantiles;
    if (with_reader) {
      const Reader reader(plan);
      quantiles = measure(cache, plan);
      dumps += reader.dumps;
    } else {
      quantiles = measure(cache, plan);
    }
    for (int i = 0; i < 3; ++i) (with_reader ? watched : alone)[i].push_back(quantiles[i]);
  }
  std::printf("%u writes/s of 100 bytes, %u rounds of %u s each, medians of the rounds; %u dumps\n",
              plan.rate, plan.rounds, plan.seconds, dumps);
  std::printf("%-8s %14s %14s %8s\n", "", "alone", "with reader", "ratio");
  for (int i = 0; i < 3; ++i) {
    const double before = median(alone[i]);
    const double after = median(watched[i]);
    std::printf("%-8s %11.1f us %11.1f us %8.2f\n", names[i], before, after, after / before);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app("What a reader costs the writer.");
  Plan plan;
  app.add_option("CAIRN", plan.tool, "The tool")->required()->check(CLI::ExistingFile);
  app.add_option("--records", plan.records, "How many records there are")->capture_default_str();
  app.add_option("--rate", plan.rate, "Writes a second")->capture_default_str();
  app.add_option("--seconds", plan.seconds, "How long a round is")->capture_default_str();
  app.add_option("--rounds", plan.rounds, "How many with a reader, and without")
      ->capture_default_str();
  app.add_option("--directory", plan.directory, "Where to make the store")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  run(plan);
  fs::remove_all(plan.directory);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "reader_effect: %s\n", error.what());
  return 1;
}
