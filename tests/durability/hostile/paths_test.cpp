// Locations and names that cannot be a store's (X21, X25, S95; "Bad input").

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "durability/hostile/scene.h"

namespace cairn::test::durability {
namespace {

using namespace std::string_literals;

constexpr auto invalid_option = ErrorCode::invalid_option;
constexpr auto invalid_backend = ErrorCode::invalid_cache_backend;

// A row whose location is all that is wrong.
Row at(const char* name, const std::string& location, ErrorCode code,
       const std::string& says = {}) {
  return {name, [location](Scene& scene) { scene.location = location; }, code, says};
}
Row named(const char* name, const std::string& alias) {
  return {name, [alias](Scene& scene) { scene.alias = alias; }, invalid_option,
          "an alias may have"};
}
Row in_family(const char* name, const std::string& family) {
  return {name, [family](Scene& scene) { scene.cache.column_family = family; }, invalid_option,
          "column_family"};
}

std::string deep_path() {
  std::string deep;
  while (deep.size() < 5000) deep += "/directory";
  return deep;
}

TEST(HostilePaths, AreRefused) {
  expect_refused(
      "paths",
      {
          {"a file", [](Scene& s) { s.file(s.store(), "text"); }, invalid_option},
          {"below a file",
           [](Scene& s) {
             s.file(s.store(), "text");
             s.location = s.store() / "below";
           },
           ErrorCode::io},
          {"through a file and back",
           [](Scene& s) {
             s.file(s / "file", "text");
             s.location = s / "file" / ".." / "store";
           },
           ErrorCode::io},
          {"a link to nowhere", [](Scene& s) { s.link(s / "nowhere", s.store()); }, ErrorCode::io},
          {"a loop of links", [](Scene& s) { s.link(s.store(), s.store()); }, ErrorCode::io},
          {"a link to a file",
           [](Scene& s) {
             s.file(s / "file", "text");
             s.link("file", s.store());
           },
           invalid_option},
          {"below a link to nowhere",
           [](Scene& s) {
             s.link(s / "nowhere", s / "link");
             s.location = s / "link" / "store";
           },
           ErrorCode::io},
          {"a pipe", [](Scene& s) { s.fifo(s.store()); }, invalid_option},
          {"a socket", [](Scene& s) { s.socket(s.store()); }, invalid_option},
          at("the null device", "/dev/null", invalid_option),
          at("below the null device", "/dev/null/store", ErrorCode::io),
          at("the processes", "/proc", invalid_option),
          at("below the processes", "/proc/cairn-store", ErrorCode::io),
          at("a descriptor that is not there", "/proc/self/fd/9999", ErrorCode::io, "/fd/9999'"),
          at("the root directory", "/", invalid_option, "location '/'"),
          {"a name that no file can have", [](Scene& s) { s.location = s / std::string(300, 'x'); },
           ErrorCode::io, "xxx"},
          {"a path that no file can have",
           [](Scene& s) { s.location = s.root().native() + deep_path(); }, ErrorCode::io,
           "/directory/"},
          {"a path with a NUL", [](Scene& s) { s.location = s.store().native() + "\0x"s; },
           invalid_backend, "\\x00"},
          at("nothing", "", invalid_backend, "directory"),
          at("an unknown backend", "redis:server", invalid_backend,
             "Could not find backend 'redis'"),
          at("a backend without a place", "rocksdb:", invalid_backend,
             "Could not find backend 'rocksdb'"),
      });
}

TEST(HostileNames, AreRefused) {
  expect_refused("names", {
                              named("no alias", ""),
                              named("an alias with a slash", "../store"),
                              named("an absolute alias", "/etc"),
                              named("an alias with a NUL", "a\0b"s),
                              named("an alias with a line break", "a\nb"),
                              named("an alias with a generation", "default@2"),
                              named("an alias of 65 characters", std::string(65, 'a')),
                              named("an alias of 5,000 characters", std::string(5000, 'a')),
                              named("an alias beyond ASCII", "caf\xc3\xa9"),
                              in_family("a family with a slash", "../store"),
                              in_family("a family with a NUL", "a\0b"s),
                              in_family("a family with a generation", "default@2"),
                              in_family("a family of 5,000 characters", std::string(5000, 'a')),
                          });
}

// Names that are allowed lead nowhere else.
TEST(HostileNames, WriteNothingOutside) {
  for (const std::string alias : {"..", ".", "CURRENT", "LOCK", "-rf"}) {
    const Scene scene;
    const auto before = scene.picture_outside();
    Caches caches(scene.store(), {{alias, {.key_warnings = ignore_key_warnings()}}});
    Cache& cache = caches[alias];
    for (const std::string& key :
         {"../../outside"s, "/etc/passwd"s, "a\0b"s, ""s, std::string(5000, 'k'), "\n\x1b[2J"s}) {
      cache.set(key, key);
      EXPECT_EQ(cache.get(key), key);
    }
    cache.clear();
    cache.close();
    EXPECT_TRUE(cache.keys().empty());
    EXPECT_EQ(scene.picture_outside(), before) << alias;
  }
}

// ---- controls: the judge of the tables sees what is wrong ----

TEST(HostileControl, ADirectoryThatIsOpenedIsNoticed) {
  double ms = 0;
  EXPECT_FALSE(judge({"nothing is wrong", [](Scene&) {}, ErrorCode::io, {}, {}, true}, ms).empty());
}

TEST(HostileControl, AnotherCodeOrMessageIsNoticed) {
  const auto file = [](Scene& s) { s.file(s.store(), "text"); };
  double ms = 0;
  EXPECT_TRUE(judge({"a file", file, invalid_option}, ms).empty());
  EXPECT_FALSE(judge({"a file", file, ErrorCode::io}, ms).empty());
  EXPECT_FALSE(judge({"a file", file, invalid_option, "something else"}, ms).empty());
}

TEST(HostileControl, AWriteOutsideIsNoticed) {
  double ms = 0;
  const Row leaves{"opens and leaves a store",
                   [](Scene& s) { s.location = s / "elsewhere"; },
                   ErrorCode::io,
                   {},
                   {},
                   true};
  EXPECT_THAT(judge(leaves, ms), testing::Contains("something was written"));
}

}  // namespace
}  // namespace cairn::test::durability
