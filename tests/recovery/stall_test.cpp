// RocksDB takes no writes, because what is in memory cannot be written out fast enough.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include <cairn/caches.h>
#include "durability/faults/faulty_disk.h"
#include "recovery/busy_threads.h"
#include "store/border/engine_hooks.h"
#include "support/temp_directory.h"

namespace cairn::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class Stall : public testing::Test {
 protected:
  void open(std::chrono::milliseconds max_write_delay) {
    const StoreOptions options{.durability = Durability::clean_close,
                               .memory_budget = 8 << 20,
                               .max_write_delay = max_write_delay,
                               .logger = [this](std::string_view line) {
                                 const bool stops = line.find("Stopping writes") != line.npos;
                                 if (stops && !said_.exchange(true)) stopped_.set_value();
                               }};
    caches_ = std::make_unique<Caches>(
        directory_ / "store",
        Caches::Configuration{{"main", {.timeout = never}}, {"other", {.timeout = never}}},
        options);
    caches_->operator[]("other").set("text", "in a table");
    caches_->close_all();
    main().set("first", 1);
  }
  void wait_until_stopped() { stopped_.get_future().wait(); }
  Cache& main() { return caches_->operator[]("main"); }

  // Writes until that is refused; the error.
  Error refusal() {
    for (;;) {
      try {
        main().set(std::to_string(written_), std::string(100'000, 'v'));
        ++written_;
      } catch (const Error& error) {
        return error;
      }
    }
  }
  void expect_all_and_writable() {
    const auto until = std::chrono::steady_clock::now() + 60s;
    for (bool written = false; !written; std::this_thread::yield()) {
      ASSERT_LT(std::chrono::steady_clock::now(), until) << "takes no writes any more";
      try {
        main().set("last", 2);
        written = true;
      } catch (const Error&) {
        continue;
      }
    }
    EXPECT_EQ(main().get<int>("first"), 1);
    for (int i = 0; i < written_; ++i) EXPECT_TRUE(main().contains(std::to_string(i))) << i;
  }
  // A writer that waits is told of the disk at once, whatever it would have waited otherwise.
  void expect_told_of_the_disk(std::chrono::milliseconds max_write_delay) {
    open(max_write_delay);
    BusyThreads flushes(rocksdb::Env::HIGH);
    BusyThreads compactions(rocksdb::Env::LOW);
    const std::future<void> compaction = std::async(std::launch::async, [this] {
      EXPECT_THROW(caches_->operator[]("other").compact(), IoError);
    });
    compactions.wait_until_something_waits();
    std::future<Error> refused = std::async(std::launch::async, [this] { return refusal(); });
    wait_until_stopped();
    disk_.arm({.operation = 1, .kind = durability::FaultKind::no_space_for_good});
    compactions.release();
    const Error error = refused.get();
    EXPECT_EQ(error.code(), ErrorCode::no_space) << error.what();
    EXPECT_THAT(error.what(), HasSubstr("No space left on device"));
    disk_.clear();
    flushes.release();
    expect_all_and_writable();
  }

 private:
  const TempDirectory directory_;
  durability::FaultyDisk disk_;
  const store::HookedDirectory hooked_{directory_ / "store", disk_.env()};
  std::atomic<bool> said_{false};
  std::promise<void> stopped_;
  int written_ = 0;
  std::unique_ptr<Caches> caches_;
};

TEST_F(Stall, BeyondMaxWriteDelayIsBusy) {
  open(20ms);
  BusyThreads flushes(rocksdb::Env::HIGH);
  const Error error = refusal();
  EXPECT_EQ(error.code(), ErrorCode::busy) << error.what();
  EXPECT_THAT(error.what(), HasSubstr("20 ms (StoreOptions::max_write_delay)"));
  flushes.release();
  expect_all_and_writable();
}

TEST_F(Stall, WithoutALongestDelayIsWaitedFor) {
  open(0ms);
  BusyThreads flushes(rocksdb::Env::HIGH);
  std::future<void> writes = std::async(std::launch::async, [this] {
    for (int i = 0; i < 60; ++i) main().set("value", std::string(100'000, 'v'));
  });
  wait_until_stopped();
  flushes.release();
  EXPECT_NO_THROW(writes.get());
}

TEST_F(Stall, EndsWhenTheDiskFails) { expect_told_of_the_disk(0ms); }
TEST_F(Stall, WithALongestDelayEndsWhenTheDiskFails) { expect_told_of_the_disk(1h); }

}  // namespace
}  // namespace cairn::test
