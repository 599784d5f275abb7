// A rate limiter: how often each client may do something, counted exactly by any number of threads
// and remembered across restarts.
//
//   rate_limiter CLIENT [--limit N] [--window SECONDS] [--sliding] [--cache DIR]
//   rate_limiter --self-check
//
// Exit code 0: the client may; 1: it may not, yet; 2: something is wrong.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <cairn/cache.h>

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

struct Limit {
  std::int64_t requests;
  milliseconds window;
};

// ---- the two limiters ----

// At most `requests` in a window that begins with the client's first request.  incr() creates the
// counter with the window as its timeout, and later calls leave that alone; no two calls return the
// same number, so exactly `requests` of them return one that is small enough.
//
// Two bursts on either side of a window's end may together be twice the limit.
class FixedWindow {
 public:
  FixedWindow(cairn::Cache& cache, Limit limit) : cache_(cache), limit_(limit) {}

  bool allow(std::string_view client) {
    const std::int64_t count =
        cache_.incr(key_of(client), 1, {.initial = 0, .timeout = limit_.window});
    return count <= limit_.requests;
  }

 private:
  static std::string key_of(std::string_view client) { return fmt::format("fixed/{}", client); }

  cairn::Cache& cache_;
  Limit limit_;
};

// At most `requests` in any window, taking those of the calendar window before as evenly spread:
// 15 s into a minute, three quarters of the last minute's requests count with those of this one.
//
// Each calendar window has a counter of its own, which lives as long as its successor needs it.  A
// request that is refused takes its count back, so that only what was allowed counts.  Until it has
// done so the counter is too high, never too low: threads may refuse one another a moment too long,
// but never let too many through.
class SlidingWindow {
 public:
  SlidingWindow(cairn::Cache& cache, Limit limit, cairn::ClockSource clock)
      : cache_(cache), limit_(limit), clock_(std::move(clock)) {}

  bool allow(std::string_view client) {
    const milliseconds now = clock_().wall;
    const std::int64_t window = now / limit_.window;
    const milliseconds rest = limit_.window - now % limit_.window;
    const std::string current = key_of(client, window);
    const std::int64_t before = cache_.get(key_of(client, window - 1), std::int64_t{0});
    const std::int64_t count =
        cache_.incr(current, 1, {.initial = 0, .timeout = 2 * limit_.window});
    if (before * rest + count * limit_.window <= limit_.requests * limit_.window) return true;
    cache_.try_incr(current, -1);  // nothing to do if it has expired meanwhile
    return false;
  }

 private:
  static std::string key_of(std::string_view client, std::int64_t window) {
    return fmt::format("sliding/{}/{}", window, client);
  }

  cairn::Cache& cache_;
  Limit limit_;
  cairn::ClockSource clock_;
};

// Any client's name makes a key; counters that are lost when the power fails are no harm here.
cairn::Cache open_cache(const fs::path& directory, cairn::ClockSource clock) {
  return cairn::Cache::open(
      directory, {.key_warnings = cairn::ignore_key_warnings()},
      {.durability = cairn::Durability::process_crash, .clock = std::move(clock)});
}

// ---- the self-check: time stands still unless it is told to pass ----

class HandTurnedClock {
 public:
  cairn::ClockSource source() {
    return [this] { return cairn::ClockReading{.wall = now_.load(), .boot = now_.load()}; };
  }
  void set(milliseconds since_start) { now_ = start + since_start; }

 private:
  static constexpr milliseconds start = 24h * 20'000;  // at the beginning of a calendar window
  std::atomic<milliseconds> now_{start};
};

struct Limiters {
  FixedWindow fixed;
  SlidingWindow sliding;

  Limiters(cairn::Cache& cache, std::int64_t requests, HandTurnedClock& clock)
      : fixed(cache, {requests, 60s}), sliding(cache, {requests, 60s}, clock.source()) {}
};

template <class Limiter>
std::int64_t allowed(Limiter& limiter, std::string_view client, int requests) {
  std::int64_t count = 0;
  for (int i = 0; i < requests; ++i) count += limiter.allow(client) ? 1 : 0;
  return count;
}

template <class Limiter>
std::int64_t allowed_to_threads(Limiter& limiter, std::string_view client) {
  std::atomic<std::int64_t> count{0};
  std::vector<std::jthread> threads(8);
  for (std::jthread& thread : threads) {
    thread = std::jthread([&] { count += allowed(limiter, client, 500); });
  }
  threads.clear();  // joins
  return count;
}

