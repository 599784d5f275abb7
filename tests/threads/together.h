// Many threads at once, and a watch over what might never end.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <future>
#include <latch>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <cairn/caches.h>
#include "support/temp_directory.h"

namespace cairn::test {

/// Runs `work(0)` to `work(count - 1)`, each in its own thread, all from one moment on, and waits
/// for them.  An exception fails the test.
template <class Work>
void together(int count, const Work& work) {
  std::latch start(count);
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (int index = 0; index < count; ++index) {
    threads.emplace_back([&, index] {
      start.arrive_and_wait();
      try {
        work(index);
      } catch (const std::exception& error) {
        const std::lock_guard lock(mutex);
        ADD_FAILURE() << "thread " << index << ": " << error.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

/// Runs `work` in a thread of its own.  If that does not end, the process does, with a failure: a
/// test that hangs tells less.
template <class Work>
void must_end(const char* what, const Work& work) {
  std::promise<void> promise;
  std::future<void> done = promise.get_future();
  std::thread thread([&] {
    try {
      work();
      promise.set_value();
    } catch (...) {
      promise.set_exception(std::current_exception());
    }
  });
  if (done.wait_for(std::chrono::seconds(30)) != std::future_status::ready) {
    std::fprintf(stderr, "%s does not end: deadlock\n", what);
    std::_Exit(1);
  }
  thread.join();
  EXPECT_NO_THROW(done.get()) << what;
}

/// The tests that hold on every backend which keeps values.
class ThreadsTest : public testing::TestWithParam<const char*> {
 protected:
  std::filesystem::path location() const {
    if (on_disk()) return directory_ / "store";
    return "memory:" + directory_.path().native();
  }
  bool on_disk() const { return std::string_view(GetParam()) == "rocksdb"; }
  Cache open(CacheOptions options = {}) const {
    return Cache::open(location(), std::move(options));
  }

 private:
  TempDirectory directory_;
};

inline std::string backend_name(const testing::TestParamInfo<const char*>& backend) {
  return backend.param;
}

}  // namespace cairn::test
