// says: update's function takes a std::optional<T>, empty if there is no value
#include <optional>

#include <cairn/cache.h>

std::optional<int> function_of_update(cairn::Cache& cache) {
#ifdef MISTAKE
  return cache.update<int>("key", [](int number) { return 2 * number; });
#else
  return cache.update<int>("key", [](std::optional<int> number) { return 2 * number.value_or(1); });
#endif
}
