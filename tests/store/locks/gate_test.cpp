// The gate: many pass at a time, and whoever shuts it is alone.
#include "store/locks/gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

namespace cairn::store {
namespace {

TEST(Gate, ManyPassAtATime) {
  Gate gate;
  const Gate::Entry mine = gate.enter();
  std::thread other([&] { EXPECT_TRUE(gate.enter().owns_lock()); });
  other.join();
  EXPECT_TRUE(mine.owns_lock());
}

TEST(Gate, ShuttingItWaitsForThoseInside) {
  Gate gate;
  std::atomic<bool> inside{true};
  std::latch passed(1);
  std::thread other([&] {
    const Gate::Pass pass(gate);
    passed.count_down();
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();
    inside.store(false);
  });
  passed.wait();
  const Gate::Shut shut(gate);
  EXPECT_FALSE(inside.load());
  other.join();
}

TEST(Gate, NobodyPassesWhileItIsShut) {
  Gate gate;
  int guarded = 0;  // written under the shut gate, read under passes: the sanitizer watches
  std::atomic<bool> done{false};
  const auto read = [&] {
    int last = 0;
    while (!done.load()) {
      const Gate::Pass pass(gate);
      const int first = guarded;
      EXPECT_EQ(first, guarded);
      EXPECT_GE(first, last);
      last = first;
    }
  };
  std::thread first(read);
  std::thread second(read);
  for (int i = 0; i < 2000; ++i) {
    const Gate::Shut shut(gate);
    ++guarded;
  }
  done.store(true);
  first.join();
  second.join();
  EXPECT_EQ(guarded, 2000);
}

TEST(Gate, CanBeShutAgainAndAgain) {
  Gate gate;
  for (int i = 0; i < 3; ++i) {
    { const Gate::Shut shut(gate); }
    EXPECT_TRUE(gate.enter().owns_lock());
  }
}

}  // namespace
}  // namespace cairn::store
