// Tickets: one thread syncs for all who wait.
#include "store/locks/tickets.h"

#include <gtest/gtest.h>

#include <latch>
#include <thread>
#include <vector>

namespace cairn::store {
namespace {

using rocksdb::Status;

TEST(Tickets, OneSyncIsForAllThatWasIssuedBefore) {
  Tickets tickets;
  int syncs = 0;
  const auto sync = [&] {
    ++syncs;
    return Status::OK();
  };
  const Tickets::Number first = tickets.issue();
  const Tickets::Number second = tickets.issue();
  EXPECT_FALSE(tickets.settled());
  EXPECT_TRUE(tickets.wait(first, sync).ok());
  EXPECT_TRUE(tickets.settled());
  EXPECT_TRUE(tickets.wait(second, sync).ok());
  EXPECT_EQ(syncs, 1);
}

TEST(Tickets, WhatIsIssuedLaterNeedsASyncOfItsOwn) {
  Tickets tickets;
  int syncs = 0;
  const auto sync = [&] {
    ++syncs;
    return Status::OK();
  };
  EXPECT_TRUE(tickets.wait(tickets.issue(), sync).ok());
  const Tickets::Number later = tickets.issue();
  EXPECT_FALSE(tickets.settled());
  EXPECT_TRUE(tickets.wait(later, sync).ok());
  EXPECT_EQ(syncs, 2);
}

TEST(Tickets, NothingIssuedNeedsNoSync) {
  Tickets tickets;
  EXPECT_TRUE(tickets.settled());
  EXPECT_TRUE(tickets.wait(tickets.issued(), [] { return Status::IOError("called"); }).ok());
}

TEST(Tickets, WhatIsIssuedDuringASyncIsNotCoveredByIt) {
  Tickets tickets;
  Tickets::Number during = 0;
  EXPECT_TRUE(tickets
                  .wait(tickets.issue(),
                        [&] {
                          during = tickets.issue();
                          return Status::OK();
                        })
                  .ok());
  EXPECT_FALSE(tickets.settled());
  bool synced = false;
  EXPECT_TRUE(tickets
                  .wait(during,
                        [&] {
                          synced = true;
                          return Status::OK();
                        })
                  .ok());
  EXPECT_TRUE(synced);
}

TEST(Tickets, ManyThreadsShareOneLeadersSync) {
  constexpr int followers = 6;
  Tickets tickets;
  std::atomic<int> syncs{0};
  std::latch issued(followers);
  const Tickets::Number leaders = tickets.issue();
  std::vector<std::thread> threads;
  const auto sync = [&] {
    ++syncs;
    return Status::OK();
  };
  std::latch leading(1);
  // The leader looks at what is issued before it syncs; so they issue before it begins.
  for (int i = 0; i < followers; ++i) {
    threads.emplace_back([&] {
      const Tickets::Number mine = tickets.issue();
      issued.count_down();
      leading.wait();
      EXPECT_TRUE(tickets.wait(mine, sync).ok());
    });
  }
  issued.wait();
  EXPECT_TRUE(tickets
                  .wait(leaders,
                        [&] {
                          leading.count_down();
                          return sync();
                        })
                  .ok());
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(syncs.load(), 1);
  EXPECT_TRUE(tickets.settled());
}

TEST(Tickets, AFailedSyncIsAnErrorToWhoeverAskedForIt) {
  Tickets tickets;
  EXPECT_TRUE(tickets.wait(tickets.issue(), [] { return Status::IOError("broken"); }).IsIOError());
  EXPECT_FALSE(tickets.settled());
}

TEST(Tickets, ASyncThatThrowsIsAnErrorToEveryoneWhoWaitsForIt) {
  Tickets tickets;
  const Tickets::Number leaders = tickets.issue();
  const Tickets::Number followers = tickets.issue();
  std::latch syncing(1);
  Status follower;
  std::thread other([&] {
    syncing.wait();
    follower = tickets.wait(followers, [] { return Status::OK(); });
  });
  const auto sync = [&]() -> Status {
    syncing.count_down();
    for (int i = 0; i < 20; ++i) std::this_thread::yield();  // so that the other waits, as a rule
    throw std::bad_alloc();
  };
  EXPECT_THROW(tickets.wait(leaders, sync), std::bad_alloc);
  other.join();
  EXPECT_FALSE(follower.ok());
  EXPECT_FALSE(tickets.settled());
}

// The kernel may have thrown away what it could not write, so that a later sync which succeeds says
// nothing about earlier writes: who waited for the one that failed must hear of it.
TEST(Tickets, AFailedSyncIsAnErrorToEveryoneWhoWaitedForItWhateverSucceedsLater) {
  for (int round = 0; round < 50; ++round) {
    Tickets tickets;
    const Tickets::Number leaders = tickets.issue();
    const Tickets::Number followers = tickets.issue();
    std::latch syncing(1);
    std::latch waiting(1);
    Status follower;
    std::thread other([&] {
      syncing.wait();
      waiting.count_down();
      follower = tickets.wait(followers, [] { return Status::OK(); });
    });
    const Status leader = tickets.wait(leaders, [&] {
      syncing.count_down();
      waiting.wait();
      // Nothing shows from outside that the other thread waits by now; it nearly always does.
      for (int i = 0; i < 20; ++i) std::this_thread::yield();
      return Status::IOError("broken");
    });
    const Status later = tickets.wait(tickets.issue(), [] { return Status::OK(); });
    other.join();
    ASSERT_TRUE(leader.IsIOError());
    ASSERT_TRUE(later.ok());
    ASSERT_TRUE(follower.IsIOError()) << "round " << round << ": " << follower.ToString();
  }
}

}  // namespace
}  // namespace cairn::store
