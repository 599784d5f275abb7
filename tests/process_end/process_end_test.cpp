// Programs that end with a store open: nothing is lost, the store is sealed, nothing hangs, and no
// sanitizer has anything to say.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>

#include <cairn/caches.h>
#include "support/process.h"
#include "support/temp_directory.h"

namespace cairn::test {
namespace {

namespace fs = std::filesystem;

const std::string refused = std::to_string(static_cast<int>(ErrorCode::process_ending)) + "\n";

class ProcessEnd : public testing::Test {
 protected:
  fs::path store() const { return directory_ / "store"; }
  /// What it said; it must have ended in order.
  std::string end(const std::string& way, int status = 0) const {
    const Result result = run({CAIRN_PROCESS_END_CHILD, way, store().native()});
    EXPECT_EQ(result.status, status) << way << ": " << result.output;
    return result.output;
  }
  void expect_closed(const fs::path& where, int second = 0) const {
    const Cache cache = Cache::open(where, {}, {.durability = Durability::clean_close});
    EXPECT_EQ(cache.stats().recovery.left_by, LeftBy::close) << where;
    EXPECT_EQ(cache.get<int>("first"), 1) << where;
    if (second != 0) {
      EXPECT_EQ(cache.get<int>("second"), second) << where;
    }
  }
  void expect_closed() const { expect_closed(store()); }
  static std::string repeated(const std::string& line, int count) {
    std::string lines;
    for (int i = 0; i < count; ++i) lines += line;
    return lines;
  }

