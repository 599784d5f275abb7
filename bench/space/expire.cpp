// What expire() and compact() cost: bytes written and room taken, for a store of which a share has
// expired.
//
//   expire_cost [--bytes N] [--value BYTES] [--dead SHARE] [--order random|time]
//               [--operation expire|compact] [--directory DIRECTORY]
//
// Prints one JSON object.  What was written and the size of the directory are the kernel's figures,
// the log included; the size is looked at every 2 ms.  The clock is one that can be turned.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cairn/cache.h>
#include "space/kernel_figures.h"
#include "temporary_directory.h"

namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

struct Plan {
  fs::path directory = fs::temp_directory_path();
  std::uint64_t bytes = 256u << 20;
  std::size_t value = 1000;
  double dead = 0.5;
  std::string order = "random";
  std::string operation = "expire";
};

class Peak {
 public:
  explicit Peak(const fs::path& directory)
      : thread_([this, directory] {
          while (!stop_) {
            most_ = std::max<std::uint64_t>(most_, bench::size_of(directory));
            std::this_thread::sleep_for(milliseconds(2));
          }
        }) {}
  ~Peak() { (void)stop(); }
  Peak(const Peak&) = delete;
  Peak& operator=(const Peak&) = delete;

  std::uint64_t stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    return most_;
  }

 private:
  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> most_{0};
  std::thread thread_;
};

// Until RocksDB has nothing more to compact.
void settle(const fs::path& directory) {
  std::uint64_t last = 0;
  for (int quiet = 0; quiet < 10;) {
    std::this_thread::sleep_for(milliseconds(100));
    const std::uint64_t now = bench::bytes_written() + bench::size_of(directory);
    quiet = now == last ? quiet + 1 : 0;
    last = now;
  }
}

int run(const Plan& plan) {
  const bench::TemporaryDirectory place(plan.directory);
  const fs::path store = place.path() / "store";
  const auto ahead = std::make_shared<std::atomic<int>>(0);
  cairn::Cache cache = cairn::Cache::open(
      store, {},
      {.memory_budget = 64u << 20, .reclaim_interval = milliseconds(0), .clock = [ahead] {
         const auto now =
             std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
         const milliseconds turned(1000 * *ahead);
         return cairn::ClockReading{
             now.time_since_epoch() + turned,
             std::chrono::duration_cast<milliseconds>(Steady::now().time_since_epoch()) + turned};
       }});
  std::mt19937_64 random(7);
  std::string value(plan.value, '\0');
  std::uint64_t stored = 0;
  for (std::uint64_t number = 0; stored < plan.bytes; ++number) {
    for (std::size_t i = 0; i < value.size(); i += 2) value[i] = static_cast<char>(random());
    const std::string key =
        fmt::format("{:020}", plan.order == "time" ? number : static_cast<std::uint64_t>(random()));
    const bool dies = static_cast<double>(random() % 1000) < 1000 * plan.dead;
    cache.set(key, value, {.timeout = dies ? cairn::Timeout(std::chrono::hours(1)) : cairn::never});
    stored += 3 + key.size() + 16 + value.size();
  }
  cache.sync();
  settle(store);
  const std::uint64_t tables = cache.stats().disk_bytes;
  const std::uint64_t before = bench::size_of(store);
  *ahead = 3700;
  const std::uint64_t wrote = bench::bytes_written();
  Peak peak(store);
  const auto begin = Steady::now();
  std::uint64_t removed = 0;
  if (plan.operation == "expire") {
    removed = cache.expire();
  } else {
    cache.compact();
  }
  const std::chrono::duration<double> took = Steady::now() - begin;
  const std::uint64_t most = peak.stop();
  const cairn::Stats stats = cache.stats();
  fmt::print(
      "{{\"operation\":\"{}\",\"order\":\"{}\",\"dead\":{},\"stored\":{},\"tables\":{},"
      "\"tables_after\":{},\"expired_after\":{},\"removed\":{},\"wrote\":{},"
      "\"wrote_per_byte_stored\":{:.2f},\"directory\":{},\"peak\":{},\"peak_share\":{:.2f},"
      "\"seconds\":{:.1f}}}\n",
      plan.operation, plan.order, plan.dead, stored, tables, stats.disk_bytes, stats.tables.expired,
      removed, bench::bytes_written() - wrote,
      static_cast<double>(bench::bytes_written() - wrote) / static_cast<double>(stored), before,
      most, static_cast<double>(most) / static_cast<double>(before), took.count());
  return stats.tables.live > 0 || plan.dead >= 1 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) try {
  Plan plan;
  CLI::App app("What expire() and compact() cost");
  app.add_option("--bytes", plan.bytes, "To store")->capture_default_str();
  app.add_option("--value", plan.value, "Bytes of each value")->capture_default_str();
  app.add_option("--dead", plan.dead, "The share that expires")->capture_default_str();
  app.add_option("--order", plan.order, "Of the keys")
      ->check(CLI::IsMember({"random", "time"}))
      ->capture_default_str();
  app.add_option("--operation", plan.operation, "")
      ->check(CLI::IsMember({"expire", "compact"}))
      ->capture_default_str();
  app.add_option("--directory", plan.directory, "Where the store is made")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  return run(plan);
} catch (const std::exception& error) {
  fmt::print(stderr, "expire_cost: {}\n", error.what());
  return 2;
}
