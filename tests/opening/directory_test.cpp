// Which directories are opened, and how they are made (X25, S95; "Bad input").

#include <rocksdb/db.h>

#include <memory>
#include <string>
#include <vector>

#include "opening/opening.h"

namespace cairn::test {
namespace {

using testing::HasSubstr;

// Sets the process's umask for a while.
class Umask {
 public:
  explicit Umask(mode_t mask) : before_(::umask(mask)) {}
  ~Umask() { ::umask(before_); }

 private:
  mode_t before_;
};

class OpeningADirectory : public testing::Test {
 protected:
  // Refused, and not a byte of it different.
  void expect_untouched(ErrorCode code, const std::string& says) {
    const auto before = picture(path());
    expect_refused(path(), code, says);
    EXPECT_EQ(picture(path()), before);
  }
  void make() {
    fs::create_directory(path());
    fs::permissions(path(), fs::perms::owner_all);
  }
  fs::path path() const { return directory_ / "store"; }

  std::vector<std::string> families() const {
    std::vector<std::string> names;
    EXPECT_TRUE(rocksdb::DB::ListColumnFamilies({}, path().native(), &names).ok());
    return names;
  }
  void add_families(const std::vector<std::string>& added) const {
    std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
    for (const std::string& name : families()) {
      descriptors.emplace_back(name, rocksdb::ColumnFamilyOptions());
    }
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* raw = nullptr;
    std::filesystem::remove(path() / "CAIRN.seal");  // as a crash leaves it
    ASSERT_TRUE(rocksdb::DB::Open({}, path().native(), descriptors, &handles, &raw).ok());
    const std::unique_ptr<rocksdb::DB> db(raw);
    for (const std::string& name : added) {
      handles.push_back(nullptr);
      ASSERT_TRUE(db->CreateColumnFamily({}, name, &handles.back()).ok());
    }
    for (rocksdb::ColumnFamilyHandle* handle : handles) db->DestroyColumnFamilyHandle(handle);
  }

  fs::path operator/(const char* name) const { return directory_ / name; }

