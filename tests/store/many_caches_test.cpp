// A thousand caches in one store: what one costs does not grow with their number.
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include <cairn/caches.h>
#include "store/border/engine_hooks.h"
#include "store/directory/file_name.h"
#include "support/descriptor_limit.h"
#include "support/temp_directory.h"

namespace cairn {
namespace {

namespace fs = std::filesystem;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

struct Effort {
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::uint64_t> files{0};
  std::atomic<std::uint64_t> tables{0};
};

// Syncs nothing: a thousand caches sync a thousand times.
class CountedFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  CountedFile(std::unique_ptr<rocksdb::FSWritableFile> file, Effort& effort)
      : FSWritableFileOwnerWrapper(std::move(file)), effort_(effort) {}

  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  IODebugContext* context) override {
    effort_.bytes += data.size();
    return target()->Append(data, options, context);
  }
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& verification,
                  IODebugContext* context) override {
    effort_.bytes += data.size();
    return target()->Append(data, options, verification, context);
  }
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

 private:
  Effort& effort_;
};

class UnsyncedDirectory final : public rocksdb::FSDirectoryWrapper {
 public:
  using FSDirectoryWrapper::FSDirectoryWrapper;

  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus FsyncWithDirOptions(const IOOptions&, IODebugContext*,
                               const rocksdb::DirFsyncOptions&) override {
    return IOStatus::OK();
  }
};

class CountedFiles final : public rocksdb::FileSystemWrapper {
 public:
  explicit CountedFiles(Effort& effort)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), effort_(effort) {}

  const char* Name() const override { return "cairn.test.counted_files"; }
  IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file,
                           IODebugContext* context) override {
    const IOStatus status = target()->NewWritableFile(name, options, file, context);
    if (!status.ok()) return status;
    ++effort_.files;
    effort_.tables += store::kind_of(name) == store::FileKind::table ? 1 : 0;
    *file = std::make_unique<CountedFile>(std::move(*file), effort_);
    return status;
  }
  IOStatus NewDirectory(const std::string& name, const IOOptions& options,
                        std::unique_ptr<rocksdb::FSDirectory>* directory,
                        IODebugContext* context) override {
    const IOStatus status = target()->NewDirectory(name, options, directory, context);
    if (status.ok()) *directory = std::make_unique<UnsyncedDirectory>(std::move(*directory));
    return status;
  }
  IOStatus FileExists(const std::string& name, const IOOptions& options,
                      IODebugContext* context) override {
    if (name == fails_once) {
      fails_once.clear();
      return IOStatus::IOError("failed by the test");
    }
    return target()->FileExists(name, options, context);
  }

  std::string fails_once;

 private:
  Effort& effort_;
};

std::ptrdiff_t open_descriptors() {
  return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
}

class ManyCaches : public testing::Test {
 protected:
  void open(std::size_t count, const StoreOptions& options = {}) {
    Caches::Configuration configuration;
    for (std::size_t i = 0; i < count; ++i) configuration.push_back({name(i), {}});
    caches_.reset();
    caches_ = std::make_unique<Caches>(where_, configuration, options);
  }
  static std::string name(std::size_t i) { return "cache" + std::to_string(i); }
  Cache& cache(std::size_t i) { return (*caches_)[name(i)]; }
  void set_each(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) cache(i).set("key", i);
  }
  std::uint64_t bytes_of(const std::function<void()>& work) {
    const std::uint64_t before = effort_.bytes;
    work();
    return effort_.bytes - before;
  }
  std::uint64_t files_of(const std::function<void()>& work) {
    const std::uint64_t before = effort_.files;
    work();
    return effort_.files - before;
  }

  const test::TempDirectory directory_;
  const fs::path where_ = directory_ / "store";
  Effort effort_;
  const std::shared_ptr<CountedFiles> files_ = std::make_shared<CountedFiles>(effort_);
  const std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(files_);
  const store::HookedDirectory hooked_{where_, *env_};
  std::unique_ptr<Caches> caches_;
};

// RocksDB would write the options of all of them into a new file, and read them back.
TEST_F(ManyCaches, TheHundredthIsMadeWithAFewBytesAndNoFile) {
  open(100);
  set_each(99);
  std::uint64_t files = 0;
  const std::uint64_t bytes = bytes_of([&] { files = files_of([&] { cache(99).set("key", 1); }); });
  EXPECT_LT(bytes, 1024u);
  EXPECT_EQ(files, 0u);
}

