// A store without a log that has gone on after a failure, on a disk whose tables take long.

#include <gtest/gtest.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include <cairn/caches.h>
#include <cairn/error.h>
#include "store/engine_hooks.h"
#include "support/temp_directory.h"

namespace cairn::test {
namespace {

namespace fs = std::filesystem;
using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

struct Disk {
  std::atomic<bool> manifest_fails{false};  // the next append to it
  std::atomic<bool> tables_take_long{false};
};

class Manifest final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  Manifest(std::unique_ptr<rocksdb::FSWritableFile>&& file, Disk& disk)
      : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk) {}
  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    if (disk_.manifest_fails.exchange(false)) return IOStatus::IOError("injected");
    return target()->Append(data, options, debug);
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }

 private:
  Disk& disk_;
};

class FileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit FileSystem(Disk& disk)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), disk_(disk) {}
  const char* Name() const override { return "slow tables"; }
  IOStatus NewWritableFile(const std::string& name, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file,
                           IODebugContext* debug) override {
    if (name.ends_with(".sst") && disk_.tables_take_long) {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
    const IOStatus status = target()->NewWritableFile(name, options, file, debug);
    if (status.ok() && name.find("MANIFEST") != std::string::npos) {
      *file = std::make_unique<Manifest>(std::move(*file), disk_);
    }
    return status;
  }

 private:
  Disk& disk_;
};

class Resumed : public testing::Test {
 protected:
  // Its compaction could not be entered in the list of files, which stops RocksDB until it resumes.
  void SetUp() override {
    hooks_->env = env_.get();
    cache_.emplace(Cache::open(directory_ / "store", {.timeout = never}, options()));
    cache_->set("before", 1);
    cache_->sync();
    disk_.manifest_fails = true;
    EXPECT_THROW(cache_->expire(), IoError);
    std::unique_lock lock(mutex_);
    mended_.wait(lock, [&] { return healthy_; });
    disk_.tables_take_long = true;
  }

  StoreOptions options() {
    return {.durability = Durability::clean_close,
            .on_health =
                [this](const Health& health) {
                  const std::lock_guard lock(mutex_);
                  healthy_ = health.condition == Condition::healthy;
                  mended_.notify_all();
                },
            .engine_hooks = hooks_};
  }
  // What a SIGKILL now would leave.
  std::int64_t value_in(const fs::path& copy, const std::string& key) {
    Cache left = Cache::open(copy, {.timeout = never}, {.durability = Durability::clean_close});
    return left.get<std::int64_t>(key).value_or(0);
  }

  TempDirectory directory_;
  Disk disk_;
  const std::unique_ptr<rocksdb::Env> env_ =
      rocksdb::NewCompositeEnv(std::make_shared<FileSystem>(disk_));
  const std::shared_ptr<store::EngineHooks> hooks_ = std::make_shared<store::EngineHooks>();
  std::mutex mutex_;
  std::condition_variable mended_;
  bool healthy_ = false;
  std::optional<Cache> cache_;
};

TEST_F(Resumed, SyncReturnsWhenItIsOnDisk) {
  cache_->set("after", 2);
  cache_->sync();
  fs::copy(directory_ / "store", directory_ / "copy");
  fs::permissions(directory_ / "copy", fs::perms::owner_all);
  EXPECT_EQ(value_in(directory_ / "copy", "after"), 2);
}

TEST_F(Resumed, ClosesWithEverythingOnDisk) {
  cache_->set("after", 2);
  cache_->close();
  cache_.reset();
  EXPECT_EQ(value_in(directory_ / "store", "after"), 2);
}

TEST_F(Resumed, CopiesWhatIsInMemory) {
  cache_->set("after", 2);
  cache_->checkpoint(directory_ / "copy");
  EXPECT_EQ(value_in(directory_ / "copy", "after"), 2);
}

}  // namespace
}  // namespace cairn::test
