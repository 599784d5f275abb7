// What the caller's functions may do while they are called.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>

#include <cairn/caches.h>
#include <cairn/transfer.h>
#include "backend/rocksdb/rocksdb_store.h"
#include "durability/faults/faulty_disk.h"
#include "store/border/engine_hooks.h"
#include "support/temp_directory.h"

namespace cairn::test {
namespace {

using durability::FaultKind;
using durability::FaultyDisk;

class Callback : public testing::Test {
 protected:
  void open() {
    cache_ = Cache::open(directory_ / "store", {}, options_);
    store_ = RocksdbStore::at(directory_ / "store", options_)->weak_from_this();
  }
  void write_to_a_failing_disk(FaultKind kind) {
    const std::lock_guard lock(mutex_);
    cache_->set("before", 1);
    disk_.arm({.operation = 1, .kind = kind});
    EXPECT_THROW(cache_->set("refused", 1), IoError);
  }
  // As a callback.
  void let_go() {
    const std::lock_guard lock(mutex_);
    if (!cache_) return;
    cache_.reset();
    let_go_.set_value();
  }
  void expect_closed_and_sound() {
    let_go_.get_future().wait();
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!store_.expired()) {
      ASSERT_LT(std::chrono::steady_clock::now(), until) << "never closed";
      std::this_thread::yield();
    }
    disk_.clear();
    const Cache again = Cache::open(directory_ / "store", {}, {.durability = options_.durability});
    EXPECT_EQ(again.get<int>("before"), 1);
  }

  const TempDirectory directory_;
  FaultyDisk disk_;
  const store::HookedDirectory hooked_{directory_ / "store", disk_.env()};
  StoreOptions options_{.durability = Durability::process_crash};
  std::mutex mutex_;
  std::optional<Cache> cache_;
  std::weak_ptr<RocksdbStore> store_;
  std::promise<void> let_go_;
};

TEST_F(Callback, OfHealthMayLetGoOfTheLastHandle) {
  options_.on_health = [this](const Health&) { let_go(); };
  open();
  write_to_a_failing_disk(FaultKind::io_for_good);
  expect_closed_and_sound();
}

TEST_F(Callback, OfHealthMayThrowAfterwards) {
  options_.on_health = [this](const Health&) {
    let_go();
    throw std::runtime_error("the caller's own");
  };
  open();
  write_to_a_failing_disk(FaultKind::io_for_good);
  expect_closed_and_sound();
}

// While the store is being reopened, by the thread that heals, with all doors shut.
TEST_F(Callback, OfRecoveryMayLetGoOfTheLastHandle) {
  options_.on_recovery = [this](const RecoveryReport&) { let_go(); };
  open();
  write_to_a_failing_disk(FaultKind::io_once);
  expect_closed_and_sound();
}

TEST_F(Callback, OfTheLogMayLetGoOfTheLastHandle) {
  // The thread that writes has the mutex, and is not the one that is meant.
  options_.logger = [this, writer = std::this_thread::get_id()](std::string_view) {
    if (std::this_thread::get_id() != writer) let_go();
  };
  open();
  write_to_a_failing_disk(FaultKind::io_once);
  expect_closed_and_sound();
}

// Whoever opens meanwhile gets the store that is still open, or waits until it is closed.
TEST_F(Callback, ThatLetsGoDoesNotTakeTheStoreFromOthers) {
  std::optional<Cache> other;
  options_.on_health = [&](const Health&) { let_go(); };
  open();
  write_to_a_failing_disk(FaultKind::io_for_good);
  let_go_.get_future().wait();
  disk_.clear();
  other = Cache::open(directory_ / "store", {}, options_);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  for (bool written = false; !written; std::this_thread::yield()) {
    ASSERT_LT(std::chrono::steady_clock::now(), until) << "never healed";
    try {
      other->set("after", 2);
      written = true;
    } catch (const IoError&) {
      continue;
    }
  }
  EXPECT_EQ(other->get<int>("before"), 1);
}

// What the last user gave to the store may be gone: the next one's functions are called.
TEST_F(Callback, ThatIsStillAtWorkIsNotTheNextUsers) {
  struct User {
    std::promise<void> told = {};
    std::atomic<int> calls{0};
    std::promise<void> go_on = {};
  };
  const auto options = [&](User& user) {
    StoreOptions own = options_;
    own.on_health = [&user](const Health&) {
      if (++user.calls > 1) return;
      user.told.set_value();
      user.go_on.get_future().wait();
    };
    return own;
  };
  User first;
  options_ = options(first);
  open();
  write_to_a_failing_disk(FaultKind::io_once);
  first.told.get_future().wait();
  cache_.reset();
  const int calls = first.calls;

  User second;
  second.go_on.set_value();
  {
    Cache next = Cache::open(directory_ / "store", {}, options(second));
    next.set("after", 2);
    disk_.arm({.operation = 1, .kind = FaultKind::io_once});
    EXPECT_THROW(next.set("refused", 1), IoError);
    second.told.get_future().wait();
    EXPECT_EQ(first.calls, calls);
    EXPECT_EQ(next.get<int>("after"), 2);
  }
  first.go_on.set_value();
  while (!store_.expired()) std::this_thread::yield();
}

TEST_F(Callback, MayLetGoOfAWriter) {
  std::optional<StoreWriter> writer;
  std::promise<void> ended;
  options_.on_health = [&](const Health&) {
    const std::lock_guard lock(mutex_);
    if (!writer) return;
    writer.reset();
    ended.set_value();
  };
  {
    const std::lock_guard lock(mutex_);
    writer.emplace(directory_ / "store", options_);
    RawRecord record;
    record.key = ":1:key";
    record.kind = ValueKind::bytes;
    writer->write(record);
    disk_.arm({.operation = 1, .kind = FaultKind::io_for_good});
    EXPECT_THROW(writer->write(record), IoError);
  }
  ended.get_future().wait();
  disk_.clear();
  // Until the other thread has closed it, the directory is locked.
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  for (bool opened = false; !opened; std::this_thread::yield()) {
    ASSERT_LT(std::chrono::steady_clock::now(), until) << "never closed";
    try {
      opened = Cache::open(directory_ / "store", {}).get("key").has_value();
    } catch (const IoError& locked) {
      ASSERT_EQ(locked.code(), ErrorCode::locked) << locked.what();
    }
  }
}

}  // namespace
}  // namespace cairn::test