TEST_F(ManyCaches, OneOfAHundredIsClearedWithAFewBytesAndNoFile) {
  open(100);
  set_each(100);
  std::uint64_t files = 0;
  const std::uint64_t bytes = bytes_of([&] { files = files_of([&] { cache(7).clear(); }); });
  EXPECT_LT(bytes, 1024u);
  EXPECT_EQ(files, 0u);
  EXPECT_FALSE(cache(7).contains("key"));
  EXPECT_TRUE(cache(8).contains("key"));
}

TEST_F(ManyCaches, WithoutALogClearingOneWritesOutNoOther) {
  open(20, {.durability = Durability::clean_close});
  set_each(20);
  const std::uint64_t before = effort_.tables;
  cache(7).clear();
  EXPECT_LE(effort_.tables - before, 1u) << "the store's own notes";
}

TEST_F(ManyCaches, NobodyIsToldOfTheFileThatIsNotWanted) {
  std::string told;
  open(3, {.logger = [&](std::string_view line) { told += line; }});
  set_each(3);
  cache(1).clear();
  EXPECT_EQ(told, "");
  EXPECT_THAT(cache(1).stats().log, testing::IsEmpty());
}

TEST_F(ManyCaches, NoneKeepsADescriptor) {
  open(100);
  set_each(1);
  const std::ptrdiff_t before = open_descriptors();
  set_each(100);
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(ManyCaches, AThousandWithAValueEachStayWithinTheBudget) {
  open(1000);
  set_each(1000);
  const Stats stats = cache(0).stats();
  EXPECT_LE(stats.memory_bytes, stats.memory_budget / 2);
  for (std::size_t i = 0; i < 1000; ++i) ASSERT_EQ(cache(i).get<std::size_t>("key"), i);
  caches_.reset();
  open(1000);
  for (std::size_t i = 0; i < 1000; ++i) ASSERT_EQ(cache(i).get<std::size_t>("key"), i);
}

TEST_F(ManyCaches, WritingToAllOfThemStaysWithinASmallBudget) {
  open(100, {.memory_budget = 16u << 20});
  const std::string value(1000, 'v');
  std::uint64_t most = 0;
  for (int i = 0; i < 300; ++i) {
    for (std::size_t each = 0; each < 100; ++each) {
      cache(each).set("key" + std::to_string(i), value);
    }
    most = std::max(most, cache(0).stats().memory_bytes);
  }
  EXPECT_LE(most, 16u << 20);
}

TEST_F(ManyCaches, OneThatCouldNotBeMadeCanBeMadeLater) {
  open(2);
  set_each(1);
  files_->fails_once = where_.native();
  EXPECT_THROW(cache(1).set("key", 1), IoError);
  EXPECT_EQ(files_->fails_once, "") << "it was not asked for";
  cache(1).set("key", 2);
  EXPECT_EQ(cache(1).get<int>("key"), 2);
  open(2);
  EXPECT_EQ(cache(1).get<int>("key"), 2);
}

TEST_F(ManyCaches, AHundredAndFiftyDoWithAHundredAndTwentyEightDescriptors) {
  const test::DescriptorLimit limit(128);
  for (int opening = 0; opening < 2; ++opening) {
    open(150);
    for (std::size_t i = 0; i < 150; ++i) {
      if (opening == 1) {
        ASSERT_EQ(cache(i).get<std::size_t>("key"), i);
      }
      cache(i).set("key", i);
      cache(i).expire();  // a table for each
    }
    for (std::size_t i = 0; i < 150; ++i) ASSERT_EQ(cache(i).get<std::size_t>("key"), i);
  }
  EXPECT_THAT(cache(0).stats().log, testing::IsEmpty());
}

// An empty store is opened without a limit; that it needs one shows later.
TEST_F(ManyCaches, MoreThanThereAreDescriptorsKeepFewTablesOpen) {
  const test::DescriptorLimit limit(300);
  open(400);
  for (std::size_t i = 0; i < 400; ++i) {
    cache(i).set("key", i);
    cache(i).expire();
  }
  EXPECT_LT(open_descriptors(), 250);
  for (std::size_t i = 0; i < 400; ++i) ASSERT_EQ(cache(i).get<std::size_t>("key"), i);
}

}  // namespace
}  // namespace cairn
