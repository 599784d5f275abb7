// Whether the space of what expires comes back: unique keys with one timeout at a steady rate, at
// random or in the order of time, and then nothing.
//
//   space [--seconds N] [--timeout N] [--rate BYTES] [--value BYTES] [--order random|time]
//         [--reclaim-interval MS] [--directory DIRECTORY]
//
// Prints a JSON object for each second, and at the end a verdict, which is the exit code too.  What
// tables hold is what they say of themselves, bytes of keys and values before compression; `late`
// is what of that had expired more than 30 s before for certain: more than expired since.  What the
// process wrote and the size of the directory are the kernel's figures.  Meanwhile a second thread
// reads live keys, each millisecond one.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cairn/cache.h>
#include "space/kernel_figures.h"
#include "temporary_directory.h"

namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

struct Plan {
  fs::path directory = fs::temp_directory_path();
  unsigned seconds = 60;
  unsigned timeout = 30;
  std::uint64_t rate = 4 << 20;
  std::size_t value = 1000;
  std::string order = "random";
  int reclaim_interval = 1000;
};

std::string key_of(std::uint64_t number, const std::string& order) {
  if (order == "time") return fmt::format("{:020}", number);
  std::uint64_t mixed = number + 0x9e3779b97f4a7c15u;  // splitmix64
  mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
  return fmt::format("{:020}", mixed ^ mixed >> 31);
}

// Reads what was stored lately.
class Reader {
 public:
  Reader(cairn::Cache& cache, const Plan& plan, const std::atomic<std::uint64_t>& stored)
      : cache_(cache), plan_(plan), stored_(stored), thread_([this] { loop(); }) {}
  ~Reader() {
    stop_ = true;
    thread_.join();
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // The longest of so many in a thousand, in us, since the last call; and the longest of all.
  std::array<double, 2> take() {
    std::vector<double> taken;
    {
      const std::lock_guard lock(mutex_);
      taken.swap(times_);
    }
    if (taken.empty()) return {0, 0};
    std::sort(taken.begin(), taken.end());
    return {taken[taken.size() * 999 / 1000], taken.back()};
  }

 private:
  void loop() {
    std::mt19937_64 random(1);
    while (!stop_) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      const std::uint64_t stored = stored_;
      if (stored == 0) continue;
      const std::uint64_t back = random() % std::min<std::uint64_t>(stored, 10'000);
      const std::string key = key_of(stored - 1 - back, plan_.order);
      const auto begin = Steady::now();
      (void)cache_.get(key);
      const std::chrono::duration<double, std::micro> took = Steady::now() - begin;
      const std::lock_guard lock(mutex_);
      times_.push_back(took.count());
    }
  }

  cairn::Cache& cache_;
  const Plan& plan_;
  const std::atomic<std::uint64_t>& stored_;
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::vector<double> times_;
  std::thread thread_;
};

class Ingest {
 public:
  explicit Ingest(const Plan& plan)
      : plan_(plan),
        place_(plan.directory),
        cache_(cairn::Cache::open(
            place_.path() / "store", {},
            {.memory_budget = 64u << 20,
             .reclaim_interval = std::chrono::milliseconds(plan.reclaim_interval)})) {}

  int run() {
    Reader reader(cache_, plan_, stored_);
    const std::uint64_t wrote = bench::bytes_written();
    const unsigned rest = plan_.timeout + 70;
    for (unsigned second = 0; second < plan_.seconds + rest; ++second) {
      const auto until = Steady::now() + std::chrono::seconds(1);
      if (second < plan_.seconds) store_for_a_second(until);
      std::this_thread::sleep_until(until);
      report(second, reader.take(), bench::bytes_written() - wrote);
    }
    const cairn::Stats stats = cache_.stats();
    const bool reached = worst_late_ <= 0.01 && stats.tables.expired == 0;
    fmt::print(
        "{{\"verdict\":\"{}\",\"order\":\"{}\",\"stored\":{},\"worst_late_share\":{:.4f},"
        "\"left\":{},\"tables_left\":{},\"freed\":{},\"written_for_it\":{},\"cost\":{:.3f},"
        "\"wrote_per_byte_stored\":{:.2f}}}\n",
        reached ? "reached" : "missed", plan_.order, bytes_, worst_late_, stats.tables.expired,
        stats.disk_bytes, stats.reclaimed_bytes, stats.reclaim_written_bytes,
        static_cast<double>(stats.reclaim_written_bytes) /
            static_cast<double>(std::max<std::uint64_t>(stats.reclaimed_bytes, 1)),
        static_cast<double>(bench::bytes_written() - wrote) / static_cast<double>(bytes_));
    return reached ? 0 : 1;
  }

