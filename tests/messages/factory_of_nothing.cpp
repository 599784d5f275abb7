// says: a factory returns the value to store
#include <cairn/cache.h>

int factory_of_nothing(cairn::Cache& cache) {
  int computed = 0;
#ifdef MISTAKE
  return cache.get_or_set("key", [&] { computed = 42; });
#else
  return cache.get_or_set("key", [&] { return computed = 42; });
#endif
}
