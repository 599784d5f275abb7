// Churn with expiry for as long as one likes: does memory stay flat, do descriptors stay few, is
// the space of what expired given back, does closing stay quick, and is everything as it should be?
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <cairn/cache.h>

#include "soak/churn.h"
#include "soak/process.h"
#include "temporary_directory.h"

namespace soak {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;

constexpr double mebibyte = 1u << 20;
constexpr std::uint64_t memory_budget = 16u << 20;
constexpr std::size_t most_descriptors = 64;
constexpr double most_disk_times_live = 3;
constexpr double most_disk_besides = 64 * mebibyte;
constexpr double longest_close = 2;
// What the estimate of a slope may be off by, and what is allowed: a mebibyte an hour.
constexpr double resident_noise = 4 * mebibyte;
constexpr double resident_growth_an_hour = mebibyte;

struct Arguments {
  double seconds = 600;
  std::uint64_t seed = std::random_device()();
  std::size_t threads = 2;
  double calls_per_second = 10'000;  // of all threads
  double expire_seconds = 5;
  fs::path parent = fs::temp_directory_path();
  bool smoke = false;
  Sabotage sabotage = Sabotage::none;
};

double since(SteadyClock::time_point begin) {
  return std::chrono::duration<double>(SteadyClock::now() - begin).count();
}

cairn::Cache open_cache(const fs::path& directory) {
  return cairn::Cache::open(directory, {}, {.memory_budget = memory_budget});
}

/// Threads that work until the object goes; what one of them throws comes out of join().
class Workers {
 public:
  ~Workers() { stop_all(); }

  void start(const std::function<void(const std::atomic<bool>&)>& work) {
    threads_.emplace_back([this, work] {
      try {
        work(stop_);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!failure_) failure_ = std::current_exception();
        stop_ = true;
      }
    });
  }
  bool stopped() const { return stop_; }
  void join() {
    stop_all();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void stop_all() {
    stop_ = true;
    for (std::thread& each : threads_) each.join();
    threads_.clear();
  }

  std::vector<std::thread> threads_;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::exception_ptr failure_;
};

class Soak {
 public:
  Soak(const Arguments& arguments, const fs::path& directory)
      : arguments_(arguments), directory_(directory) {
    const Work work{
        .calls_per_second = arguments.calls_per_second / static_cast<double>(arguments.threads),
        .sabotage = arguments.sabotage};
    for (std::size_t i = 0; i < arguments.threads; ++i)
      churns_.emplace_back(i, arguments.seed, work);
  }

  /// Whether everything is as it should be.
  bool run() {
    churn();
    reopen_and_compare();
    check_resources();
    for (const std::string& each : failures_) fmt::print("FAILED: {}\n", each);
    if (failures_.empty()) fmt::print("All of it holds.\n");
    return failures_.empty();
  }

 private:
  void churn() {
    cairn::Cache cache = open_cache(directory_);
    Workers workers;
    for (Churn& each : churns_) {
      workers.start([&](const std::atomic<bool>& stop) { each.run(cache, stop); });
    }
    workers.start([&](const std::atomic<bool>& stop) { expire_now_and_then(cache, stop); });
    sample_until_the_end(workers);
    workers.join();
    const SteadyClock::time_point begin = SteadyClock::now();
    cache.close();
    close_seconds_ = since(begin);
  }

  // As a program would that wants its space back.
  void expire_now_and_then(cairn::Cache& cache, const std::atomic<bool>& stop) {
    SteadyClock::time_point last = SteadyClock::now();
    while (!stop) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      if (since(last) < arguments_.expire_seconds) continue;
      expired_ += cache.expire();
      last = SteadyClock::now();
    }
  }

  void sample_until_the_end(const Workers& workers) {
    fmt::print("{:>8} {:>12} {:>9} {:>9} {:>9} {:>9} {:>6}\n", "seconds", "calls", "live MiB",
               "disk MiB", "allowed", "RSS MiB", "files");
    const SteadyClock::time_point begin = SteadyClock::now();
    const double interval = std::clamp(arguments_.seconds / 300, 0.25, 60.0);
    const double between_lines = arguments_.seconds / 20;
    double next_line = 0;
    while (since(begin) < arguments_.seconds && !workers.stopped()) {
      std::this_thread::sleep_for(std::chrono::duration<double>(interval));
      samples_.push_back(take_sample(since(begin)));
      if (samples_.back().seconds < next_line) continue;
      print(samples_.back());
      next_line += between_lines;
    }
  }

  Sample take_sample(double seconds) const {
    Sample sample{.seconds = seconds};
    for (const Churn& each : churns_) {
      sample.calls += each.calls();
      sample.live_bytes += each.live_bytes();
    }
    sample.disk_bytes = disk_bytes(directory_);
    sample.resident_bytes = resident_bytes();
    sample.descriptors = open_descriptors();
    return sample;
  }

  static double allowed_disk(const Sample& sample) {
    return most_disk_times_live * static_cast<double>(sample.live_bytes) + most_disk_besides;
  }

  static void print(const Sample& sample) {
    fmt::print("{:>8.1f} {:>12} {:>9.1f} {:>9.1f} {:>9.1f} {:>9.1f} {:>6}\n", sample.seconds,
               sample.calls, static_cast<double>(sample.live_bytes) / mebibyte,
               static_cast<double>(sample.disk_bytes) / mebibyte, allowed_disk(sample) / mebibyte,
               static_cast<double>(sample.resident_bytes) / mebibyte, sample.descriptors);
    std::fflush(stdout);
  }

