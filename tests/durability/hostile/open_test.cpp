// What happens to a store while it is open: it may be refused service, never crash, and it
// loses nothing that it has.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <sstream>
#include <string>

#include "durability/hostile/scene.h"
#include "durability/sheet.h"
#include "support/live_directory.h"
#include "support/process.h"

namespace cairn::test::durability {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(HostileLimits, AreReported) {
  expect_refused("limits", {
                               {"no descriptors to open with",
                                [](Scene& s) { s.filled_store(); },
                                ErrorCode::io,
                                {},
                                "no_files",
                                true},
                               {"no descriptors to make a store with", [](Scene&) {}, ErrorCode::io,
                                "Too many open files", "no_files", true},
                               {"files that may not grow", [](Scene&) {}, ErrorCode::io, "key-",
                                "short_files", true},
                           });
}

TEST(HostileLimits, NoDescriptorsForAnOpenStoreLoseNothing) {
  const Scene scene;
  const Refusal result = scene.attempt_elsewhere("no_files_open");
  EXPECT_FALSE(result.code) << result.message;
  EXPECT_THAT(result.message, StartsWith("read all the time")) << result.message;
}

TEST(HostileLimits, NoFileOfAStoreIsAStandardDescriptor) {
  const Scene scene;
  const Refusal result = scene.attempt_elsewhere("no_standard");
  EXPECT_FALSE(result.code) << result.message;
  EXPECT_EQ(result.message, "/dev/null /dev/null /dev/null ");
}

// Every call of a forked child is refused, whatever is inside, and the parent loses nothing.
void expect_refused_child(const std::string& table, const std::string& max_entries) {
  const Stopwatch watch;
  const Scene scene;
  const auto before = scene.picture_outside();
  const Result result = run({CAIRN_HOSTILE_CHILD, "fork", scene.store().native(), max_entries});
  std::istringstream lines(result.output);
  std::string line;
  std::uint64_t calls = 0;
  std::uint64_t violations = 0;
  double slowest = 0;
  while (std::getline(lines, line)) {
    const std::size_t colon = line.find(": ");
    const auto refusal = parse_refusal(line.substr(colon + 2));
    ASSERT_TRUE(refusal) << line;
    if (line.starts_with("the child's end")) {
      EXPECT_EQ(refusal->message, "0");
    } else if (line.starts_with("the parent's data")) {
      EXPECT_EQ(refusal->message, "whole");
    } else {
      ++calls;
      slowest = std::max(slowest, refusal->ms);
      const bool refused = refusal->code == ErrorCode::forked_process && refusal->ms < 1000 &&
                           refusal->message.find("forked") != std::string::npos;
      violations += refused ? 0 : 1;
      EXPECT_TRUE(refused) << line;
    }
  }
  EXPECT_EQ(result.status, 0);
  EXPECT_GE(calls, 32u);
  EXPECT_THAT(result.output, HasSubstr("the parent's data"));
  EXPECT_EQ(scene.picture_outside(), before);
  publish({.claim = "hostile environments: " + table,
           .trials = calls,
           .violations = violations,
           .seconds = watch.seconds(),
           .figures = {{"slowest_ms", slowest}}});
}

// S93, X22
TEST(HostileFork, RefusesTheChildEveryCall) { expect_refused_child("a forked child", "0"); }
TEST(HostileFork, RefusesTheChildOfABoundedCacheEveryCall) {
  expect_refused_child("a forked child of a bounded cache", "1000");
}

// An operation on a store that lost its ground works or says why.
template <class Work>
void works_or_says(const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    EXPECT_THAT(error.code(), testing::AnyOf(ErrorCode::io, ErrorCode::corruption)) << error.what();
  }
}

// S96
class HostileDeletion : public testing::Test {
 protected:
  // Deletes the directory of an open store, and goes on.
  void delete_and(const std::function<void(Cache&)>& work) {
    Cache cache = Cache::open(scene_.store());
    cache.set("key", 1);
    remove_live(scene_.store());
    for (int i = 0; i < 3; ++i) works_or_says([&] { work(cache); });
    fs::remove_all(scene_ / "copy");
    cache.close();
    EXPECT_TRUE(scene_.picture().empty()) << "it was made again by who left it";
    cache.set("key", 3);
    EXPECT_EQ(cache.get<int>("key"), 3);
  }
  const Scene scene_;
};

TEST_F(HostileDeletion, UnderAWriterEndsNothing) {
  delete_and([](Cache& cache) { cache.set("key", std::string(100'000, 'v')); });
}
TEST_F(HostileDeletion, UnderAReaderEndsNothing) {
  delete_and([](Cache& cache) { cache.get<int>("key"); });
}
TEST_F(HostileDeletion, UnderExpireEndsNothing) {
  delete_and([](Cache& cache) { cache.expire(); });
}
TEST_F(HostileDeletion, UnderSyncEndsNothing) {
  delete_and([](Cache& cache) { cache.sync(); });
}
TEST_F(HostileDeletion, UnderACheckpointEndsNothing) {
  delete_and([this](Cache& cache) { cache.checkpoint(scene_ / "copy"); });
}
TEST_F(HostileDeletion, UnderClearEndsNothing) {
  delete_and([](Cache& cache) { cache.clear(); });
}

TEST(HostileDirectory, ThatIsExchangedUnderAnOpenStoreIsNotTouched) {
  const Scene scene;
  {
    Cache other = Cache::open(scene / "other");
    other.set("key", "the other's");
  }
  Cache cache = Cache::open(scene.store());
  cache.set("key", "its own");
  fs::rename(scene.store(), scene / "moved");
  fs::rename(scene / "other", scene.store());
  const auto before = Scene::picture(scene.store());
  works_or_says([&] { cache.set("more", 1); });
  works_or_says([&] { EXPECT_EQ(cache.get("key"), "its own"); });
  cache.close();
  EXPECT_EQ(Scene::picture(scene.store()), before);
  EXPECT_EQ(cache.get("key"), "the other's");
  EXPECT_EQ(Cache::open(scene / "moved").get("key"), "its own");
}

TEST(HostileDirectory, WhosePermissionsAreLostWhileItIsClosedIsRefused) {
  const Scene scene;
  Cache cache = Cache::open(scene.store());
  cache.set("key", 1);
  cache.close();
  fs::permissions(scene.store(), fs::perms(0777));
  EXPECT_THROW(cache.get("key"), InvalidOption);
  fs::permissions(scene.store(), fs::perms(0700));
  EXPECT_EQ(cache.get<int>("key"), 1);
}

}  // namespace
}  // namespace cairn::test::durability
