// Directories, and what operations cost and do when the disk is looked at or breaks.
#include "conformance/disk.h"

#include <rocksdb/db.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "conformance/contract.h"
#include "store/border/engine_hooks.h"

namespace cairn::test {

namespace fs = std::filesystem;

class Directories : public OnDisk {};

// C115, C116, S47: also names that are nearly RocksDB's, or ours.
TEST_F(Directories, ClearLeavesForeignFilesAndTheDirectory) {
  Cache cache = open();
  cache.set("key", "value");
  const auto foreign = {"not-a-cache-file", "mine.sst", "mine.log", "IDENTITY.mine", "CAIRN.mine"};
  for (const char* name : foreign) std::ofstream(path / name) << "mine";
  fs::create_directory(path / "not-a-cache-directory");
  cache.clear();
  cache.expire();
  cache.close();
  EXPECT_FALSE(cache.contains("key"));
  cache.close();
  for (const char* name : foreign) EXPECT_EQ(fs::file_size(path / name), 4U) << name;
  EXPECT_TRUE(fs::exists(path / "not-a-cache-directory"));
}

// C117, C119, X25, S95: every level that is made, whatever the umask.
TEST_F(Directories, EveryLevelIsMadeForTheOwnerOnly) {
  const mode_t before = ::umask(0);
  const fs::path nested = directory / "nested" / "dir" / "structure";
  Cache::open(nested).set("foo", "bar");
  ::umask(before);
  for (const fs::path& level : {directory / "nested", directory / "nested" / "dir", nested}) {
    EXPECT_EQ(fs::status(level).permissions(), fs::perms::owner_all) << level;
  }
}

class Watched : public OnDisk {
 protected:
  Cache open_watched(CacheOptions options = {}) {
    return Cache::open(path, std::move(options), {.clock = clock.source()});
  }
  /// Puts everything into tables on disk, and nothing of them into memory.
  static void flush(Cache& cache) {
    cache.compact();
    cache.close();
  }

  std::shared_ptr<Disk> disk = std::make_shared<Disk>();

