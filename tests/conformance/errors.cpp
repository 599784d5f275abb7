// Misuse: one typed error that names what is wrong, before anything is written.
#include <rocksdb/db.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <concepts>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <set>

#include "conformance/contract.h"
#include "store/directory/directory.h"

namespace cairn::test {

namespace fs = std::filesystem;

class Errors : public OnDisk {
 protected:
  /// Every file below a directory with what is in it.
  static std::map<std::string, std::string> content(const fs::path& directory) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
      if (entry.is_directory()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      files[entry.path().native()] = {std::istreambuf_iterator<char>(file), {}};
    }
    return files;
  }
  /// What opening `where` throws; nothing in the directory may have changed.
  std::string refused(ErrorCode code, const fs::path& where) {
    const auto before = content(directory.path());
    const std::string message = message_of(code, [&] { Cache::open(where).set("key", 1); });
    EXPECT_EQ(content(directory.path()), before);
    return message;
  }
  void refuse_options(const CacheOptions& options, const std::string& named,
                      const StoreOptions& store = {}) {
    const auto registry = [&] { Caches(path, {{"mine", options}}, store); };
    const std::string message = message_of(ErrorCode::invalid_option, registry);
    EXPECT_THAT(message, HasSubstr("'mine'"));
    EXPECT_THAT(message, HasSubstr(named));
    message_of(ErrorCode::invalid_option, [&] { Cache::open(path, options, store); });
    EXPECT_FALSE(fs::exists(path));
  }
};

// S80: one root, and a class of its own for what Django has a name for.
static_assert(std::derived_from<Error, std::runtime_error>);
static_assert(std::derived_from<KeyNotFound, Error> && std::derived_from<WrongType, Error>);
static_assert(std::derived_from<InvalidCacheBackend, Error>);
static_assert(std::derived_from<InvalidKey, Error> && std::derived_from<InvalidOption, Error>);
static_assert(std::derived_from<SerializationError, Error>);

// X27, S90: configuration that makes no sense is never replaced by something that does.
TEST_F(Errors, OptionsThatMakeNoSenseAreRefused) {
  refuse_options({.cull_frequency = -1}, "cull_frequency");
  refuse_options({.max_entries = -2}, "max_entries");
  refuse_options({.max_value_size = (2ULL << 30) + 1}, "max_value_size");
  refuse_options({.column_family = "no/slash"}, "column_family");
  refuse_options({}, "memory_budget", {.memory_budget = 1});
  refuse_options({}, "sync_interval", {.sync_interval = 0ms});
}

// X27, S17
TEST_F(Errors, ATimeoutThatIsNotANumberIsRefused) {
  const auto nan = std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN());
  Cache cache = open();
  cache.set("key", "old");
  EXPECT_THAT(message_of(ErrorCode::invalid_option, [&] { cache.set("key", 1, {.timeout = nan}); }),
              HasSubstr("timeout"));
  message_of(ErrorCode::invalid_option, [&] { Caches(path, {{"default", {.timeout = nan}}}); });
  EXPECT_EQ(cache.get("key"), "old");
}

// X27: an unknown option, and a timeout without a unit (tests/messages/timeout_without_unit.cpp),
// do not compile.
template <class O>
concept HasTimeoutInCapitals = requires {
  O{.TIMEOUT = std::chrono::seconds(30)};
};
static_assert(!HasTimeoutInCapitals<CacheOptions>);
static_assert(!HasTimeoutInCapitals<SetOptions>);

TEST_F(Errors, AnAliasThatIsEmptyDoubledOrUnusableIsRefused) {
  for (const char* alias : {"", "with space", "a/b", "a@1", "ü"}) {
    EXPECT_THAT(message_of(ErrorCode::invalid_option,
                           [&] {
                             Caches(path, {{alias, {}}});
                           }),
                HasSubstr(quote(alias)));
  }
  const std::string longest(64, 'a');
  EXPECT_NO_THROW(Caches(path, {{longest, {}}}));
  message_of(ErrorCode::invalid_option, [&] { Caches(path, {{longest + "a", {}}}); });
  EXPECT_THAT(message_of(ErrorCode::invalid_option,
                         [&] {
                           Caches(path, {{"a", {}}, {"a", {}}});
                         }),
              HasSubstr("'a'"));
}

