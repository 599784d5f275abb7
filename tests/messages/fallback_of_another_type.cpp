// says: the fallback is of another type than the value: write get<int>(key, 0), or get(key,
// fallback)
#include <string>

#include <cairn/cache.h>

int fallback_of_another_type(const cairn::Cache& cache) {
#ifdef MISTAKE
  const int number = cache.get<int>("key", "none");
  const std::string text = cache.get<std::string>("key", 0, {.version = 2});
#else
  const int number = cache.get<int>("key", 0);
  const std::string text = cache.get("key", "none", {.version = 2});
#endif
  return number + static_cast<int>(text.size());
}
