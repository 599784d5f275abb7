// close, and what is there afterwards.
#include <atomic>
#include <thread>

#include "conformance/contract.h"
#include "store/directory/directory.h"

namespace cairn::test {

CONTRACT(Closing);

// C36, X24, S92
TEST_P(Closing, CloseMayBeCalledAgainAndTheNextUseOpens) {
  cache().set("key", "value", {.timeout = 60s});
  cache().close();
  cache().close();
  settle();
  EXPECT_EQ(cache().get("key"), "value");
  cache().close();
  cache().set("key", "after");
  EXPECT_EQ(cache().get("key"), "after");
}

// X24: every kind of use opens, not only the first that comes to mind.
TEST_P(Closing, EveryOperationOpensAClosedCache) {
  cache().set("key", 1, {.timeout = 60s});
  const auto closed = [&]() -> Cache& {
    cache().close();
    return cache();
  };
  EXPECT_TRUE(closed().contains("key"));
  EXPECT_EQ(closed().incr("key"), 2);
  EXPECT_FALSE(closed().add("key", 1));
  EXPECT_TRUE(closed().touch("key"));
  EXPECT_EQ(closed().ttl("key"), Timeout(300s));
  EXPECT_THAT(closed().keys(), ElementsAre("key"));
  EXPECT_THAT(closed().get_many<int>({"key"}), UnorderedElementsAre(Pair("key", 2)));
  EXPECT_EQ(closed().get_or_set("key", 9), 2);
  EXPECT_EQ(closed().update<int>("key", [](auto value) { return *value + 1; }), 3);
  EXPECT_EQ(closed().stats().backend, GetParam().backend);
  EXPECT_EQ(closed().expire(), 0U);
  closed().sync();
  EXPECT_EQ(closed().pop<int>("key"), 3);
  closed().set("key", 1);
  EXPECT_TRUE(closed().erase("key"));
  closed().clear();
  EXPECT_THAT(closed().keys(), IsEmpty());
}

// X1, X20: a counter counts on right after a reopen, with the expiry that it had.
TEST_P(Closing, ACounterCountsOnAfterAReopen) {
  cache().set("counter", 0, {.timeout = 100s});
  for (int i = 1; i <= 40; ++i) {
    ASSERT_EQ(cache().incr("counter"), i);
    if (i % 8 == 0) {
      settle();
      cache().close();
    }
  }
  EXPECT_EQ(cache().ttl("counter"), Timeout(100s));
}

class ClosingOnDisk : public OnDisk {};

// X20
TEST_F(ClosingOnDisk, WhatExpiredWhileNobodyWasThereIsAMiss) {
  {
    Cache cache = open();
    cache.set("short", 1, {.timeout = 60s});
    cache.set("long", 1, {.timeout = 1h});
  }
  clock.advance(60s);
  Cache cache = open();
  EXPECT_FALSE(cache.contains("short"));
  EXPECT_THROW(cache.incr("short"), KeyNotFound);
  EXPECT_EQ(cache.ttl("long"), Timeout(1h - 60s));
}

// X20, S9: a wall clock that was set back meanwhile does not bring it back.
TEST_F(ClosingOnDisk, WhatHadExpiredStaysSoThoughTheClockWasSetBack) {
  {
    Cache cache = open();
    cache.set("key", 1, {.timeout = 60s});
    clock.advance(61s);
    EXPECT_FALSE(cache.contains("key"));
  }
  clock.jump_wall(-10min);
  EXPECT_FALSE(open().contains("key"));
}

// C137
TEST_F(ClosingOnDisk, CloseAllClosesTheHandlesOfAllThreads) {
  Caches caches(path, {{"default", {}}, {"other", {}}}, store());
  caches["default"].set("key", "value");
  caches["other"].set("key", "other");
  std::atomic<bool> used = false;
  std::atomic<bool> closed = false;
  std::thread worker([&] {
    caches["default"].get("key");
    used = true;
    used.notify_one();
    closed.wait(false);
    EXPECT_EQ(caches["default"].get("key"), "value");
  });
  used.wait(false);
  caches.close_all();
  // Nobody has it open: other options for the store would be refused otherwise only while in use,
  // but the lock of the directory is free only if it is closed.
  EXPECT_NO_THROW(store::DirectoryLock{path});
  closed = true;
  closed.notify_one();
  worker.join();
  EXPECT_EQ(caches["other"].get("key"), "other");
}

// C138
TEST_F(ClosingOnDisk, CloseAllOpensNothing) {
  Caches caches(path, {{"default", {}}}, store());
  caches.close_all();
  EXPECT_THAT(caches.all(true), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(path));
}

// S92: a handle that goes away, or a registry, closes as well.
TEST_F(ClosingOnDisk, TheLastHandleClosesTheStore) {
  {
    Caches caches(path, {{"default", {}}}, store());
    caches["default"].set("key", "value");
    Cache another = open();
    caches["default"].close();
    EXPECT_EQ(another.get("key"), "value");
    message_of(ErrorCode::locked, [&] { store::DirectoryLock{path}; });
  }
  EXPECT_NO_THROW(store::DirectoryLock{path});
}

// S92
TEST_F(ClosingOnDisk, AMovedHandleGoesOn) {
  Cache first = open();
  first.set("key", "value");
  Cache second = std::move(first);
  EXPECT_EQ(second.get("key"), "value");
  first = open();
  EXPECT_EQ(first.get("key"), "value");
}

// C91: opening what is there already is fine, any number of times.
TEST_F(ClosingOnDisk, AnExistingStoreOpensAgain) {
  for (int i = 1; i <= 5; ++i) {
    Cache cache = open();
    EXPECT_EQ(cache.incr("openings", 1, {.initial = 0}), i);
  }
}

// X24
TEST_F(ClosingOnDisk, TwoThreadsMayCloseWhileOthersUseIt) {
  Cache cache = open();
  cache.set("counter", 0, {.timeout = never});
  const auto closing = [&] {
    for (int i = 0; i < 15; ++i) cache.close();
  };
  const auto counting = [&] {
    for (int i = 0; i < 50; ++i) cache.incr("counter");
  };
  std::vector<std::thread> threads;
  threads.emplace_back(closing);
  threads.emplace_back(closing);
  threads.emplace_back(counting);
  threads.emplace_back(counting);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(cache.get<int>("counter"), 100);
}

}  // namespace cairn::test
