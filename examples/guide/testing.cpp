// The code of docs/guide/testing.md: tests of a program that keeps sessions in a cache.
#include <cairn/caches.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <random>
#include <string>
#include <utility>

using namespace std::chrono_literals;

namespace {

// [sessions]
// What is tested: it is given its cache, and does not know where that keeps things.
class Sessions {
 public:
  explicit Sessions(cairn::Cache& cache) : cache_(cache) {}

  void sign_in(const std::string& token, const std::string& user) {
    cache_.set(token, user, {.timeout = 30min});
  }
  // The user, for another half an hour.
  std::optional<std::string> user(const std::string& token) {
    std::optional<std::string> found = cache_.get(token);
    if (found) cache_.touch(token, {.timeout = 30min});
    return found;
  }

 private:
  cairn::Cache& cache_;
};
// [sessions]

// [clock]
// Time that passes when the test says so.
class FakeClock {
 public:
  void advance(std::chrono::milliseconds by) { passed_ += by.count(); }
  cairn::ClockSource source() {
    return [this] {
      const std::chrono::milliseconds passed(passed_.load());
      return cairn::ClockReading{.wall = 1'800'000'000'000ms + passed, .boot = passed};
    };
  }

 private:
  std::atomic<std::int64_t> passed_{0};  // every thread of a store reads it
};
// [clock]

// [memory]
class SessionsTest : public testing::Test {
 protected:
  FakeClock clock_;
  cairn::Cache cache_ = cairn::Cache::open(
      std::string("memory:") + testing::UnitTest::GetInstance()->current_test_info()->name(), {},
      {.clock = clock_.source()});
  Sessions sessions_{cache_};
};

TEST_F(SessionsTest, AUserIsForgottenAfterHalfAnHour) {
  sessions_.sign_in("token", "ada");
  clock_.advance(30min - 1ms);
  EXPECT_EQ(cache_.get("token"), "ada");
  clock_.advance(1ms);
  EXPECT_EQ(cache_.get("token"), std::nullopt);
}

TEST_F(SessionsTest, AUserWhoComesBackStays) {
  sessions_.sign_in("token", "ada");
  for (int visit = 0; visit < 5; ++visit) {
    clock_.advance(29min);
    EXPECT_EQ(sessions_.user("token"), "ada");
  }
}
// [memory]

// [dummy]
TEST(Sessions, WithoutACacheEveryoneIsAStranger) {
  cairn::Cache cache = cairn::Cache::open("dummy:");
  Sessions sessions(cache);
  sessions.sign_in("token", "ada");
  EXPECT_EQ(sessions.user("token"), std::nullopt);
}
// [dummy]

// [directory]
// A directory of its own for each test, removed at the end.
class Directory {
 public:
  Directory()
      : path_(std::filesystem::temp_directory_path() /
              ("sessions-" + std::to_string(std::random_device()()))) {}
  ~Directory() { std::filesystem::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

TEST(Sessions, OutliveARestart) {
  const Directory directory;
  FakeClock clock;
  const cairn::StoreOptions store{.clock = clock.source()};
  {
    cairn::Cache cache = cairn::Cache::open(directory.path(), {}, store);
    Sessions(cache).sign_in("token", "ada");
  }  // closed here
  clock.advance(10min);
  cairn::Cache cache = cairn::Cache::open(directory.path(), {}, store);
  EXPECT_EQ(Sessions(cache).user("token"), "ada");
}
// [directory]

}  // namespace
