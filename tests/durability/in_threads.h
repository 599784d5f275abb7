// Work that several threads share.
#pragma once

#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace cairn::test::durability {

/// Runs work(0) to work(count - 1), each in a thread of its own, to the end of all; throws what one
/// of them has thrown.
template <class Work>
void in_threads(std::size_t count, const Work& work) {
  std::mutex mutex;
  std::exception_ptr failure;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      try {
        work(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        failure = std::current_exception();
      }
    });
  }
  for (std::thread& each : threads) each.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace cairn::test::durability