  TempDirectory directory_;
};

class EndsInOrder : public ProcessEnd, public testing::WithParamInterface<const char*> {};

TEST_P(EndsInOrder, AndNothingIsLost) {
  EXPECT_EQ(end(GetParam()), "");
  expect_closed();
}

INSTANTIATE_TEST_SUITE_P(
    Program, EndsInOrder,
    testing::Values("namespace_scope_cache", "namespace_scope_caches",
                    "local_static_before_the_first_opening", "local_static_after_the_first_opening",
                    "closed_by_a_static_object", "thread_local_of_main", "thread_local_of_another",
                    "thread_local_of_one_that_does_not_end", "local_static_in_use",
                    "local_static_that_was_moved", "local_static_registry_in_use",
                    "local_static_view_in_use", "used_by_the_constructor_of_a_local_static",
                    "exit_in_another_thread", "exit_in_two_threads", "exit_in_a_factory",
                    "exit_in_update", "exit_in_a_visitor", "exit_in_a_key_function",
                    "exit_in_on_health", "exit_while_another_looks_on"),
    [](const auto& each) { return std::string(each.param); });

TEST_F(ProcessEnd, ClosesEveryStore) {
  EXPECT_EQ(end("many_stores"), "");
  expect_closed();
  for (int i = 1; i < 5; ++i) expect_closed(store().native() + "-" + std::to_string(i));
}

// RocksDB makes some of its static objects at its first flush, and when it closes first.
TEST_F(ProcessEnd, ComesBeforeWhatRocksDBHasMadeLater) {
  EXPECT_EQ(end("opened_and_closed_before"), "");
  expect_closed(store(), 2);
}

TEST_F(ProcessEnd, RefusesWhatComesAfterIt) {
  EXPECT_EQ(end("used_by_a_static_object_made_before"), repeated(refused, 7));
  expect_closed();
  EXPECT_FALSE(fs::exists(store().native() + "-new"));
  EXPECT_EQ(end("used_by_atexit_registered_before"), refused);
  expect_closed();
}

TEST_F(ProcessEnd, TakesWhatComesBeforeIt) {
  EXPECT_EQ(end("used_by_a_static_object_made_after"), "wrote\n");
  expect_closed(store(), 2);
  EXPECT_EQ(end("used_by_atexit_registered_after"), "wrote\n");
  expect_closed(store(), 2);
}

TEST_F(ProcessEnd, IsNotThatOfMemory) {
  EXPECT_EQ(end("memory_goes_on"), repeated("wrote\n", 3));
  expect_closed();
  EXPECT_EQ(end("statics_of_ours"), repeated("wrote\n", 3));
}

TEST_F(ProcessEnd, ClosesAViewFromOutside) {
  EXPECT_EQ(end("view_at_namespace_scope"), "wrote\n" + repeated(refused, 3));
  expect_closed();
}

TEST_F(ProcessEnd, OfAThreadLeavesItsOtherVariablesTheCaches) {
  EXPECT_EQ(end("used_at_a_threads_end"), repeated("wrote\n", 6));
  expect_closed(store(), 2);
  {
    const Cache other =
        Cache::open(store(), {.column_family = "other"}, {.durability = Durability::clean_close});
    EXPECT_EQ(other.get<int>("counter"), 2);
  }
  EXPECT_EQ(end("used_at_mains_end"), "wrote\n");
  expect_closed(store(), 2);
}

// Inside an operation, where the clock is asked, nothing can be closed; what was written is saved.
TEST_F(ProcessEnd, InsideAnOperationLosesNothingThatWasWritten) {
  EXPECT_EQ(end("exit_in_the_clock"), "");
  const Cache cache = Cache::open(store(), {}, {.durability = Durability::clean_close});
  EXPECT_EQ(cache.get<int>("first"), 1);
}

TEST_F(ProcessEnd, InTheMiddleOfOpeningClosesTheOthers) {
  EXPECT_EQ(end("_exit"), "");  // which leaves no seal
  EXPECT_EQ(end("exit_in_on_recovery"), "");
  expect_closed(store().native() + "-other");
  EXPECT_EQ(Cache::open(store(), {}, {.durability = Durability::clean_close}).get<int>("first"), 1);
}

TEST_F(ProcessEnd, WithoutExitLeavesWhatACrashLeaves) {
  for (const char* way : {"quick_exit", "_exit"}) {
    EXPECT_EQ(end(way), "");
    const Cache cache = Cache::open(store(), {}, {.durability = Durability::clean_close});
    EXPECT_EQ(cache.stats().recovery.left_by, LeftBy::crash) << way;
    EXPECT_EQ(cache.get<int>("first"), 1) << way;
  }
}

TEST(ForkAfterAView, IsToldToTheChildByItsFirstUseOfCairn) {
  const TempDirectory directory;
  const Result result =
      run({CAIRN_PROCESS_END_CHILD, "fork_after_a_view", (directory / "store").native()});
  EXPECT_EQ(result.status, 0);
  const std::string forked = std::to_string(static_cast<int>(ErrorCode::forked_process)) + "\n";
  EXPECT_EQ(result.output, forked + forked + forked + forked);
}

TEST(ForkOfAMemoryCache, IsToldToTheChildWhateverThreadsWereDoing) {
  const TempDirectory directory;
  const Result result =
      run({CAIRN_PROCESS_END_CHILD, "fork_while_memory_is_used", (directory / "store").native()});
  EXPECT_EQ(result.status, 0) << result.output;
}

TEST(ForkWithAStoreOpen, LeavesTheChildCachesOfItsOwnInMemory) {
  const TempDirectory directory;
  const Result result =
      run({CAIRN_PROCESS_END_CHILD, "fork_to_a_cache_in_memory", (directory / "store").native()});
  EXPECT_EQ(result.status, 0) << result.output;
}

TEST(ForkWhileAThreadWaits, LeavesTheChildNothingToWaitFor) {
  const TempDirectory directory;
  const Result result =
      run({CAIRN_PROCESS_END_CHILD, "fork_while_a_thread_waits", (directory / "store").native()});
  EXPECT_EQ(result.status, 0) << result.output;
}

TEST_F(ProcessEnd, OfAChildThatNoForkHandlerToldTouchesNothing) {
  EXPECT_EQ(end("child_without_fork_handlers"), "");
  expect_closed();
}

TEST_F(ProcessEnd, OfAForkedChildWaitsForNothing) {
  EXPECT_EQ(end("exit_in_a_forked_child"), "the child\n");
  expect_closed();
}

}  // namespace
}  // namespace cairn::test
