// The contract of the verbs, written once and run over every backend and in every state.
//
// The comment above a test names the rows of rows.md that it proves: S are the rules of every
// operation, C Django's own tests, X what no test of Django's looks at.  rows.cmake holds both to
// it.
#pragma once

#include <chrono>
#include <concepts>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cairn/caches.h>

#include "support/fake_clock.h"
#include "support/temp_directory.h"

namespace cairn {

inline void PrintTo(const Timeout& timeout, std::ostream* out) {
  timeout.is_never() ? *out << "never" : *out << timeout.duration().count() << " ms";
}

namespace test {

using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace std::string_view_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::ThrowsMessage;
using testing::UnorderedElementsAre;

/// What settle() does to what has been written.
enum class State { fresh, reopened, compacted, hot };

struct Ground {
  std::string_view name;
  std::string_view backend;
  State state = State::fresh;
  std::optional<std::uint64_t> record_memory = {};
};

inline constexpr Ground grounds[] = {
    {"rocksdb_fresh", "rocksdb", State::fresh},
    {"rocksdb_reopened", "rocksdb", State::reopened},
    {"rocksdb_compacted", "rocksdb", State::compacted},
    {"rocksdb_hot", "rocksdb", State::hot},  // all that was written has been read since
    {"rocksdb_without_record_memory", "rocksdb", State::fresh, 0},
    {"memory", "memory", State::fresh},
};

inline void PrintTo(const Ground& ground, std::ostream* out) { *out << ground.name; }
inline std::string name_of(const testing::TestParamInfo<Ground>& info) {
  return std::string(info.param.name);
}

/// CONTRACT(Verb) is the suite of a verb.
// NOLINTBEGIN(bugprone-macro-parentheses): the name of a class cannot stand in parentheses.
#define CONTRACT(Verb)             \
  class Verb : public Contract {}; \
  INSTANTIATE_TEST_SUITE_P(Every, Verb, testing::ValuesIn(grounds), name_of)
// NOLINTEND(bugprone-macro-parentheses)

/// Django's seven aliases on one LOCATION, and a clock that the test turns.
///
///   default       300 s            prefix      KEY_PREFIX cacheprefix
///   v2            VERSION 2        custom_key  a key function; custom_key2: the same by name
///   cull          30 entries       zero_cull   30 entries, CULL_FREQUENCY 0
class Contract : public testing::TestWithParam<Ground> {
 protected:
  Contract();

  Cache& cache(std::string_view alias = "default") { return caches_[alias]; }
  /// One more cache on the same data, with options of its own.
  Cache& open(CacheOptions options);

  /// Brings what has been written into the state that this run is about.
  void settle();
  bool on_disk() const { return GetParam().backend == "rocksdb"; }

  FakeClock clock;
  /// Called whenever a cache looks at the clock.
  std::function<void()> on_clock_read;

 private:
  StoreOptions store();

  TempDirectory directory_;
  std::filesystem::path location_;
  Caches caches_;
  std::deque<Cache> opened_;
};

/// A directory of its own, for what only a cache on disk can do.
class OnDisk : public testing::Test {
 protected:
  Cache open(CacheOptions options = {}) { return Cache::open(path, std::move(options), store()); }
  StoreOptions store() const { return {.reclaim_interval = 0ms, .clock = clock.source()}; }

  TempDirectory directory;
  std::filesystem::path path = directory / "cache";
  FakeClock clock;
};

/// A key that no 250 bytes hold, and one that no protocol of lines does.
inline const std::string long_key(251, 'k');
inline const std::string spaced_key = "key with spaces and 清";

/// Collects the key warnings of the caches that are given handler().
class Warnings {
 public:
  KeyWarningHandler handler() {
    return [messages = messages_](const KeyWarning& warning) {
      messages->emplace_back(warning.message);
    };
  }
  /// What came since the last call.
  std::vector<std::string> take() { return std::exchange(*messages_, {}); }

 private:
  std::shared_ptr<std::vector<std::string>> messages_ =
      std::make_shared<std::vector<std::string>>();
};

/// A value that cannot be stored, as Python's Unpicklable.
struct Unstorable {};

/// Passes if `call` throws an Error of that code, which is returned for a look at its message.
template <std::invocable F>
std::string message_of(ErrorCode code, F call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no Error was thrown";
  return {};
}

}  // namespace test
}  // namespace cairn

template <>
struct cairn::Codec<cairn::test::Unstorable> {
  static ValueKind encode(const test::Unstorable&, std::string&) {
    throw std::runtime_error("this cannot be stored");
  }
};
