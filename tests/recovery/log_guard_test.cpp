// A flush whose sync of an older log fails while somebody else waits to sync the same log.
#include <gtest/gtest.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include <cairn/caches.h>
#include "store/border/engine_hooks.h"
#include "store/border/job_threads.h"
#include "store/directory/file_name.h"
#include "support/temp_directory.h"

namespace cairn::test {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

// The first sync of a log by a flush waits until it is told to fail.
class FailingFlush {
 public:
  FailingFlush();
  rocksdb::Env& env() const { return *env_; }

  void arm() { armed_ = true; }
  void wait_for_the_sync() { begun_.get_future().wait(); }
  void fail() { told_.set_value(); }

  IOStatus before_sync() {
    if (store::JobThreads::working_for() == nullptr || !armed_.exchange(false)) {
      return IOStatus::OK();
    }
    begun_.set_value();
    told_.get_future().wait();
    return IOStatus::IOError("injected");
  }

 private:
  std::atomic<bool> armed_{false};
  std::promise<void> begun_;
  std::promise<void> told_;
  std::unique_ptr<rocksdb::Env> env_;
};

class WatchedLog final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  WatchedLog(std::unique_ptr<rocksdb::FSWritableFile>&& file, FailingFlush& disk)
      : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk) {}

  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    IOStatus status = disk_.before_sync();
    return status.ok() ? target()->Sync(options, debug) : status;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    IOStatus status = disk_.before_sync();
    return status.ok() ? target()->Fsync(options, debug) : status;
  }

 private:
  FailingFlush& disk_;
};

class WatchedFiles final : public rocksdb::FileSystemWrapper {
 public:
  explicit WatchedFiles(FailingFlush& disk)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), disk_(disk) {}
  const char* Name() const override { return "WatchedFiles"; }

  IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file,
                           IODebugContext* debug) override {
    IOStatus status = target()->NewWritableFile(path, options, file, debug);
    if (status.ok() && store::kind_of(path) == store::FileKind::log) {
      *file = std::make_unique<WatchedLog>(std::move(*file), disk_);
    }
    return status;
  }

 private:
  FailingFlush& disk_;
};

FailingFlush::FailingFlush()
    : env_(rocksdb::NewCompositeEnv(std::make_shared<WatchedFiles>(*this))) {}

// Where RocksDB has assertions the process ended.
TEST(LogGuard, ASyncThatWaitsForAFlushThatFailsIsRefused) {
  const TempDirectory directory;
  FailingFlush disk;
  const store::HookedDirectory hooked(directory / "store", disk.env());
  const auto open = [&] {
    return Caches(directory / "store", {{"main", {.timeout = never}}},
                  {.durability = Durability::interval,
                   .sync_interval = std::chrono::hours(1),
                   .reclaim_interval = std::chrono::milliseconds(0)});
  };
  {
    Caches caches = open();
    caches["main"].set("acknowledged", 1);
    disk.arm();
    std::thread flushes([&] { EXPECT_THROW(caches["main"].compact(), IoError); });
    disk.wait_for_the_sync();
    std::thread syncs([&] { EXPECT_THROW(caches["main"].sync(), IoError); });
    // Nothing tells when it has come to wait inside RocksDB; if it has not, this passes as well.
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    disk.fail();
    flushes.join();
    syncs.join();
    while (caches["main"].stats().health.condition != Condition::healthy) std::this_thread::yield();
    caches["main"].set("after", 2);
    EXPECT_EQ(caches["main"].get<int>("acknowledged"), 1);
  }
  Caches caches = open();
  EXPECT_EQ(caches["main"].get<int>("acknowledged"), 1);
  EXPECT_EQ(caches["main"].get<int>("after"), 2);
}

}  // namespace
}  // namespace cairn::test