 private:
  void store_for_a_second(Steady::time_point until) {
    std::uint64_t bytes = 0;
    std::string value(plan_.value, '\0');
    while (bytes < plan_.rate && Steady::now() < until) {
      for (std::size_t i = 0; i < value.size(); i += 2) value[i] = static_cast<char>(random_());
      const std::string key = key_of(stored_, plan_.order);
      cache_.set(key, value, {.timeout = std::chrono::seconds(plan_.timeout)});
      ++stored_;
      bytes += 3 + key.size() + 16 + value.size();
    }
    bytes_ += bytes;
    by_second_.back() += bytes;
  }

  void report(unsigned second, const std::array<double, 2>& gets, std::uint64_t wrote) {
    const cairn::Stats stats = cache_.stats();
    by_second_.push_back(0);
    // What expired in the last 30 s, and a second for the reading of the clocks.
    std::uint64_t lately = 0;
    const auto now = static_cast<long>(by_second_.size()) - 1;
    for (long at = now - static_cast<long>(plan_.timeout) - 31; at < now; ++at) {
      if (at >= 0 && at + static_cast<long>(plan_.timeout) <= now) {
        lately += by_second_[static_cast<std::size_t>(at)];
      }
    }
    const std::uint64_t late = stats.tables.expired > lately ? stats.tables.expired - lately : 0;
    const double share =
        static_cast<double>(late) / static_cast<double>(std::max<std::uint64_t>(bytes_, 1));
    worst_late_ = std::max(worst_late_, share);
    fmt::print(
        "{{\"second\":{},\"stored\":{},\"live\":{},\"expired\":{},\"late\":{},\"tables\":{},"
        "\"directory\":{},\"freed\":{},\"written_for_it\":{},\"wrote\":{},\"get_p999_us\":{:.0f},"
        "\"get_longest_us\":{:.0f}}}\n",
        second, bytes_, stats.tables.live, stats.tables.expired, late, stats.disk_bytes,
        bench::size_of(place_.path() / "store"), stats.reclaimed_bytes, stats.reclaim_written_bytes,
        wrote, gets[0], gets[1]);
    std::fflush(stdout);
  }

  const Plan plan_;
  const bench::TemporaryDirectory place_;
  cairn::Cache cache_;
  std::mt19937_64 random_{7};
  std::atomic<std::uint64_t> stored_{0};
  std::uint64_t bytes_ = 0;
  std::vector<std::uint64_t> by_second_ = {0};
  double worst_late_ = 0;
};

}  // namespace

int main(int argc, char** argv) try {
  Plan plan;
  CLI::App app("Whether the space of what expires comes back");
  app.add_option("--seconds", plan.seconds, "How long to store")->capture_default_str();
  app.add_option("--timeout", plan.timeout, "Of each key, in seconds")->capture_default_str();
  app.add_option("--rate", plan.rate, "Bytes a second")->capture_default_str();
  app.add_option("--value", plan.value, "Bytes of each value")->capture_default_str();
  app.add_option("--order", plan.order, "Of the keys")
      ->check(CLI::IsMember({"random", "time"}))
      ->capture_default_str();
  app.add_option("--reclaim-interval", plan.reclaim_interval, "In ms; 0: never")
      ->capture_default_str();
  app.add_option("--directory", plan.directory, "Where the store is made")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  return Ingest(plan).run();
} catch (const std::exception& error) {
  fmt::print(stderr, "space: {}\n", error.what());
  return 2;
}