  void reopen_and_compare() {
    const cairn::Cache cache = open_cache(directory_);
    std::size_t certain = 0;
    for (Churn& each : churns_) certain += each.verify(cache);
    std::size_t strangers = 0;
    std::size_t keys = 0;
    cache.for_each_key("", [&](std::string_view key) {
      ++keys;
      const bool known = std::any_of(churns_.begin(), churns_.end(), [&](const Churn& each) {
        return key.starts_with(fmt::format("w{}:", each.thread())) && each.may_be(key);
      });
      if (!known && strangers++ == 0) failures_.push_back(fmt::format("a revived key: {}", key));
      return true;
    });
    std::uint64_t mismatches = 0;
    for (const Churn& each : churns_) {
      mismatches += each.mismatches();
      if (each.mismatches() > 0) failures_.push_back("not as the model: " + each.first_mismatch());
    }
    fmt::print(
        "\nmodel: {} mismatches, {} keys after reopening, {} revived, {} certain at least; "
        "expire() removed {} records\n",
        mismatches, keys, strangers, certain, expired_.load());
  }

  void check_resources() {
    std::size_t descriptors = 0;
    const Sample* fullest = nullptr;
    for (const Sample& each : samples_) {
      descriptors = std::max(descriptors, each.descriptors);
      const auto excess = [](const Sample& sample) {
        return static_cast<double>(sample.disk_bytes) - allowed_disk(sample);
      };
      if (fullest == nullptr || excess(each) > excess(*fullest)) fullest = &each;
    }
    check(descriptors <= most_descriptors,
          fmt::format("descriptors: {} at most, bound {}", descriptors, most_descriptors));
    if (fullest == nullptr) return;
    check_measured(static_cast<double>(fullest->disk_bytes) <= allowed_disk(*fullest),
                   fmt::format("disk: {:.1f} MiB where {:.1f} are allowed, at {:.0f} s",
                               static_cast<double>(fullest->disk_bytes) / mebibyte,
                               allowed_disk(*fullest) / mebibyte, fullest->seconds));
    check_measured(close_seconds_ <= longest_close,
                   fmt::format("close: {:.3f} s, bound {:g} s", close_seconds_, longest_close));
    check_memory();
  }

  void check_memory() {
    const double warm_up = std::clamp(arguments_.seconds / 4, 4.0, 120.0);
    std::vector<Sample> warm;
    for (const Sample& each : samples_) {
      if (each.seconds >= warm_up) warm.push_back(each);
    }
    if (warm.size() < 2) return;
    const double seconds = warm.back().seconds - warm.front().seconds;
    const double slope = resident_slope(warm);
    const double allowed = resident_growth_an_hour / 3600 + resident_noise / seconds;
    check_measured(slope <= allowed,
                   fmt::format("memory grows by {:.2f} MiB an hour after {:.0f} s, allowed {:.2f}",
                               slope * 3600 / mebibyte, warm_up, allowed * 3600 / mebibyte));
  }

  void check(bool good, const std::string& words) {
    fmt::print("{}\n", words);
    if (!good) failures_.push_back(words);
  }
  // Of a smoke run these are told, not judged: they depend on what else the machine does.
  void check_measured(bool good, const std::string& words) {
    check(good || arguments_.smoke, words);
  }

  Arguments arguments_;
  fs::path directory_;
  std::deque<Churn> churns_;
  std::vector<Sample> samples_;
  std::atomic<std::uint64_t> expired_ = 0;
  double close_seconds_ = 0;
  std::vector<std::string> failures_;
};

int run(int count, char** values) {
  Arguments arguments;
  CLI::App flags("Churn with expiry, compared with a model", "soak");
  flags.add_option("--seconds", arguments.seconds, "How long; default 600")
      ->check(CLI::PositiveNumber);
  flags.add_option("--seed", arguments.seed, "Of the operations; default: any");
  flags.add_option("--threads", arguments.threads)->check(CLI::Range(1, 64));
  flags.add_option("--rate", arguments.calls_per_second, "Calls a second of all threads")
      ->check(CLI::PositiveNumber);
  flags.add_option("--expire-seconds", arguments.expire_seconds, "Between two calls of expire()");
  flags.add_option("--directory", arguments.parent, "Where the store is made, and removed again")
      ->check(CLI::ExistingDirectory);
  flags.add_flag("--smoke", arguments.smoke,
                 "Judge only what no busy machine changes: the model and the descriptors");
  const std::map<std::string, Sabotage> kinds = {{"memory", Sabotage::memory},
                                                 {"descriptors", Sabotage::descriptors},
                                                 {"value", Sabotage::value}};
  // For the tests: a soak that finds nothing must have been able to.
  flags.add_option("--leak", arguments.sabotage)
      ->transform(CLI::CheckedTransformer(kinds))
      ->group("");
  CLI11_PARSE(flags, count, values);
  fmt::print("seed {}, {} threads, {:g} calls a second, {:g} s\n", arguments.seed,
             arguments.threads, arguments.calls_per_second, arguments.seconds);
  const bench::TemporaryDirectory directory(arguments.parent);
  return Soak(arguments, directory.path() / "store").run() ? 0 : 1;
}

}  // namespace
}  // namespace soak

int main(int count, char** values) try {
  return soak::run(count, values);
} catch (const std::exception& error) {
  fmt::print(stderr, "soak: {}\n", error.what());
  return 1;
}