// C146, C147
TEST_F(Errors, ALocationThatNamesNothingIsRefused) {
  EXPECT_THAT(refused(ErrorCode::invalid_cache_backend, "redis://127.0.0.1"), HasSubstr("'redis'"));
  refused(ErrorCode::invalid_cache_backend, "");
  refused(ErrorCode::invalid_cache_backend, "nul\0byte"s);
}

TEST_F(Errors, AFileIsNoLocation) {
  std::ofstream(path) << "a file";
  EXPECT_THAT(refused(ErrorCode::invalid_option, path), HasSubstr(path.native()));
  refused(ErrorCode::io, path / "below");
}

TEST_F(Errors, ADirectoryThatCannotBeMadeOrWrittenIsRefused) {
  // The kernel's own file systems, where not even root makes directories.
  EXPECT_THAT(refused(ErrorCode::io, "/proc/self/cairn"), HasSubstr("/cairn'"));
}

TEST_F(Errors, ADirectoryThatOthersMayWriteIsRefusedUnlessAllowed) {
  fs::create_directory(path);
  fs::permissions(path, fs::perms::all);
  const std::string message = refused(ErrorCode::invalid_option, path);
  EXPECT_THAT(message, HasSubstr(path.native()));
  EXPECT_THAT(message, HasSubstr("allow_shared"));
  Cache shared = Cache::open(path, {}, {.allow_shared = true});
  shared.set("key", "value");
  EXPECT_EQ(shared.get("key"), "value");
}

TEST_F(Errors, ADirectoryThatIsNotEmptyAndNoStoreIsNotTouched) {
  fs::create_directory(path);
  std::ofstream(path / "letter.txt") << "dear reader";
  const std::string message = refused(ErrorCode::invalid_option, path);
  EXPECT_THAT(message, HasSubstr(path.native()));
  EXPECT_THAT(message, HasSubstr("letter.txt"));
}

TEST_F(Errors, TheDatabaseOfAnotherProgramIsNotTouched) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* db = nullptr;
  std::filesystem::remove(path / "CAIRN.seal");  // as a crash leaves it
  ASSERT_TRUE(rocksdb::DB::Open(options, path.native(), &db).ok());
  ASSERT_TRUE(db->Put({}, "key", "theirs").ok());
  delete db;
  EXPECT_THAT(refused(ErrorCode::invalid_option, path), HasSubstr("another program"));
}

TEST_F(Errors, AStoreOfANewerFormatIsRefused) {
  open().set("key", "value");
  std::ofstream(path / store::marker_name) << "cairn store format 99\n";
  const std::string message = refused(ErrorCode::newer_format, path);
  EXPECT_THAT(message, HasSubstr(path.native()));
  EXPECT_THAT(message, HasSubstr("99"));
  std::ofstream(path / store::marker_name) << "gibberish";
  refused(ErrorCode::corruption, path);
}

// Within one process; that another one gets the same is tested with another one.
TEST_F(Errors, AStoreThatIsLockedIsRefused) {
  open().set("key", "value");
  const store::DirectoryLock lock(path);
  EXPECT_THAT(refused(ErrorCode::locked, path),
              testing::AllOf(HasSubstr(path.native()), HasSubstr(std::to_string(::getpid()))));
}

// An alias that could not be opened is not half there; it works once the cause is gone.
TEST_F(Errors, WhatCouldNotBeOpenedCanBeOpenedLater) {
  std::ofstream(path) << "in the way";
  Caches caches(path, {{"default", {}}}, store());
  message_of(ErrorCode::invalid_option, [&] { caches["default"]; });
  EXPECT_THAT(caches.all(true), IsEmpty());
  fs::remove(path);
  caches["default"].set("key", "value");
  EXPECT_EQ(caches["default"].get("key"), "value");
}

// Messages name keys so that no key can forge a line or move a cursor.
TEST_F(Errors, KeysInMessagesAreQuoted) {
  EXPECT_EQ(quote("key"), "'key'");
  EXPECT_EQ(quote("a\nb\x1b[2J"), "'a\\x0ab\\x1b[2J'");
  EXPECT_LE(quote(std::string(1000, 'k')).size(), 100U);
  Cache cache = open({.key_warnings = ignore_key_warnings()});
  EXPECT_THAT([&] { cache.incr_version("a\nb"); },
              ThrowsMessage<KeyNotFound>("Key 'a\\x0ab' not found"));
}

}  // namespace cairn::test
