// The registry: aliases, instances, locations.
#include <filesystem>
#include <thread>

#include "conformance/contract.h"

namespace cairn::test {

class Registry : public OnDisk {
 protected:
  Caches caches{
      path, {{"default", {}}, {"other", {}}, {"v2", {.column_family = "default"}}}, store()};
};

// C144, S84
TEST_F(Registry, OneThreadGetsTheSameObjectEachTime) {
  EXPECT_EQ(&caches["default"], &caches["default"]);
  EXPECT_NE(&caches["default"], &caches["other"]);
}

// C145, S84
TEST_F(Registry, AnotherThreadGetsAnotherObjectOnTheSameData) {
  Cache& here = caches["default"];
  here.set("key", "value");
  std::thread([&] {
    EXPECT_NE(&caches["default"], &here);
    EXPECT_EQ(caches["default"].get("key"), "value");
    caches["default"].set("key", "theirs");
  }).join();
  EXPECT_EQ(here.get("key"), "theirs");
}

// C149: what holds a registry and an alias sees each thread's own object.
TEST_F(Registry, AHolderSharedByThreadsGetsEachThreadsOwn) {
  struct Middleware {
    Caches& caches;
    std::string alias;
    Cache& cache() { return caches[alias]; }
  } middleware{caches, "default"};
  Cache* const here = &middleware.cache();
  std::thread([&] { EXPECT_NE(&middleware.cache(), here); }).join();
  EXPECT_EQ(&middleware.cache(), here);
}

// C146, S85
TEST_F(Registry, AnUnknownAliasIsRefusedInDjangosWords) {
  EXPECT_THAT([&] { caches["does_not_exist"]; },
              ThrowsMessage<InvalidCacheBackend>("The connection 'does_not_exist' doesn't exist."));
  EXPECT_FALSE(caches.contains("does_not_exist"));
  EXPECT_TRUE(caches.contains("other"));
}

// C147, S86: only when it is first asked for.
TEST_F(Registry, AnUnknownBackendIsRefusedInDjangosWords) {
  Caches broken("nonexistent:backend", {{"default", {}}});
  EXPECT_THAT([&] { broken["default"]; }, ThrowsMessage<InvalidCacheBackend>(testing::StartsWith(
                                              "Could not find backend 'nonexistent': ")));
  EXPECT_THROW(Cache::open(""), InvalidCacheBackend);
}

// C148, S87
TEST_F(Registry, AllGivesThisThreadsCaches) {
  EXPECT_THAT(caches.all(true), IsEmpty());
  Cache* const other = &caches["other"];
  EXPECT_THAT(caches.all(true), ElementsAre(other));
  EXPECT_THAT(caches.all(), ElementsAre(&caches["default"], other, &caches["v2"]));
  EXPECT_THAT(caches.all(true), testing::SizeIs(3));
  std::thread([&] { EXPECT_THAT(caches.all(true), IsEmpty()); }).join();
}

// S87
TEST_F(Registry, AliasesAreIteratedInOrderOfConfiguration) {
  EXPECT_THAT(std::vector(caches.begin(), caches.end()), ElementsAre("default", "other", "v2"));
  EXPECT_THAT(caches.aliases(), ElementsAre("default", "other", "v2"));
}

// S87
TEST_F(Registry, AnErasedObjectIsMadeAnewAndTheDataStays) {
  caches["default"].set("key", "value");
  caches.erase("default");
  EXPECT_THAT(caches.all(true), IsEmpty());
  EXPECT_EQ(caches["default"].get("key"), "value");
  caches.erase("does_not_exist");  // as good as erased
}

// S89: one column family is one LOCATION.
TEST_F(Registry, AliasesWithOneColumnFamilyShareItAndOthersDoNot) {
  caches["default"].set("key", "value");
  EXPECT_EQ(caches["v2"].get("key"), "value");
  EXPECT_EQ(caches["other"].get("key"), std::nullopt);
}

// C97, S89
TEST_F(Registry, TwoLocationsAreTwoCaches) {
  Caches two(path,
             {{"here", {.column_family = "default"}},
              {"there", {.column_family = "default", .location = directory / "second"}},
              {"memory", {.location = "memory:two"}},
              {"memory2", {.location = "memory:second"}}},
             store());
  const auto places = {"here", "there", "memory", "memory2"};
  for (const char* alias : places) {
    EXPECT_FALSE(two[alias].contains("value")) << alias;
    two[alias].set("value", alias);
  }
  for (const char* alias : places) EXPECT_EQ(two[alias].get("value"), alias);
  EXPECT_EQ(caches["default"].get("value"), "here");
}

// C125: a location is a std::filesystem::path, and what converts to one.
TEST_F(Registry, ALocationIsAPath) {
  static_assert(std::convertible_to<const char*, std::filesystem::path>);
  const std::filesystem::path location = directory / "as a path ü";
  Cache::open(location).set("key", "value");
  EXPECT_EQ(Cache::open(location.native()).get("key"), "value");
  EXPECT_EQ(Cache::open(location.c_str()).get("key"), "value");
  EXPECT_EQ(Cache::open("rocksdb:" + location.native()).get("key"), "value");
}

// X21, S89: however the directory is called.
TEST_F(Registry, SpellingsOfOneDirectoryAreOneStore) {
  caches["default"].set("key", "value");
  std::filesystem::create_directory_symlink(path, directory / "link");
  std::filesystem::create_directory(directory / "sub");
  const auto spellings = {directory / "link", directory / "." / "cache",
                          directory / "sub" / ".." / "cache", path / "",
                          std::filesystem::relative(path)};
  for (const std::filesystem::path& spelling : spellings) {
    SCOPED_TRACE(spelling);
    Cache same = Cache::open(spelling, {}, store());
    EXPECT_EQ(same.get("key"), "value");
    same.set("key", spelling.native());
    EXPECT_EQ(caches["default"].get("key"), spelling.native());
    caches["default"].set("key", "value");
  }
}

// X21, S89: options of a store cannot differ between the handles of one directory.
TEST_F(Registry, AStoreThatIsOpenWithOtherOptionsIsRefused) {
  caches["default"].set("key", "value");
  StoreOptions other = store();
  other.durability = Durability::power_loss;
  EXPECT_THAT(message_of(ErrorCode::invalid_option, [&] { Cache::open(path, {}, other); }),
              HasSubstr(path.native()));
  EXPECT_EQ(caches["default"].get("key"), "value");
}

// C117: and no sooner.
TEST_F(Registry, ADirectoryIsMadeWhenItIsFirstUsed) {
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(caches.all(true).size(), 0U);
  EXPECT_FALSE(std::filesystem::exists(path));
  caches["default"].set("foo", "bar");
  EXPECT_TRUE(std::filesystem::is_directory(path));
}

// S87
TEST(MemoryRegistry, WhatAMemoryCacheHoldsLivesAsLongAsItsRegistry) {
  Caches caches("memory:registry", {{"default", {}}});
  caches["default"].set("key", 1);
  caches.erase("default");
  EXPECT_EQ(caches["default"].get<int>("key"), 1);
  std::thread([&] { caches["default"].set("of a thread", 2); }).join();
  EXPECT_EQ(caches["default"].get<int>("of a thread"), 2);
  caches.close_all();
  EXPECT_EQ(caches["default"].get<int>("key"), 1);
}

TEST(StoreOptionsOfADirectory, AnyThatWouldBeIgnoredIsRefused) {
  const TempDirectory directory;
  FakeClock clock;
  Cache cache = Cache::open(directory / "store");
  EXPECT_NO_THROW(Cache::open(directory / "store"));
  const StoreOptions others[] = {
      {.durability = Durability::clean_close},
      {.sync_interval = 2s},
      {.memory_budget = 128ull << 20},
      {.record_memory = 0},
      {.free_space_reserve = 0},
      {.max_write_delay = 1ms},
      {.reclaim_interval = 0ms},
      {.on_damage = OnDamage::keep_rest},
      {.clock = clock.source()},
      {.logger = [](std::string_view) {}},
      {.on_recovery = [](const RecoveryReport&) {}},
      {.on_health = [](const Health&) {}},
  };
  for (const StoreOptions& each : others) {
    SCOPED_TRACE(&each - others);
    EXPECT_THROW(Cache::open(directory / "store", {}, each), InvalidOption);
  }
}

// Closures of one lambda expression are told apart by what they show.
TEST(StoreOptionsOfADirectory, AClockThatShowsAnotherTimeIsRefused) {
  const TempDirectory directory;
  FakeClock clock;
  FakeClock later;
  later.advance(2s);
  FakeClock set_back;
  set_back.jump_wall(-1h);
  for (const std::filesystem::path& where :
       {directory / "store", std::filesystem::path("memory:clocks")}) {
    SCOPED_TRACE(where);
    const Cache cache = Cache::open(where, {}, {.clock = clock.source()});
    EXPECT_THROW(Cache::open(where, {}, {.clock = later.source()}), InvalidOption);
    EXPECT_THROW(Cache::open(where, {}, {.clock = set_back.source()}), InvalidOption);
    EXPECT_NO_THROW(Cache::open(where, {}, {.clock = FakeClock(clock).source()}));
  }
}

}  // namespace cairn::test
