// The program that the tests of the tool start: who has a store open must be another process.
//
//   tool_child fill DIRECTORY            one record of every kind, and counters; closes
//   tool_child leave DIRECTORY           the same, and some in the log only; says so, and waits
//   tool_child load DIRECTORY            sets key-0, key-1, ... and says how many are there, until
//                                        it is killed; flushes and compacts all the time
//   tool_child unlogged DIRECTORY        as `leave`, at Durability::clean_close
//   tool_child tables DIRECTORY          60 aliases of 20 keys, each in a table of its own
//   tool_child empty DIRECTORY           opens and closes
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include <cairn/caches.h>

namespace cairn::test {
namespace {

void fill(Cache& cache) {
  using namespace std::chrono_literals;
  cache.set("text", "a value", {.timeout = 1h});
  cache.set("forever", "stays", {.timeout = never});
  cache.set("integer", 42);
  cache.set("negative", std::int64_t{-7});
  cache.set("real", 1.5);
  cache.set("truth", true);
  cache.set("nothing", nullptr);
  cache.set("binary", std::vector<std::byte>{std::byte{0xff}, std::byte{0}, std::byte{0x80}});
  cache.set("control", "\x1b[2Jred\x07\n\xc2\x9b");
  cache.set(std::string("key\x1b]0;title\x07"), 1);
  cache.set("größe", "Straße");
  cache.set("large", std::string(100'000, 'x'));
  cache.set("old", "gone", {.timeout = 1ms});
  cache.set("counter", 0, {.timeout = never});
  for (int i = 0; i < 100; ++i) cache.incr("counter");
  cache.set("second version", 2, {.version = 2});
}

[[noreturn]] void load(const std::string& directory) {
  Cache cache = Cache::open(directory, {.timeout = never, .column_family = "load"},
                            {.memory_budget = 8ull << 20});
  const std::string value(2000, 'v');
  for (std::int64_t i = 0;; ++i) {
    cache.set("key-" + std::to_string(i), value + std::to_string(i));
    if (i % 50 == 0) cache.incr("rounds", 1, {.initial = 0, .timeout = never});
    if (i % 500 == 499) std::cout << i + 1 << std::endl;
    if (i % 20'000 == 19'999) cache.compact();  // compacts: files go away
  }
}

void make_tables(const std::string& directory) {
  StoreOptions store;
  store.durability = Durability::clean_close;  // closing flushes
  std::vector<Cache> caches;
  for (int i = 0; i < 60; ++i) {
    const std::string family = "alias-" + std::to_string(i);
    caches.push_back(Cache::open(directory, {.timeout = never, .column_family = family}, store));
    for (int j = 0; j < 20; ++j) caches.back().set(family + "-" + std::to_string(j), j);
  }
}

int run(const std::string& errand, const std::string& directory) {
  if (errand == "load") load(directory);
  if (errand == "tables") {
    make_tables(directory);
    return 0;
  }
  if (errand == "empty") {
    Cache::open(directory);
    return 0;
  }
  StoreOptions store;
  if (errand == "unlogged") store.durability = Durability::clean_close;
  {
    Cache cache = Cache::open(directory, {.column_family = "default"}, store);
    fill(cache);
    Cache other = Cache::open(directory, {.key_prefix = "app", .column_family = "pages"}, store);
    other.set("home", "<html>");
    if (errand == "fill") return 0;
    cache.sync();
    cache.set("late", "in the log");
    std::cout << "ready" << std::endl;
    for (;;) ::pause();
  }
}

}  // namespace
}  // namespace cairn::test

int main(int count, char** arguments) try {
  cairn::set_key_warning_handler([](const auto&) {});
  return count == 3 ? cairn::test::run(arguments[1], arguments[2]) : 2;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
