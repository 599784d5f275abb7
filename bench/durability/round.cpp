#include "durability/round.h"

#include <barrier>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

// One reading of the clock for each call: the end of one is the beginning of the next, and what the
// thread does in between, which is to choose a key, counts on both sides alike.
double repeat(const Call& call, std::chrono::nanoseconds time, Histogram& latency) {
  const SteadyClock::time_point begin = SteadyClock::now();
  SteadyClock::time_point last = begin;
  do {
    call();
    const SteadyClock::time_point now = SteadyClock::now();
    latency.record(static_cast<std::uint64_t>((now - last).count()));
    last = now;
  } while (last - begin < time);
  return static_cast<double>(latency.count()) / std::chrono::duration<double>(last - begin).count();
}

}  // namespace

Round run_round(int threads, std::chrono::nanoseconds time, const Worker& worker) {
  std::vector<Round> parts(static_cast<std::size_t>(threads));
  std::barrier start(threads);
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&](Round& part) {
    bool arrived = false;
    try {
      const Call call = worker();
      arrived = true;
      start.arrive_and_wait();
      part.calls_per_second = repeat(call, time, part.latency);
    } catch (...) {
      if (!arrived) start.arrive_and_drop();
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  std::vector<std::thread> running;
  for (Round& part : parts) running.emplace_back(work, std::ref(part));
  for (std::thread& each : running) each.join();
  if (failure) std::rethrow_exception(failure);

  Round whole;
  for (const Round& part : parts) {
    whole.calls_per_second += part.calls_per_second;
    whole.latency.add(part.latency);
  }
  return whole;
}

}  // namespace bench
