// One computation of a value however many threads want it.
#include "backend/single_flight.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <latch>
#include <stdexcept>
#include <thread>
#include <vector>

#include "backend/wait_graph.h"
#include "process/fork_guard.h"

namespace cairn {
namespace {

using namespace std::chrono_literals;
using Made = SingleFlight::Made;

Made made(std::string payload) { return {ValueKind::bytes, std::move(payload)}; }

// Flights of which nothing is stored.
class Flights {
 public:
  Made run(std::string_view key, std::chrono::milliseconds max_wait,
           const std::function<Made()>& make) {
    return flights_.run(key, max_wait,
                        {.find = [] { return std::optional<Made>(); },
                         .make = make,
                         .store = [](Made all) { return all; },
                         .is_live = [](const Made&) { return true; }});
  }

 private:
  SingleFlight flights_;
};

TEST(SingleFlight, GivesWhatIsMade) {
  Flights flights;
  const Made got = flights.run("k", 1s, [] { return Made{ValueKind::integer, "12345678"}; });
  EXPECT_EQ(got.kind, ValueKind::integer);
  EXPECT_EQ(got.payload, "12345678");
}

TEST(SingleFlight, RemembersNothingOnceItHasLanded) {
  Flights flights;
  int calls = 0;
  for (int i = 0; i < 3; ++i) {
    flights.run("k", 1s, [&] {
      ++calls;
      return made("");
    });
  }
  EXPECT_EQ(calls, 3);
}

TEST(SingleFlight, ThreadsThatWantOneKeyMakeItOnce) {
  constexpr int followers = 4;
  Flights flights;
  std::atomic<int> calls{0};
  std::latch leading(1);
  std::latch begun(followers);
  std::vector<std::thread> threads;
  const auto make = [&] {
    ++calls;
    return made("a follower's");
  };
  for (int i = 0; i < followers; ++i) {
    threads.emplace_back([&] {
      leading.wait();
      begun.count_down();
      // Whoever comes before the leader lands gets its value; who comes after makes another.
      const std::string got = flights.run("k", 60s, make).payload;
      EXPECT_TRUE(got == "the leader's" || got == "a follower's");
    });
  }
  const Made mine = flights.run("k", 60s, [&] {
    leading.count_down();
    begun.wait();
    EXPECT_EQ(calls.load(), 0) << "nobody makes it while the leader does";
    return made("the leader's");
  });
  EXPECT_EQ(mine.payload, "the leader's");
  for (std::thread& each : threads) each.join();
  EXPECT_LE(calls.load(), followers);
}

TEST(SingleFlight, KeysDoNotWaitForEachOther) {
  Flights flights;
  std::string other;
  flights.run("k", 60s, [&] {
    std::thread([&] {
      other = flights.run("another", 60s, [] { return made("done"); }).payload;
    }).join();
    return made("");
  });
  EXPECT_EQ(other, "done");
}

TEST(SingleFlight, WhatTheFactoryThrowsReachesItsCaller) {
  Flights flights;
  EXPECT_THROW(flights.run("k", 1s, []() -> Made { throw std::runtime_error("no value today"); }),
               std::runtime_error);
  EXPECT_EQ(flights.run("k", 1s, [] { return made("next"); }).payload, "next");
}

TEST(SingleFlight, AFactoryThatThrowsLetsAWaitingThreadRunItsOwn) {
  Flights flights;
  std::latch leading(1);
  std::latch begun(1);
  std::string got;
  std::thread follower([&] {
    leading.wait();
    begun.count_down();
    got = flights.run("k", 60s, [] { return made("the follower's"); }).payload;
  });
  EXPECT_THROW(flights.run("k", 60s,
                           [&]() -> Made {
                             leading.count_down();
                             begun.wait();
                             for (int i = 0; i < 1000; ++i) std::this_thread::yield();
                             throw std::runtime_error("no value today");
                           }),
               std::runtime_error);
  follower.join();
  EXPECT_EQ(got, "the follower's");
}

TEST(SingleFlight, AFactoryMayWantItsOwnKey) {
  Flights flights;
  const Made got = flights.run("k", 60s, [&] {
    return made("outer " + flights.run("k", 60s, [] { return made("inner"); }).payload);
  });
  EXPECT_EQ(got.payload, "outer inner");
}

TEST(SingleFlight, WhoHasWaitedLongEnoughMakesItToo) {
  Flights flights;
  const Made got = flights.run("k", 60s, [&] {
    std::string impatient;
    std::thread([&] {
      impatient = flights.run("k", 1ms, [] { return made("made too"); }).payload;
    }).join();  // would never end if it waited for us
    return made(impatient);
  });
  EXPECT_EQ(got.payload, "made too");
}

TEST(SingleFlight, APatienceOfNothingOrLessDoesNotWait) {
  Flights flights;
  flights.run("k", 60s, [&] {
    std::thread([&] {
      EXPECT_EQ(flights.run("k", 0ms, [] { return made("at once"); }).payload, "at once");
      EXPECT_EQ(flights.run("k", -5ms, [] { return made("at once"); }).payload, "at once");
    }).join();
    return made("");
  });
}

TEST(SingleFlight, TheLongestPatienceThereIsDoesNotOverflow) {
  Flights flights;
  std::latch leading(1);
  std::string got;
  std::thread follower([&] {
    leading.wait();
    got = flights.run("k", std::chrono::milliseconds::max(), [] { return made("own"); }).payload;
  });
  flights.run("k", 1s, [&] {
    leading.count_down();
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();
    return made("the leader's");
  });
  follower.join();
  EXPECT_TRUE(got == "the leader's" || got == "own");
}

// A thread that comes while the leader's value is being stored may come after somebody has erased
// it again: it looks for itself.
TEST(SingleFlight, WhoComesOnceTheValueIsBeingStoredLooksForItself) {
  SingleFlight flights;
  std::latch storing(1);
  std::latch waiting(1);
  std::atomic<bool> erased{false};
  std::thread leader([&] {
    flights.run("k", 60s,
                {.find = [] { return std::optional<Made>(); },
                 .make = [] { return made("the leader's"); },
                 .store =
                     [&](Made all) {
                       erased = true;  // stored, and removed by another at once
                       storing.count_down();
                       waiting.wait();
                       for (int i = 0; i < 1000; ++i) std::this_thread::yield();
                       return all;
                     },
                 .is_live = [](const Made&) { return true; }});
  });
  storing.wait();
  waiting.count_down();
  const Made got = flights.run("k", 60s,
                               {.find =
                                    [&] {
                                      EXPECT_TRUE(erased.load());
                                      return std::optional<Made>();
                                    },
                                .make = [] { return made("made again"); },
                                .store = [](Made all) { return all; },
                                .is_live = [](const Made&) { return true; }});
  leader.join();
  EXPECT_EQ(got.payload, "made again");
}

TEST(SingleFlight, WhatHasExpiredMeanwhileIsNotHandedOn) {
  SingleFlight flights;
  std::latch leading(1);
  std::latch begun(1);
  std::thread leader([&] {
    flights.run("k", 60s,
                {.find = [] { return std::optional<Made>(); },
                 .make =
                     [&] {
                       leading.count_down();
                       begun.wait();
                       for (int i = 0; i < 1000; ++i) std::this_thread::yield();
                       return made("dead on arrival");
                     },
                 .store = [](Made all) { return all; },
                 .is_live = [](const Made&) { return false; }});
  });
  leading.wait();
  begun.count_down();
  const Made got = flights.run("k", 60s,
                               {.find = [] { return std::optional<Made>(); },
                                .make = [] { return made("fresh"); },
                                .store = [](Made all) { return all; },
                                .is_live = [](const Made&) { return false; }});
  leader.join();
  EXPECT_EQ(got.payload, "fresh");
}

// Each would wait for the other's.
TEST(SingleFlight, ThreadsThatNeedEachOthersKeysMakeThem) {
  Flights flights;
  Flights elsewhere;  // of another cache
  std::latch both_in(2);
  std::string left;
  std::string right;
  std::thread thread([&] {
    left = flights
               .run("left", 24h,
                    [&] {
                      both_in.arrive_and_wait();
                      const auto own = [] { return made("r"); };
                      return made("left of " + elsewhere.run("right", 24h, own).payload);
                    })
               .payload;
  });
  right = elsewhere
              .run("right", 24h,
                   [&] {
                     both_in.arrive_and_wait();
                     const auto own = [] { return made("l"); };
                     return made("right of " + flights.run("left", 24h, own).payload);
                   })
              .payload;
  thread.join();
  EXPECT_TRUE(left == "left of r" || right == "right of l") << left << ", " << right;
}

// Another thread that waits for the calling one, until `over`.
class Waiting {
 public:
  Waiting() { noted_.wait(); }
  ~Waiting() { end_.count_down(); }

  bool waits_for_me() const { return WaitGraph::Wait(thread_.get_id(), mine_).is_cycle(); }
  void end_flight() { over_ = true; }

 private:
  const std::thread::id caller_ = std::this_thread::get_id();
  std::atomic<bool> over_{false};
  const std::atomic<bool> mine_{false};
  std::latch noted_{1};
  std::latch end_{1};
  std::jthread thread_{[this] {
    const WaitGraph::Wait wait(caller_, over_);
    noted_.count_down();
    end_.wait();
  }};
};

TEST(WaitGraph, WhoOnlyHasToWakeUpWaitsNoMore) {
  Waiting other;
  EXPECT_TRUE(other.waits_for_me());
  other.end_flight();
  EXPECT_FALSE(other.waits_for_me());
}

TEST(WaitGraph, TheThreadsOfAParentWaitNoMoreInItsChild) {
  process::ForkGuard::notice();
  const Waiting other;
  ASSERT_TRUE(other.waits_for_me());
  const pid_t child = ::fork();
  if (child == 0) ::_exit(other.waits_for_me() ? 1 : 0);
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace cairn
