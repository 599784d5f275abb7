// An edit of the MANIFEST that is written, and whose sync fails all the same.
#include <gtest/gtest.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include <cairn/caches.h>
#include "store/border/engine_hooks.h"
#include "store/directory/file_name.h"
#include "support/fake_clock.h"
#include "support/temp_directory.h"

namespace cairn::test {
namespace {

using namespace std::chrono_literals;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

// The next sync of a MANIFEST fails, after the bytes have reached the file.
class FailingManifest {
 public:
  FailingManifest();
  rocksdb::Env& env() const { return *env_; }

  void arm() { armed_ = true; }
  bool failed() const { return failed_; }

  IOStatus before_sync() {
    if (!armed_.exchange(false)) return IOStatus::OK();
    failed_ = true;
    return IOStatus::IOError("injected");
  }

 private:
  std::atomic<bool> armed_{false};
  std::atomic<bool> failed_{false};
  std::unique_ptr<rocksdb::Env> env_;
};

class FailingFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FailingFile(std::unique_ptr<rocksdb::FSWritableFile>&& file, FailingManifest& disk)
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
  FailingManifest& disk_;
};

class FailingFiles final : public rocksdb::FileSystemWrapper {
 public:
  explicit FailingFiles(FailingManifest& disk)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), disk_(disk) {}
  const char* Name() const override { return "FailingFiles"; }

  IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file,
                           IODebugContext* debug) override {
    IOStatus status = target()->NewWritableFile(path, options, file, debug);
    if (status.ok() && store::kind_of(path) == store::FileKind::manifest) {
      *file = std::make_unique<FailingFile>(std::move(*file), disk_);
    }
    return status;
  }

 private:
  FailingManifest& disk_;
};

FailingManifest::FailingManifest()
    : env_(rocksdb::NewCompositeEnv(std::make_shared<FailingFiles>(*this))) {}

class ManifestGuard : public testing::Test {
 protected:
  // One table with what stays and what has expired.
  void store_an_expired_record(Cache& cache) {
    cache.set("stays", 1, {.timeout = never});
    cache.set("goes", std::string(100'000, 'g'), {.timeout = 10s});
    cache.compact();
    clock_.advance(11s);
  }
  StoreOptions options(std::chrono::milliseconds reclaim_interval) const {
    return {.durability = Durability::power_loss,
            .reclaim_interval = reclaim_interval,
            .clock = clock_.source()};
  }
  // The store mends itself, and nothing is missing, then and after the next opening.
  void expect_all(Caches& caches, std::chrono::milliseconds reclaim_interval) {
    while (caches["main"].stats().health.condition != Condition::healthy) std::this_thread::yield();
    EXPECT_EQ(caches["main"].get<int>("stays"), 1);
    caches.close_all();
    Caches again(directory_ / "store", {{"main", {}}}, options(reclaim_interval));
    EXPECT_EQ(again["main"].get<int>("stays"), 1);
    EXPECT_TRUE(again["main"].stats().recovery.findings.empty());
  }

  const TempDirectory directory_;
  FakeClock clock_;
  FailingManifest disk_;
};

TEST_F(ManifestGuard, KeepsTheTablesThatExpireWrote) {
  const store::HookedDirectory hooked(directory_ / "store", disk_.env());
  Caches caches(directory_ / "store", {{"main", {}}}, options(0ms));
  store_an_expired_record(caches["main"]);
  disk_.arm();
  EXPECT_THROW(caches["main"].expire(), IoError);
  EXPECT_TRUE(disk_.failed());
  expect_all(caches, 0ms);
}

TEST_F(ManifestGuard, KeepsTheTablesThatTheReaperWrote) {
  const store::HookedDirectory hooked(directory_ / "store", disk_.env());
  Caches caches(directory_ / "store", {{"main", {}}}, options(10ms));
  store_an_expired_record(caches["main"]);
  disk_.arm();
  while (!disk_.failed()) std::this_thread::yield();
  expect_all(caches, 10ms);
}

TEST_F(ManifestGuard, KeepsTheTablesThatCompactWrote) {
  const store::HookedDirectory hooked(directory_ / "store", disk_.env());
  Caches caches(directory_ / "store", {{"main", {}}}, options(0ms));
  store_an_expired_record(caches["main"]);
  disk_.arm();
  EXPECT_THROW(caches["main"].compact(), IoError);
  EXPECT_TRUE(disk_.failed());
  expect_all(caches, 0ms);
}

}  // namespace
}  // namespace cairn::test
