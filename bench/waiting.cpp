// What others wait for: the longest get of one cache while another is listed over a million erased
// keys, and a third is cleared again and again.
//
//   waiting [--erased N] [--rounds N] [--directory DIRECTORY]
//
// A listing, a clear and a get have nothing to do with each other but the store.  Rounds in which
// nothing is listed say what the clears and the machine alone do.
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
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <cairn/caches.h>

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

struct Plan {
  fs::path directory = fs::temp_directory_path() / "cairn-bench-waiting";
  std::uint64_t erased = 1'000'000;
  unsigned rounds = 5;
};

constexpr std::uint64_t batch = 1000;
constexpr std::uint64_t read_keys = 1000;

std::string key_of(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  return "key-" + std::string(12 - digits.size(), '0') + digits;
}

void fill_and_erase(cairn::Cache& cache, std::uint64_t count) {
  const std::string value(100, 'v');
  std::vector<std::pair<std::string, std::string>> values;
  for (std::uint64_t i = 0; i < count; ++i) {
    values.emplace_back(key_of(i), value);
    if (values.size() < batch && i + 1 < count) continue;
    cache.set_many(values);
    values.clear();
  }
  cache.set("last", value);
  cache.erase_prefix("key-");
}

// Clears a cache every few milliseconds, for as long as it lives.
class Clearing {
 public:
  explicit Clearing(cairn::Cache& cache)
      : thread_([this, &cache] {
          while (!stop_) {
            cache.set("key", 1);
            cache.clear();
            ++count;
            std::this_thread::sleep_for(5ms);
          }
        }) {}
  ~Clearing() {
    stop_ = true;
    thread_.join();
  }
  Clearing(const Clearing&) = delete;
  Clearing& operator=(const Clearing&) = delete;

  std::atomic<unsigned> count{0};

 private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

struct Round {
  double work_ms = 0;
  double longest_ms = 0;
  std::uint64_t gets = 0;
  unsigned clears = 0;
};

// Gets for as long as `work` runs in another thread.
template <class Work>
Round measure(cairn::Cache& read, cairn::Cache& cleared, const Work& work) {
  Round round;
  const Clearing clearing(cleared);
  std::atomic<bool> done{false};
  std::thread working([&] {
    const auto begin = Steady::now();
    work();
    round.work_ms = Milliseconds(Steady::now() - begin).count();
    done = true;
  });
  while (!done) {
    const auto begin = Steady::now();
    (void)read.get<std::string>(key_of(round.gets % read_keys));
    round.longest_ms = std::max(round.longest_ms, Milliseconds(Steady::now() - begin).count());
    ++round.gets;
  }
  working.join();
  round.clears = clearing.count;
  return round;
}

void print(const char* what, const Round& round) {
  std::printf("%-22s %9.1f ms %10llu gets %5u clears, longest get %8.2f ms\n", what, round.work_ms,
              static_cast<unsigned long long>(round.gets), round.clears, round.longest_ms);
}

void run(const Plan& plan) {
  cairn::Caches caches(plan.directory, {{"listed", {.timeout = cairn::never}},
                                        {"read", {.timeout = cairn::never}},
                                        {"cleared", {.timeout = cairn::never}}});
  cairn::Cache& listed = caches["listed"];
  cairn::Cache& read = caches["read"];
  for (std::uint64_t i = 0; i < read_keys; ++i) read.set(key_of(i), std::string(100, 'v'));
  for (unsigned i = 0; i < plan.rounds; ++i) {
    fill_and_erase(listed, plan.erased);
    std::size_t found = 0;
    Round round = measure(read, caches["cleared"], [&] { found = listed.keys().size(); });
    if (found != 1) throw std::runtime_error("keys() found " + std::to_string(found));
    print("keys()", round);
    const auto as_long = std::chrono::duration<double, std::milli>(round.work_ms);
    print("without it",
          measure(read, caches["cleared"], [&] { std::this_thread::sleep_for(as_long); }));
  }
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app("What others wait for while a cache is listed.");
  Plan plan;
  app.add_option("--erased", plan.erased, "How many erased keys there are")->capture_default_str();
  app.add_option("--rounds", plan.rounds, "How many rounds")->capture_default_str();
  app.add_option("--directory", plan.directory, "Where to make the store")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  run(plan);
  fs::remove_all(plan.directory);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "waiting: %s\n", error.what());
  return 1;
}