using Allowed = std::pair<std::int64_t, std::int64_t>;  // by the fixed window, by the sliding one

void report(std::string_view what, Allowed actual, Allowed expected) {
  fmt::print("{:<24} {:>6} {:>8}\n", what, actual.first, actual.second);
  if (actual != expected) throw std::runtime_error(fmt::format("self-check failed: {}", what));
}

void check_bursts(cairn::Cache& cache, HandTurnedClock& clock) {
  Limiters limiters(cache, 10, clock);
  const auto burst = [&](std::chrono::seconds at, Allowed expected) {
    clock.set(at);
    const Allowed actual{allowed(limiters.fixed, "ada", 15), allowed(limiters.sliding, "ada", 15)};
    report(fmt::format("15 requests at {} s", at.count()), actual, expected);
  };
  fmt::print("at most 10 a minute       fixed  sliding\n");
  burst(0s, {10, 10});
  burst(59s, {0, 0});
  burst(60s, {10, 0});
  burst(90s, {0, 5});
  burst(120s, {10, 5});
  burst(300s, {10, 10});
}

void check_threads_and_restart(cairn::Cache& cache, HandTurnedClock& clock) {
  Limiters limiters(cache, 1000, clock);
  FixedWindow& fixed = limiters.fixed;
  SlidingWindow& sliding = limiters.sliding;
  fmt::print("at most 1000 a minute     fixed  sliding\n");
  report("4000 from 8 threads",
         {allowed_to_threads(fixed, "crowd"), allowed_to_threads(sliding, "crowd")}, {1000, 1000});
  cache.close();  // the next use opens the directory again
  const auto one = [&] { return Allowed(fixed.allow("crowd"), sliding.allow("crowd")); };
  report("1 more after a restart", one(), {0, 0});
  clock.set(420s);
  report("1 two minutes later", one(), {1, 1});
}

void self_check() {
  std::string directory = (fs::temp_directory_path() / "rate_limiter.XXXXXX").native();
  if (mkdtemp(directory.data()) == nullptr) throw std::runtime_error("cannot make " + directory);
  HandTurnedClock clock;
  cairn::Cache cache = open_cache(directory, clock.source());
  check_bursts(cache, clock);
  check_threads_and_restart(cache, clock);
  cache.close();
  fs::remove_all(directory);
  fmt::print("self-check passed\n");
}

// ---- the command line ----

struct Options {
  std::string client;
  std::int64_t limit = 10;
  std::int64_t seconds = 60;
  bool sliding = false;
  bool self_check = false;
  fs::path cache = "rate_limiter.cache";
};

Options parse(int argc, char** argv) {
  Options options;
  CLI::App app("Says whether a client may do something now, and counts that it did.");
  CLI::Option* client = app.add_option("client", options.client, "a name, an address, ...");
  app.add_option("--limit", options.limit, "how often a client may, in each window")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000}))
      ->capture_default_str();
  app.add_option("--window", options.seconds, "length of the window, in seconds")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{86'400}))
      ->capture_default_str();
  app.add_flag("--sliding", options.sliding, "a sliding window instead of fixed ones");
  app.add_option("--cache", options.cache, "directory of the counters")->capture_default_str();
  app.add_flag("--self-check", options.self_check, "show, with a clock of its own, what it does")
      ->excludes(client);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    std::exit(app.exit(help));
  }
  if (options.client.empty() && !options.self_check) throw CLI::RequiredError("client");
  return options;
}

bool ask(const Options& options) {
  cairn::Cache cache = open_cache(options.cache, cairn::system_clock_reading);
  const Limit limit{options.limit, std::chrono::seconds(options.seconds)};
  const bool may =
      options.sliding
          ? SlidingWindow(cache, limit, cairn::system_clock_reading).allow(options.client)
          : FixedWindow(cache, limit).allow(options.client);
  fmt::print("{}\n", may ? "yes" : "no");
  return may;
}

}  // namespace

int main(int argc, char** argv) try {
  const Options options = parse(argc, argv);
  if (!options.self_check) return ask(options) ? 0 : 1;
  self_check();
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "rate_limiter: {}\n", error.what());
  return 2;
}
