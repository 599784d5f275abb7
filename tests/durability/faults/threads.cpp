// Several threads write, each its own keys and a counter of all, while the disk fails.
#include <array>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "durability/faults/maybe.h"
#include "durability/faults/run.h"
#include "durability/scratch.h"
#include "store/border/engine_hooks.h"

namespace cairn::test::durability {
namespace {

constexpr std::size_t thread_count = 4;
constexpr int steps = 30;

class ThreadsRun {
 public:
  ThreadsRun(Durability level, const Fault& fault, const std::filesystem::path& scratch)
      : fault_(fault),
        directory_(scratch),
        hooked_(directory_ / "store", disk_.env()),
        caches_(directory_ / "store", {{"default", {.timeout = never}}},
                {.durability = level,
                 .sync_interval = std::chrono::milliseconds(1),
                 .memory_budget = 8ull << 20}) {}

  FaultResult run() {
    caches_["default"].set("shared", 0);
    disk_.arm(fault_);
    std::vector<std::thread> threads;
    for (std::size_t thread = 0; thread < thread_count; ++thread) {
      threads.emplace_back([this, thread] { write(thread); });
    }
    for (std::thread& thread : threads) thread.join();
    result_.operations = disk_.operations();
    result_.failed = disk_.failed();
    result_.refused = refused_;
    read_all("while the disk fails");
    disk_.clear();
    const auto took = heal(caches_, "default", longest_heal);
    if (!took) violation("no write succeeds in time after the disk is well again");
    result_.healed_after = took.value_or(std::chrono::milliseconds(-1));
    read_all("after the disk is well again");
    caches_.close_all();
    read_all("after the next opening");
    return std::move(result_);
  }

 private:
  void violation(const std::string& what) {
    const std::lock_guard lock(mutex_);
    if (result_.violations.size() < 5) result_.violations.push_back(what);
  }

  // True if it was acknowledged.
  template <class Call>
  bool attempt(const Call& call) {
    try {
      call();
      return true;
    } catch (const IoError& error) {
      ++refused_;
      const ErrorCode expected = fault_.no_space() ? ErrorCode::no_space : ErrorCode::io;
      if (error.code() != expected) violation(std::string("another code: ") + error.what());
    } catch (const std::exception& error) {
      violation(std::string("what is no IoError: ") + error.what());
    }
    return false;
  }

  void write(std::size_t thread) {
    Cache& cache = caches_["default"];
    Maybe& maybe = maybe_.at(thread);
    for (int step = 0; step < steps; ++step) {
      const std::string key = std::to_string(thread) + "." + std::to_string(step % 3);
      const std::string value = std::to_string(step) + std::string(step % 5 == 0 ? 9000 : 9, '.');
      if (attempt([&] { cache.set(key, value); })) {
        maybe.acknowledged(key, value);
      } else {
        maybe.failed(key, value);
      }
      ++tried_;
      if (attempt([&] { cache.incr("shared"); })) ++counted_;
      check(cache, thread, key, "right after it was written");
    }
  }

  void check(const Cache& cache, std::size_t thread, const std::string& key,
             const std::string& when) {
    try {
      const auto value = cache.get(key);
      if (maybe_.at(thread).possible(key, value)) return;
      violation(key + (value ? " has a wrong value " : " is missing ") + when);
    } catch (const std::exception& error) {
      violation("get of " + key + " throws " + when + ": " + error.what());
    }
  }

  void read_all(const std::string& when) {
    Cache& cache = caches_["default"];
    for (std::size_t thread = 0; thread < thread_count; ++thread) {
      for (const auto& [key, values] : maybe_.at(thread).all()) check(cache, thread, key, when);
    }
    try {
      const std::int64_t shared = cache.get<std::int64_t>("shared", -1);
      if (counted_ <= shared && shared <= tried_) return;
      violation("the counter of all is " + std::to_string(shared) + ", not between " +
                std::to_string(counted_) + " and " + std::to_string(tried_) + " " + when);
    } catch (const std::exception& error) {
      violation("get throws " + when + ": " + error.what());
    }
  }

  const Fault fault_;
  ScratchDirectory directory_;
  FaultyDisk disk_;
  const store::HookedDirectory hooked_;
  Caches caches_;
  std::array<Maybe, thread_count> maybe_;  // each of its thread's own keys
  std::atomic<std::int64_t> tried_{0};
  std::atomic<std::int64_t> counted_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::mutex mutex_;
  FaultResult result_;
};

}  // namespace

FaultResult run_threads_with_fault(Durability level, const Fault& fault,
                                   const std::filesystem::path& scratch) {
  return ThreadsRun(level, fault, scratch).run();
}

}  // namespace cairn::test::durability