 private:
  const std::unique_ptr<rocksdb::Env> env_ = watched_env(disk);
  const store::HookedDirectory hooked_{path, *env_};
};

// C86, S5, S51: no write, not even for what has expired.
TEST_F(Watched, ReadingWritesNothing) {
  Cache cache = open_watched();
  cache.set_many({{"a", 1}, {"b", 2}});
  cache.set("expired", 3, {.timeout = 1s});
  clock.advance(1s);
  const int before = disk->log_writes;
  EXPECT_EQ(cache.get_many<int>({"a", "b", "expired", "missing"}).size(), 2U);
  EXPECT_FALSE(cache.get<int>("expired"));
  EXPECT_FALSE(cache.contains("expired"));
  EXPECT_EQ(cache.keys().size(), 2U);
  EXPECT_EQ(disk->log_writes, before);
}

// C87, S43, S54: as many writes for a hundred keys as for one.
TEST_F(Watched, ManyKeysAreOneWrite) {
  Cache cache = open_watched();
  cache.set("first", 1);  // makes the column family
  const auto writes = [&](auto operation) {
    const int before = disk->log_writes;
    operation();
    return disk->log_writes - before;
  };
  std::vector<std::string> keys;
  std::vector<std::pair<std::string, int>> values;
  for (int i = 0; i < 100; ++i) {
    keys.push_back("k" + std::to_string(i));
    values.emplace_back(keys.back(), i);
  }
  const int one = writes([&] { cache.set("one", 1); });
  EXPECT_GE(one, 1);
  EXPECT_EQ(writes([&] { cache.set_many(values); }), one);
  EXPECT_EQ(writes([&] { cache.incr_many(values); }), one);
  EXPECT_EQ(writes([&] { cache.incr_version("one"); }), one);
  EXPECT_EQ(writes([&] { EXPECT_EQ(cache.erase_many(keys), 100U); }), one);
}

// C88, S102: the entries are counted once, when the store is opened, and not again.
TEST_F(Watched, CullingReadsNothing) {
  Cache cache = open_watched({.max_entries = 30});
  for (int i = 0; i < 30; ++i) cache.set("k" + std::to_string(i), std::string(1000, 'v'));
  flush(cache);
  cache.set("k0", 0);
  const int before = disk->table_reads;
  for (int i = 30; i < 80; ++i) cache.set("k" + std::to_string(i), i);
  EXPECT_EQ(cache.stats().evicted, 50U);
  EXPECT_EQ(disk->table_reads, before);
}

// C120, S10
TEST_F(Watched, AReadThatFailsThrows) {
  Cache cache = open_watched();
  cache.set("key", 1, {.timeout = never});
  flush(cache);
  EXPECT_FALSE(cache.contains("other"));  // opens
  disk->reads_fail = true;
  const std::string message = message_of(ErrorCode::io, [&] { cache.get<int>("key"); });
  EXPECT_THAT(message, HasSubstr("key"));
  message_of(ErrorCode::io, [&] { cache.contains("key"); });
  message_of(ErrorCode::io, [&] { cache.ttl("key"); });
  message_of(ErrorCode::io, [&] { cache.get_many<int>({"key"}); });
  message_of(ErrorCode::io, [&] { cache.keys(); });
  message_of(ErrorCode::io, [&] { cache.add("key", 2); });
  message_of(ErrorCode::io, [&] { cache.incr("key"); });
  message_of(ErrorCode::io, [&] { cache.touch("key"); });
  message_of(ErrorCode::io, [&] { cache.get_or_set("key", 2); });
  disk->reads_fail = false;
  EXPECT_EQ(cache.get<int>("key"), 1);
  EXPECT_EQ(cache.ttl("key"), never);
}

// C120: for those who prefer a cache that never throws on reads.
TEST_F(Watched, AReadThatFailsIsACountedMissIfSoConfigured) {
  Cache cache = open_watched({.on_read_error = OnReadError::miss});
  cache.set("key", 1);
  flush(cache);
  EXPECT_FALSE(cache.contains("other"));
  disk->reads_fail = true;
  EXPECT_EQ(cache.get<int>("key"), std::nullopt);
  EXPECT_EQ(cache.get("key", 7), 7);
  EXPECT_FALSE(cache.contains("key"));
  EXPECT_EQ(cache.ttl("key"), std::nullopt);
  EXPECT_THAT(cache.get_many<int>({"key"}), IsEmpty());
  EXPECT_EQ(cache.stats().read_errors, 5U);
  EXPECT_EQ(cache.stats().hits, 0U);
  message_of(ErrorCode::io, [&] { cache.incr("key"); });  // a write is no read
  disk->reads_fail = false;
  EXPECT_EQ(cache.get<int>("key"), 1);
}

// C120: get_or_set is a read as well; what it makes is given, stored or not.
TEST_F(Watched, GetOrSetGivesWhatItMakesIfReadsFailAndAreMisses) {
  Cache cache = open_watched({.on_read_error = OnReadError::miss});
  cache.set("key", 1);
  flush(cache);
  EXPECT_FALSE(cache.contains("other"));
  disk->reads_fail = true;
  EXPECT_EQ(cache.get_or_set("key", 7), 7);
}

class Damaged : public OnDisk {
 protected:
  /// Writes bytes past the library, as damage would.
  void put_raw(const std::string& final_key, const std::string& bytes) {
    std::vector<std::string> names;
    ASSERT_TRUE(rocksdb::DB::ListColumnFamilies({}, path.native(), &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const std::string& name : names) {
      families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    }
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    std::filesystem::remove(path / "CAIRN.seal");  // as a crash leaves it
    ASSERT_TRUE(rocksdb::DB::Open({}, path.native(), families, &handles, &db).ok());
    for (rocksdb::ColumnFamilyHandle* handle : handles) {
      if (handle->GetName() == "default@1") {
        EXPECT_TRUE(db->Put({}, handle, final_key, bytes).ok());
      }
      db->DestroyColumnFamilyHandle(handle);
    }
    EXPECT_TRUE(db->Close().ok());
    delete db;
  }
};

// C121, S10: a record that does not parse is a miss that is counted, and may be replaced.
TEST_F(Damaged, ATruncatedRecordIsAMiss) {
  for (const std::string& bytes : {""s, "\x12"s, std::string(15, '\x12'), "garbage"s}) {
    SCOPED_TRACE(quote(bytes));
    {
      Cache cache = open();
      cache.set("key", 1);
    }
    put_raw(":1:key", bytes);
    Cache cache = open();
    EXPECT_EQ(cache.get<int>("key"), std::nullopt);
    EXPECT_THAT(cache.get_many<int>({"key"}), IsEmpty());
    EXPECT_EQ(cache.stats().unreadable, 2U);
    EXPECT_FALSE(cache.contains("key"));
    EXPECT_FALSE(cache.touch("key"));
    EXPECT_THAT(cache.keys(), IsEmpty());
    EXPECT_THROW(cache.incr("key"), KeyNotFound);
    EXPECT_FALSE(cache.erase("key"));
    cache.expire();
    EXPECT_TRUE(cache.add("key", 2));
    EXPECT_EQ(cache.get<int>("key"), 2);
  }
}

// C122: whoever looks while another removes sees the key or not, and nothing worse.
TEST_F(Directories, ContainsStandsARaceWithErase) {
  Cache cache = open();
  std::thread other([&] {
    for (int i = 0; i < 2000; ++i) {
      cache.set("key", i);
      cache.erase("key");
    }
  });
  for (int i = 0; i < 2000; ++i) EXPECT_NO_THROW(static_cast<void>(cache.contains("key")));
  other.join();
  EXPECT_FALSE(cache.contains("key"));
}

}  // namespace cairn::test
