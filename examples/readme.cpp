// The code in README.md: scripts/quote copies it, from the first #include on, and what it prints.
// A test compares both.
#include <cairn/boost.h>  // only because we store a struct
#include <cairn/caches.h>

#include <iostream>

using namespace std::chrono_literals;

struct User {
  std::string name;
  std::vector<int> scores;
  // clang-format off
  template <class Archive>
  void serialize(Archive& archive, unsigned) { archive & name & scores; }
  // clang-format on
};

User load_user() { return {"Ada", {3, 1, 4}}; }  // imagine a slow database

int main() {
  cairn::Caches caches("app.cache", {{"default", {.timeout = 5min, .key_prefix = "app"}},
                                     {"sessions", {.timeout = 14 * 24h}}});
  cairn::Cache& cache = caches["default"];

  cache.set("greeting", "hello", {.timeout = 30s});
  std::optional<std::string> greeting = cache.get("greeting");           // empty once expired
  std::string shown = cache.get("missing", std::string("has expired"));  // or a fallback

  cache.set("visits", 1, {.timeout = cairn::never});
  std::int64_t visits = cache.incr("visits", 10);                             // must exist
  std::int64_t hits = cache.incr("hits", 1, {.initial = 0, .timeout = 24h});  // or is made

  User user = cache.get_or_set("user:7", load_user, {.timeout = 1h});  // computed once
  auto users = cache.get_many<User>({"user:7", "user:8"});             // what there is of them

  cache.set("motto", "hello world!", {.version = 2});
  std::int64_t version = cache.incr_version("motto", 1, {.version = 2});  // moved to version 3

  std::cout << *greeting << ", " << shown << "\n"
            << visits << " visits, " << hits << " hit\n"
            << user.name << " has " << user.scores.size() << " scores, " << users.size()
            << " user is known\n"
            << "the motto is at version " << version << "\n";
}
