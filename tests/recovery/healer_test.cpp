// The thread that heals, and what it tells, with a disk that is a variable.

#include "store/health/healer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <vector>

#include <cairn/error.h>

namespace cairn::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class HealerTest : public testing::Test {
 protected:
  Healer::Tell tell() {
    return [this](const Health& health) {
      const std::lock_guard lock(mutex_);
      told_.push_back(health.condition);
      changed_.notify_all();
    };
  }
  void wait_until_told(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return told_.size() >= count; });
  }
  std::vector<Condition> told() {
    const std::lock_guard lock(mutex_);
    return told_;
  }

  HealthMonitor monitor_;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Condition> told_;
};

TEST_F(HealerTest, TriesUntilTheDiskIsBackAndTellsBothChanges) {
  std::atomic<int> attempts{0};
  const Healer healer(
      monitor_,
      [&] {
        if (++attempts < 4) return Attempt::waiting;
        monitor_.healed(monitor_.reports());
        return Attempt::healed;
      },
      tell());
  monitor_.failed(rocksdb::Status::IOError("on fire"));
  wait_until_told(2);
  EXPECT_THAT(told(), ElementsAre(Condition::read_only, Condition::healthy));
  EXPECT_EQ(attempts, 4);
  EXPECT_EQ(monitor_.health().failures, 1u);
  EXPECT_EQ(monitor_.health().mended, 1u);
  EXPECT_EQ(monitor_.health().cause, "");
}

TEST_F(HealerTest, TellsWhenNotEvenReadingIsPossible) {
  std::atomic<int> attempts{0};
  const Healer healer(
      monitor_,
      [&] {
        switch (++attempts) {
          case 1:
            monitor_.offline("no such device", ErrorCode::io);
            return Attempt::failed;
          case 2:
            monitor_.readable();
            return Attempt::failed;
          default:
            monitor_.healed(monitor_.reports());
            return Attempt::healed;
        }
      },
      tell());
  monitor_.failed(rocksdb::Status::IOError("on fire"));
  wait_until_told(4);
  EXPECT_THAT(told(), ElementsAre(Condition::read_only, Condition::offline, Condition::read_only,
                                  Condition::healthy));
  EXPECT_EQ(monitor_.health().failures, 1u) << "one failure, in stages";
}

TEST_F(HealerTest, EndsWhileTheDiskIsStillBroken) {
  std::optional<Healer> healer(
      std::in_place, monitor_, [] { return Attempt::waiting; }, tell());
  monitor_.failed(rocksdb::Status::IOError("on fire"));
  wait_until_told(1);
  healer.reset();
  EXPECT_TRUE(monitor_.broken());
}

TEST_F(HealerTest, AThrowingCallbackHarmsNobody) {
  const Healer healer(
      monitor_,
      [&] {
        monitor_.healed(monitor_.reports());
        return Attempt::healed;
      },
      [tell = tell()](const Health& health) {
        tell(health);
        throw std::runtime_error("the caller's own");
      });
  monitor_.failed(rocksdb::Status::IOError("once"));
  wait_until_told(2);
  monitor_.failed(rocksdb::Status::IOError("twice"));
  wait_until_told(4);
}

TEST(Monitor, RefusesWritesWithTheCauseAndTheRemedy) {
  HealthMonitor monitor;
  EXPECT_NO_THROW(monitor.check_writable("set", "k"));
  monitor.failed(rocksdb::Status::IOError("While appending", "Input/output error"));
  monitor.failed(rocksdb::Status::IOError("a later consequence"));
  try {
    monitor.check_writable("set", "k");
    FAIL();
  } catch (const IoError& error) {
    EXPECT_EQ(error.code(), ErrorCode::io);
    EXPECT_THAT(error.what(), HasSubstr("set 'k': the store is read-only: IO error: While app"));
    EXPECT_THAT(error.what(), HasSubstr("by itself"));
  }
}

TEST(Monitor, ShortageOfSpaceNeedsNoMending) {
  HealthMonitor monitor;
  monitor.short_of_space("No space left on device: 5 bytes are free");
  EXPECT_FALSE(monitor.broken());
  try {
    monitor.check_writable("set", "k");
    FAIL();
  } catch (const IoError& error) {
    EXPECT_EQ(error.code(), ErrorCode::no_space);
  }
  monitor.failed(rocksdb::Status::NoSpace("and then the disk was full"));
  EXPECT_TRUE(monitor.broken());
  monitor.reset();
  EXPECT_EQ(monitor.health().condition, Condition::healthy);
  EXPECT_EQ(monitor.health().mended, 0u);
}

}  // namespace
}  // namespace cairn::store
