// expire() rewrites what has something dead in it, once, in little room, and nothing else.
#include "store/engine/expiring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <fstream>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <cairn/error.h>
#include "store/border/engine_hooks.h"
#include "store/border/read_watch.h"
#include "store/open_store.h"
#include "support/engine_access.h"
#include "ttl/operand.h"

namespace cairn::store {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

bool is_table(const std::string& path) { return path.ends_with(".sst"); }

// A disk that counts the bytes of tables, says how much room it has, and refuses to read one.
class CountingDisk final : public rocksdb::FileSystemWrapper {
 public:
  CountingDisk() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "counting_disk"; }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* context) override {
    rocksdb::IOStatus status = target()->NewWritableFile(path, options, file, context);
    if (!status.ok() || !is_table(path)) return status;
    *file = std::make_unique<Written>(std::move(*file), *this);
    ++made;
    return status;
  }
  rocksdb::IOStatus NewRandomAccessFile(const std::string& path,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* context) override {
    rocksdb::IOStatus status = target()->NewRandomAccessFile(path, options, file, context);
    if (status.ok()) *file = std::make_unique<Opened>(std::move(*file), path, *this);
    return status;
  }
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* context) override {
    std::uint64_t size = 0;
    if (is_table(path)) (void)target()->GetFileSize(path, options, &size, context);
    rocksdb::IOStatus status = target()->DeleteFile(path, options, context);
    if (status.ok()) here -= size;
    return status;
  }
  rocksdb::IOStatus GetFreeSpace(const std::string&, const rocksdb::IOOptions&, std::uint64_t* free,
                                 rocksdb::IODebugContext*) override {
    *free = room;
    return rocksdb::IOStatus::OK();
  }

  std::atomic<std::uint64_t> written{0};
  std::atomic<std::uint64_t> made{0};
  std::atomic<std::uint64_t> here{0};
  std::atomic<std::uint64_t> most{0};
  std::atomic<std::uint64_t> room{std::uint64_t{1} << 40};
  std::string refused = "none";  // the end of a path

 private:
  class Written final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    Written(std::unique_ptr<rocksdb::FSWritableFile> file, CountingDisk& disk)
        : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk) {}
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* context) override {
      count(data.size());
      return target()->Append(data, options, context);
    }
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             const rocksdb::DataVerificationInfo& verification,
                             rocksdb::IODebugContext* context) override {
      count(data.size());
      return target()->Append(data, options, verification, context);
    }

   private:
    void count(std::uint64_t bytes) {
      disk_.written += bytes;
      disk_.here += bytes;
      disk_.most = std::max<std::uint64_t>(disk_.most, disk_.here);
    }
    CountingDisk& disk_;
  };
  class Opened final : public rocksdb::FSRandomAccessFileOwnerWrapper {
   public:
    Opened(std::unique_ptr<rocksdb::FSRandomAccessFile> file, std::string path,
           const CountingDisk& disk)
        : FSRandomAccessFileOwnerWrapper(std::move(file)), path_(std::move(path)), disk_(disk) {}
    rocksdb::IOStatus Read(std::uint64_t offset, std::size_t size,
                           const rocksdb::IOOptions& options, rocksdb::Slice* result, char* scratch,
                           rocksdb::IODebugContext* context) const override {
      if (path_.ends_with(disk_.refused)) return rocksdb::IOStatus::IOError("refused");
      return target()->Read(offset, size, options, result, scratch, context);
    }

   private:
    const std::string path_;
    const CountingDisk& disk_;
  };
};

class ExpiringTest : public testing::Test {
 protected:
  using Progress = std::pair<std::uint64_t, std::uint64_t>;

  template <class Work>
  auto with_engine(const Work& work) {
    const Session session(*open_, open_->family("pages"), Session::Intent::write, "test");
    return work(EngineAccess::of(session), open_->family("pages").handle.get());
  }
  void SetUp() override {
    open_.reopen([&] { hooked_.emplace(open_.path(), *env_); });
    with_engine([](Engine& engine, rocksdb::ColumnFamilyHandle* family) {
      ASSERT_TRUE(engine.db().SetOptions(family, {{"disable_auto_compactions", "true"}}).ok());
    });
  }

