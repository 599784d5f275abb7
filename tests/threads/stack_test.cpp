// Threads with small stacks: what docs say is enough for every operation.
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <cairn/caches.h>
#include "support/stack_of.h"
#include "support/temp_directory.h"

namespace cairn::test {
namespace {

// What README promises to be enough; a sanitizer's frames are larger.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t least_stack = 1u << 20;
#else
constexpr std::size_t least_stack = 256u << 10;
#endif

void use(Cache& cache) {
  cache.set("key", std::string(100'000, 'x'));
  EXPECT_EQ(cache.get("key")->size(), 100'000U);
  cache.add("other", 1);
  cache.incr("other");
  cache.touch("other");
  std::map<std::string, std::string> many;
  for (int i = 0; i < 500; ++i) many["many:" + std::to_string(i)] = std::string(100, 'x');
  cache.set_many(many);
  std::vector<std::string> keys;
  for (const auto& [key, value] : many) keys.push_back(key);
  EXPECT_EQ(cache.get_many(keys).size(), 500U);
  EXPECT_EQ(cache.keys("many:").size(), 500U);
  cache.update<int>("other", [](auto value) { return *value + 1; });
  EXPECT_EQ(cache.get_or_set("made", [] { return 7; }), 7);
  EXPECT_EQ(cache.pop<int>("made"), 7);
  cache.sync();
  cache.stats();
  cache.expire();  // into tables, from which it is then read
  EXPECT_EQ(cache.get_many(keys).size(), 500U);
  EXPECT_EQ(cache.erase_prefix("many:"), 500U);
  EXPECT_THROW(cache.get<bool>("other"), WrongType);
  cache.clear();
}

TEST(SmallStack, IsEnoughForEveryOperationAndForOpening) {
  const TempDirectory directory;
  with_stack_of(least_stack, [&] {
    Caches caches(directory / "cache", {{"default", {.max_entries = 1000}}, {"second", {}}});
    use(caches["default"]);
    use(caches["second"]);
    caches["second"].set("kept", "yes");
    caches.close_all();
    EXPECT_EQ(caches["second"].get("kept"), "yes");  // opened again, with what is in the log
    caches["second"].checkpoint(directory / "copy");
  });
  with_stack_of(least_stack, [] {
    Cache cache = Cache::open("memory:small_stack");
    use(cache);
  });
}

}  // namespace
}  // namespace cairn::test
