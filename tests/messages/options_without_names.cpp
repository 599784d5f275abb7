// says: options have names: write set(key, value, {.timeout = 30s})
// says: options have names: write add(key, value, {.timeout = 30s})
// says: options have names: write set_many(values, {.timeout = 30s})
// says: options have names: write set_many({...}, {.timeout = 30s})
// says: options have names: write get_or_set(key, factory, {.timeout = 30s})
// says: options have names: write touch(key, {.timeout = 30s})
// says: options have names: write incr(key, 1, {.initial = 0, .timeout = 24h})
#include <map>
#include <string>

#include <cairn/cache.h>

using namespace std::chrono_literals;

void options_without_names(cairn::Cache& cache, const std::map<std::string, int>& values) {
#ifdef MISTAKE
  cache.set("key", "value", 30);
  cache.set("key", "value", 30s);
  cache.set("key", "value", nullptr);
  cache.set("key", "value", cairn::Durability::power_loss);
  const bool added = cache.add("key", 1, cairn::never);
  const std::size_t refused = cache.set_many(values, 30s).size();
  cache.set_many({{"a", 1}, {"b", "text"}}, 30s);
  const int made = cache.get_or_set(
      "key", [] { return 7; }, 30s);
  const bool touched = cache.touch("key", 30s);
  const std::int64_t count = cache.incr("hits", 1, 24h);
#else
  cache.set("key", "value", {.timeout = 30s});
  cache.set("key", "value", {.timeout = cairn::never});
  cache.set("key", "value", {.durability = cairn::Durability::power_loss});
  const bool added = cache.add("key", 1, {.timeout = cairn::never});
  const std::size_t refused = cache.set_many(values, {.timeout = 30s}).size();
  cache.set_many({{"a", 1}, {"b", "text"}}, {.timeout = 30s});
  const int made = cache.get_or_set("key", [] { return 7; }, {.timeout = 30s});
  const bool touched = cache.touch("key", {.timeout = 30s});
  const std::int64_t count = cache.incr("hits", 1, {.initial = 0, .timeout = 24h});
#endif
  static_cast<void>(added && touched && refused == 0 && made == 7 && count == 1);
}