  void put(int first, int end, int step, std::chrono::milliseconds timeout) {
    Session session(*open_, open_->family("pages"), Session::Intent::write, "test");
    for (int i = first; i < end; i += step) {
      std::string value(1000, '\0');
      for (char& each : value) {
        state_ = state_ * 6364136223846793005u + 1442695040888963407u;  // does not compress
        each = static_cast<char>(state_ >> 33);
      }
      const ttl::Instant expires_at =
          timeout == 0ms ? ttl::never_expires
                         : open_.now() + static_cast<ttl::Instant>(timeout.count());
      session.put(key(i), ttl::encode({ValueKind::bytes, open_.now(), expires_at, value}));
      model_[i] = {value, expires_at};
    }
  }
  // To that level; 0: as RocksDB does.
  void flush(int level) {
    with_engine([&](Engine& engine, rocksdb::ColumnFamilyHandle* family) {
      ASSERT_TRUE(engine.db().Flush({}, family).ok());
      if (level == 0) return;
      rocksdb::ColumnFamilyMetaData metadata;
      engine.db().GetColumnFamilyMetaData(family, &metadata);
      std::vector<std::string> names;
      for (const auto& file : metadata.levels.at(0).files) names.push_back(file.name);
      ASSERT_TRUE(engine.db().CompactFiles({}, family, names, level).ok());
    });
  }
  Expiring::Step step(Expiring& work) {
    return Session(*open_, open_->family("pages"), Session::Intent::read, "expire").expire(work);
  }
  // What the whole of it tells.
  std::vector<Progress> expire() {
    std::vector<Progress> told;
    Expiring work;
    for (auto last = Expiring::Step::more; last != Expiring::Step::done;) {
      last = step(work);
      told.push_back({work.done(), work.total()});
    }
    return told;
  }
  std::map<std::string, std::uint64_t> tables() {
    return with_engine([](Engine& engine, rocksdb::ColumnFamilyHandle* family) {
      rocksdb::ColumnFamilyMetaData metadata;
      engine.db().GetColumnFamilyMetaData(family, &metadata);
      std::map<std::string, std::uint64_t> found;
      for (const auto& level : metadata.levels) {
        for (const auto& file : level.files) found[file.name] = file.size;
      }
      return found;
    });
  }
  std::uint64_t table_bytes() {
    std::uint64_t sum = 0;
    for (const auto& [name, bytes] : tables()) sum += bytes;
    return sum;
  }
  // What the tables say: records that are dead, and bytes of erasures.
  TableWeight weight() {
    return with_engine([&](Engine& engine, rocksdb::ColumnFamilyHandle* family) {
      rocksdb::TablePropertiesCollection all;
      EXPECT_TRUE(engine.db().GetPropertiesOfAllTables(family, &all).ok());
      TableWeight sum;
      for (const auto& [path, table] : all) {
        const auto one = weigh(table->user_collected_properties, open_.now());
        if (!one) continue;
        sum.total += one->total;
        sum.overlays += one->overlays;
        sum.dead.insert(sum.dead.end(), one->dead.begin(), one->dead.end());
      }
      return sum;
    });
  }
  void expect_model() {
    const Session session(*open_, open_->family("pages"), Session::Intent::read, "test");
    for (const auto& [i, entry] : model_) {
      Pinned pinned;
      const auto found = session.get(key(i), pinned);
      const auto record = found ? ttl::parse_live(*found, open_.now()) : std::nullopt;
      ASSERT_EQ(record.has_value(), entry.second > open_.now()) << i;
      if (record) {
        ASSERT_EQ(record->payload, entry.first) << i;
      }
    }
  }
  void damage(const std::string& name) {
    std::fstream file(open_.path().native() + name,
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(1000);
    file << "damage";
  }
  // Tables of 1 MB in the order of time at the bottom, of each a third dead in 30 s, and above
  // them what replaces some of it.
  void build_levels() {
    for (int i = 0; i < 12; ++i) {
      put(1000 * i, 1000 * (i + 1), 1, 0ms);
      put(1000 * i, 1000 * (i + 1), 3, 30s);
      flush(6);
    }
    put(0, 12'000, 7, 30s);
    put(1, 12'000, 7, 0ms);
    flush(5);
    put(0, 12'000, 11, 30s);
    put(1, 12'000, 11, 0ms);
    flush(0);
  }
  static std::string key(int i) { return "key" + std::to_string(100'000 + i); }

  // Outlive the store.
  const std::shared_ptr<CountingDisk> disk_ = std::make_shared<CountingDisk>();
  const std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(disk_);
  std::optional<HookedDirectory> hooked_;
  OpenStore open_;
  std::uint64_t state_ = 1;
  std::map<int, std::pair<std::string, ttl::Instant>> model_;
};

TEST_F(ExpiringTest, WhatIsDeadAsAWholeGoesWithoutBeingWritten) {
  for (int i = 0; i < 3; ++i) {
    put(1000 * i, 1000 * (i + 1), 1, 30s);
    flush(6);
  }
  open_.fake().advance(31s);
  const std::uint64_t before = disk_->written;
  expire();
  EXPECT_EQ(tables().size(), 0u);
  EXPECT_EQ(disk_->written, before);
  EXPECT_GE(open_.dropped(), 3000u);
}

TEST_F(ExpiringTest, TablesWithNothingDeadInThemAreLeftAlone) {
  put(0, 1000, 1, 0ms);
  flush(6);
  put(1000, 2000, 1, 60s);
  flush(5);
  const auto before = tables();
  open_.fake().advance(31s);
  expire();
  EXPECT_EQ(tables(), before);
  put(3000, 3010, 1, 10s);
  open_.fake().advance(11s);
  expire();
  EXPECT_EQ(tables(), before) << "the flush has filtered it";
}

TEST_F(ExpiringTest, NoRecordIsWrittenTwiceAndNothingDeadIsLeft) {
  build_levels();
  open_.fake().advance(31s);
  const auto before = tables();
  const std::uint64_t size = table_bytes();
  const std::uint64_t written = disk_->written;
  const std::uint64_t made = disk_->made;
  expire();
  std::size_t fresh = 0;
  std::uint64_t fresh_bytes = 0;
  for (const auto& [name, bytes] : tables()) {
    fresh += before.contains(name) ? 0 : 1;
    fresh_bytes += before.contains(name) ? 0 : bytes;
  }
  EXPECT_EQ(disk_->made - made, fresh) << "what it made, it has left";
  EXPECT_EQ(disk_->written - written, fresh_bytes);
  EXPECT_LT(disk_->written - written, size);
  EXPECT_TRUE(weight().dead.empty());
  expect_model();
}

TEST_F(ExpiringTest, ItTakesAnEighthOfTheRoomBesides) {
  for (int i = 0; i < 40; ++i) {
    put(1000 * i, 1000 * (i + 1), 1, 0ms);
    put(1000 * i, 1000 * (i + 1), 4, 30s);
    flush(6);
  }
  open_.fake().advance(31s);
  const std::uint64_t size = table_bytes();
  disk_->here = size;
  disk_->most = 0;
  expire();
  EXPECT_GT(disk_->most, size);
  EXPECT_LT(disk_->most, size + size / 8 + (1u << 20));
  EXPECT_LT(table_bytes(), size * 8 / 10);
  EXPECT_TRUE(weight().dead.empty());
  expect_model();
}

TEST_F(ExpiringTest, ProgressGrowsAndEndsAtItsTotal) {
  build_levels();
  open_.fake().advance(31s);
  const std::vector<Progress> told = expire();
  ASSERT_GT(told.size(), 4u);
  EXPECT_EQ(told.front().first, 0u);
  EXPECT_GT(told.front().second, 10'000'000u);
  EXPECT_EQ(told.back().first, told.back().second);
  for (std::size_t i = 1; i < told.size(); ++i) {
    EXPECT_GE(told[i].first, told[i - 1].first);
    EXPECT_LE(told[i].first, told[i].second);
    EXPECT_EQ(told[i].second, told[0].second);
  }
  EXPECT_EQ(expire(), (std::vector<Progress>{{0, 0}})) << "there is nothing to do";
}

TEST_F(ExpiringTest, WhatAStepHasFreedStaysFreed) {
  build_levels();
  open_.fake().advance(31s);
  Expiring work;
  for (int i = 0; i < 5; ++i) {
    Session(*open_, open_->family("pages"), Session::Intent::read, "expire").expire(work);
  }
  const std::uint64_t half = table_bytes();
  EXPECT_LT(work.done(), work.total());
  EXPECT_GT(work.done(), 0u);
  EXPECT_FALSE(weight().dead.empty());
  open_.reopen();
  EXPECT_LE(table_bytes(), half);
  expect_model();
  expire();
  EXPECT_TRUE(weight().dead.empty());
  expect_model();
}

TEST_F(ExpiringTest, ACounterThatIsFoldedWhileItIsDeadGoesToo) {
  const auto counter = [&](int i) { return "hits" + std::to_string(i); };
  {
    Session session(*open_, open_->family("pages"), Session::Intent::write, "test");
    for (int i = 0; i < 100; ++i) {
      const ttl::Instant expires_at = i % 2 == 0 ? open_.now() + 30'000 : ttl::never_expires;
      session.put(counter(i), ttl::encode_integer(1, open_.now(), expires_at));
    }
  }
  flush(6);
  {
    Session session(*open_, open_->family("pages"), Session::Intent::write, "test");
    for (int i = 0; i < 100; ++i) {
      session.merge(counter(i), ttl::encode(ttl::Operand{open_.now(), 1}));
    }
    session.merge("nothing", ttl::encode(ttl::Operand{open_.now(), 1}));
  }
  flush(0);
  open_.fake().advance(31s);
  expire();
  EXPECT_TRUE(weight().dead.empty());
  EXPECT_EQ(weight().overlays, 0u);
  const Session session(*open_, open_->family("pages"), Session::Intent::read, "test");
  for (int i = 0; i < 100; ++i) {
    Pinned pinned;
    const auto found = session.get(counter(i), pinned);
    EXPECT_EQ(found.has_value(), i % 2 == 1);
    if (found) {
      EXPECT_EQ(ttl::integer(*ttl::parse(*found)), 2);
    }
  }
  Pinned pinned;
  EXPECT_EQ(session.get("nothing", pinned), std::nullopt);
}

// The base lies in a table that is too large to be merged with: what stays above it reads as a
// miss.
TEST_F(ExpiringTest, AnOperandOutlivesItsExpiredBaseAndCountsNothing) {
  put(0, 9000, 1, 0ms);
  {
    Session session(*open_, open_->family("pages"), Session::Intent::write, "test");
    session.put(key(5) + "hits", ttl::encode_integer(1, open_.now(), open_.now() + 30'000));
  }
  flush(6);
  put(1, 9000, 1000, 0ms);
  {
    Session session(*open_, open_->family("pages"), Session::Intent::write, "test");
    session.merge(key(5) + "hits", ttl::encode(ttl::Operand{open_.now(), 1}));
  }
  flush(0);
  open_.fake().advance(31s);
  expire();
  EXPECT_TRUE(weight().dead.empty());
  const Session session(*open_, open_->family("pages"), Session::Intent::read, "test");
  Pinned pinned;
  const auto found = session.get(key(5) + "hits", pinned);
  EXPECT_FALSE(found && ttl::parse_live(*found, open_.now()));
  expect_model();
}

TEST_F(ExpiringTest, ADamagedTableIsSaidAtTheEndAndTheOthersAreRewritten) {
  std::vector<std::string> names;
  for (int i = 0; i < 4; ++i) {
    put(1000 * i, 1000 * (i + 1), 1, 30s);
    flush(6);
    for (const auto& [name, bytes] : tables()) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  }
  open_.reopen([&] { damage(names.at(1)); });
  open_.fake().advance(31s);
  try {
    expire();
    ADD_FAILURE() << "it says nothing";
  } catch (const Corruption& error) {
    EXPECT_THAT(error.what(), HasSubstr(names.at(1).substr(1)));
  }
  EXPECT_EQ(tables().size(), 1u);
  EXPECT_EQ(tables().begin()->first, names.at(1));
  EXPECT_EQ(open_->monitor().health().condition, Condition::damaged);
  put(5000, 5001, 1, 0ms);  // the store goes on
}

TEST_F(ExpiringTest, ATableThatTheDiskRefusesIsSaidAtTheEnd) {
  put(0, 1000, 1, 30s);
  flush(6);
  const std::string refused = tables().begin()->first;
  put(1000, 2000, 1, 30s);
  flush(6);
  open_.reopen();  // so that blocks are read from the disk
  open_.fake().advance(31s);
  disk_->refused = refused;
  try {
    expire();
    ADD_FAILURE() << "it says nothing";
  } catch (const IoError& error) {
    EXPECT_THAT(error.what(), HasSubstr(refused.substr(1)));
  }
  disk_->refused = "none";
  EXPECT_EQ(tables().size(), 1u);
  put(5000, 5001, 1, 0ms);
  expire();
  EXPECT_EQ(tables().size(), 1u) << "the new one";
  expect_model();
}

// What frees space goes on where there is none.
TEST_F(ExpiringTest, ADiskWithoutRoomIsGivenBackWhatCostsNothing) {
  put(0, 1000, 1, 30s);
  flush(6);
  put(1000, 2000, 1, 0ms);
  put(1000, 2000, 2, 30s);
  flush(6);
  open_.fake().advance(31s);
  disk_->room = 1000;
  try {
    expire();
    ADD_FAILURE() << "it says nothing";
  } catch (const IoError& error) {
    EXPECT_EQ(error.code(), ErrorCode::no_space);
  }
  EXPECT_EQ(tables().size(), 1u);
  disk_->room = std::uint64_t{1} << 40;
  const std::uint64_t before = table_bytes();
  expire();
  EXPECT_LT(table_bytes(), before * 6 / 10);
  expect_model();
}

TEST_F(ExpiringTest, WhatASnapshotKeepsIsRewrittenOnce) {
  put(0, 1000, 1, 10s);
  const rocksdb::Snapshot* const snapshot =
      with_engine([](Engine& engine, auto*) { return engine.db().GetSnapshot(); });
  put(0, 1000, 1, 0ms);
  flush(6);
  open_.fake().advance(31s);
  const std::uint64_t made = disk_->made;
  expire();
  EXPECT_LE(disk_->made - made, 1u);
  with_engine([&](Engine& engine, auto*) { engine.db().ReleaseSnapshot(snapshot); });
  expire();
  EXPECT_TRUE(weight().dead.empty());
  expect_model();
}

TEST_F(ExpiringTest, AnIteratorIsReadToItsEnd) {
  put(0, 1000, 1, 30s);
  flush(6);
  with_engine([&](Engine& engine, rocksdb::ColumnFamilyHandle* family) {
    const std::unique_ptr<rocksdb::Iterator> at(engine.db().NewIterator({}, family));
    at->SeekToFirst();
    open_.fake().advance(31s);
    expire();
    int count = 0;
    for (; at->Valid(); at->Next()) ++count;
    EXPECT_TRUE(at->status().ok());
    EXPECT_EQ(count, 1000);
  });
  EXPECT_EQ(tables().size(), 0u);
}

TEST_F(ExpiringTest, AnEngineThatIsToBeReplacedIsLeftAndTheNextOneGoesOn) {
  put(0, 1000, 1, 30s);
  flush(6);
  open_.fake().advance(31s);
  Expiring work;
  EXPECT_EQ(step(work), Expiring::Step::more);
  with_engine([](Engine& engine, auto*) { engine.hurry(); });
  EXPECT_EQ(step(work), Expiring::Step::again);
  EXPECT_EQ(tables().size(), 1u);
  open_.reopen();
  while (step(work) != Expiring::Step::done) {
  }
  EXPECT_EQ(tables().size(), 0u);
}

TEST_F(ExpiringTest, AClearedFamilyIsDoneWith) {
  put(0, 1000, 1, 30s);
  flush(6);
  open_.fake().advance(31s);
  Expiring work;
  EXPECT_EQ(step(work), Expiring::Step::more);
  open_->clear(open_->family("pages"), [] {});
  EXPECT_EQ(step(work), Expiring::Step::done);
  EXPECT_EQ(work.done(), work.total());
}

TEST_F(ExpiringTest, ItWaitsForACompactionThatHasATable) {
  put(0, 1000, 1, 30s);
  flush(6);
  const std::vector<std::string> names{tables().begin()->first};
  std::mutex mutex;
  std::condition_variable changed;
  bool begun = false;
  bool goes_on = false;
  // Its filter is made before anything has expired.
  std::thread other([&] {
    with_engine([&](Engine& engine, rocksdb::ColumnFamilyHandle* family) {
      const ReadWatch watch([&] {
        std::unique_lock lock(mutex);
        begun = true;
        changed.notify_all();
        changed.wait(lock, [&] { return goes_on; });
        return true;
      });
      EXPECT_TRUE(engine.db().CompactFiles({}, family, names, 6).ok());
    });
  });
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return begun; });
  }
  open_.fake().advance(31s);
  Expiring work;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(step(work), Expiring::Step::more);
  EXPECT_EQ(tables().size(), 1u);
  {
    const std::lock_guard lock(mutex);
    goes_on = true;
    changed.notify_all();
  }
  other.join();
  while (step(work) != Expiring::Step::done) {
  }
  EXPECT_EQ(tables().size(), 0u);
}

// Both find everything, and neither waits for what only the other could do.
TEST_F(ExpiringTest, SeveralAtOnceLoseNothing) {
  build_levels();
  open_.fake().advance(31s);
  std::thread other([&] { expire(); });
  expire();
  other.join();
  EXPECT_TRUE(weight().dead.empty());
  expect_model();
}

}  // namespace
}  // namespace cairn::store