  TempDirectory directory_;
};

TEST_F(OpeningADirectory, MakesEachMissingLevelForTheOwnerAlone) {
  for (const mode_t mask : {000, 022, 077}) {
    const Umask umask(mask);
    const fs::path top = directory_ / std::to_string(mask);
    { Cache::open(top / "a" / "b" / "store").set("key", 1); }
    for (const fs::path& level : {top, top / "a", top / "a" / "b", top / "a" / "b" / "store"}) {
      EXPECT_EQ(mode(level), 0700u) << level;
    }
    const mode_t now = ::umask(mask);
    EXPECT_EQ(now, mask) << "the process's umask was changed";
  }
}

TEST_F(OpeningADirectory, LeavesLevelsThatExistAsTheyAre) {
  fs::create_directory(directory_ / "a");
  fs::permissions(directory_ / "a", fs::perms(0755));
  Cache::open(directory_ / "a" / "store");
  EXPECT_EQ(mode(directory_ / "a"), 0755u);
}

TEST_F(OpeningADirectory, TakesATrailingSlash) {
  { Cache::open(path() / "").set("key", 1); }
  EXPECT_EQ(mode(path()), 0700u);
  EXPECT_EQ(Cache::open(path()).get<int>("key"), 1);
}

TEST_F(OpeningADirectory, NeverMakesALogFile) {
  Cache cache = Cache::open(path());
  for (int i = 0; i < 3; ++i) {
    cache.set("key", i);
    cache.expire();
    cache.clear();
    cache.close();
  }
  cache.get("key");
  for (const auto& entry : fs::recursive_directory_iterator(directory_.path())) {
    EXPECT_FALSE(entry.path().filename().native().starts_with("LOG")) << entry.path();
  }
}

TEST_F(OpeningADirectory, RefusesAnUnknownSchemeInDjangosWords) {
  expect_refused("redis:server", ErrorCode::invalid_cache_backend,
                 "Could not find backend 'redis'");
  EXPECT_THROW(Cache::open("redis:server"), InvalidCacheBackend);
  EXPECT_FALSE(fs::exists("redis:server"));
}

TEST_F(OpeningADirectory, RefusesANewerFormat) {
  { Cache::open(path()).set("key", 1); }
  write_file(path() / "CAIRN", "cairn store format 2\n");
  expect_untouched(ErrorCode::newer_format, "format 2");
  EXPECT_THROW(Cache::open(path()), Corruption);
  write_file(path() / "CAIRN", "cairn store format 1\n");
  EXPECT_EQ(Cache::open(path()).get<int>("key"), 1);
}

// ---- what a crash while opening leaves ----

TEST_F(OpeningADirectory, GoesOnAfterACrashBeforeTheDatabaseWasMade) {
  make();
  write_file(path() / "CAIRN", "cairn store format 1\n");
  write_file(path() / "CAIRN.lock", "12345\n");
  { Cache::open(path()).set("key", 1); }
  EXPECT_EQ(Cache::open(path()).get<int>("key"), 1);
}

TEST_F(OpeningADirectory, GoesOnAfterACrashInTheMiddleOfMakingTheDatabase) {
  make();
  write_file(path() / "CAIRN", "cairn store format 1\n");
  write_file(path() / "IDENTITY", "half");
  write_file(path() / "MANIFEST-000001", "half");
  write_file(path() / "000001.dbtmp", "MANIFEST-0");
  { Cache::open(path()).set("key", 1); }
  EXPECT_EQ(Cache::open(path()).get<int>("key"), 1);
}

TEST_F(OpeningADirectory, GoesOnAfterACrashWhileItWasBeingMarked) {
  make();
  write_file(path() / "CAIRN.lock", "12345\n");
  write_file(path() / "CAIRN.new", "cairn st");
  { Cache::open(path()).set("key", 1); }
  EXPECT_EQ(Cache::open(path()).get<int>("key"), 1);
}

TEST_F(OpeningADirectory, PassesOverAHalfMadeMarkerBesideAWholeOne) {
  { Cache::open(path()).set("key", 1); }
  write_file(path() / "CAIRN.new", "cairn st");
  EXPECT_EQ(Cache::open(path()).get<int>("key"), 1);
}

TEST_F(OpeningADirectory, DropsGenerationsThatACrashedClearLeft) {
  { Cache::open(path()).set("key", "current"); }
  ASSERT_THAT(families(), testing::Contains("default@1"));
  add_families({"default@10", "default@9", "other@2"});
  {
    Cache cache = Cache::open(path());
    EXPECT_EQ(cache.get("key"), std::nullopt) << "the clear had been done";
    cache.set("key", "new");
    cache.clear();
    cache.set("key", "newer");
  }
  EXPECT_THAT(families(), testing::UnorderedElementsAre("default", "default@11", "other@2"));
  EXPECT_EQ(Cache::open(path()).get("key"), "newer");
}

TEST_F(OpeningADirectory, LeavesColumnFamiliesThatAreNotOursAlone) {
  { Cache::open(path()).set("key", 1); }
  add_families({"foreign", "odd@name", "@", "x@99999999999999999999999"});
  { Cache::open(path()).clear(); }
  EXPECT_EQ(families().size(), 6u);
}

// ---- while it is open ----

// File systems give a deleted directory's number to the next one that is made.
TEST_F(OpeningADirectory, IsNotTakenForAnotherThatWasDeleted) {
  for (int i = 0; i < 5; ++i) {
    Cache old = Cache::open(directory_ / "old");
    old.set("key", "old");
    old.close();
    fs::remove_all(directory_ / "old");
    make();
    Cache fresh = Cache::open(path());
    fresh.set("key", "fresh");
    EXPECT_TRUE(fs::exists(path() / "CURRENT"));
    EXPECT_FALSE(fs::exists(directory_ / "old"));
    fresh.close();
    fs::remove_all(path());
    fs::remove_all(directory_ / "old");
  }
}

TEST_F(OpeningADirectory, IsFoundUnderItsNewNameAfterAMove) {
  Cache old = Cache::open(path());
  old.set("key", 1);
  old.close();
  fs::rename(path(), directory_ / "moved");
  Cache moved = Cache::open(directory_ / "moved");
  EXPECT_EQ(moved.get<int>("key"), 1);
  EXPECT_FALSE(fs::exists(path()));
}

}  // namespace
}  // namespace cairn::test
