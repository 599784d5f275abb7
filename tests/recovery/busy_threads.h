// Flushes or compactions that wait until a test lets them run.
#pragma once

#include <rocksdb/env.h>

#include <future>
#include <thread>

#include "store/border/job_threads.h"

namespace cairn::test {

/// RocksDB's threads for flushes (HIGH) or compactions (LOW) of this process: busy, from the making
/// of this until release().
class BusyThreads {
 public:
  explicit BusyThreads(rocksdb::Env::Priority pool) : pool_(pool) {
    for (int i = 0; i < env_.GetBackgroundThreads(pool_); ++i) {
      env_.Schedule(&BusyThreads::wait, this, pool_);
    }
    while (env_.GetThreadPoolQueueLen(pool_) > 0) std::this_thread::yield();
  }
  void wait_until_something_waits() const {
    while (env_.GetThreadPoolQueueLen(pool_) == 0) std::this_thread::yield();
  }
  /// Returns when they have done all that was waiting for them.
  void release() {
    released_.set_value();
    std::promise<void> done;
    env_.Schedule([](void* last) { static_cast<std::promise<void>*>(last)->set_value(); }, &done,
                  pool_);
    done.get_future().wait();
  }

 private:
  static void wait(void* self) { static_cast<BusyThreads*>(self)->until_.wait(); }

  const rocksdb::Env::Priority pool_;
  rocksdb::Env& env_ = store::JobEnv::of_process();
  std::promise<void> released_;
  const std::shared_future<void> until_ = released_.get_future().share();
};

}  // namespace cairn::test
