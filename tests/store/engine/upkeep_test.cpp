// Work that is done from time to time.
#include "store/engine/upkeep.h"

#include <gtest/gtest.h>

#include <latch>
#include <stdexcept>
#include <string>

namespace cairn::store {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(Upkeep, DoesEachPieceOfWorkAgainAndAgain) {
  std::latch often(3);
  std::latch seldom(2);
  Upkeep upkeep([](std::string_view) {});
  upkeep.every(milliseconds(1), [&] {
    if (!often.try_wait()) often.count_down();
  });
  upkeep.every(milliseconds(3), [&] {
    if (!seldom.try_wait()) seldom.count_down();
  });
  upkeep.start();
  often.wait();
  seldom.wait();
}

TEST(Upkeep, StopsAtOnceHoweverLongTheInterval) {
  int done = 0;
  Upkeep upkeep([](std::string_view) {});
  upkeep.every(hours(1), [&] { ++done; });
  upkeep.every(milliseconds::max(), [&] { ++done; });
  upkeep.start();
  upkeep.stop();  // or the test would time out
  EXPECT_EQ(done, 0);
}

TEST(Upkeep, GoesOnAfterWorkThatThrows) {
  std::latch told(2);
  std::string words;
  Upkeep upkeep([&](std::string_view what) {
    if (told.try_wait()) return;
    words = what;
    told.count_down();
  });
  upkeep.every(milliseconds(1), [] { throw std::runtime_error("the disk is gone"); });
  upkeep.start();
  told.wait();
  upkeep.stop();
  EXPECT_EQ(words, "the disk is gone");
}

TEST(Upkeep, WaitsForTheWorkThatItIsDoing) {
  std::latch begun(1);
  bool ended = false;
  Upkeep upkeep([](std::string_view) {});
  upkeep.every(milliseconds(1), [&] {
    if (begun.try_wait()) return;
    begun.count_down();
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();
    ended = true;
  });
  upkeep.start();
  begun.wait();
  upkeep.stop();
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace cairn::store
