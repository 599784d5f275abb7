// says: write incr(key, 1, {.initial = 0})
// says: write decr(key, 1, {.initial = 0})
#include <cairn/cache.h>

std::int64_t initial_as_delta(cairn::Cache& cache) {
#ifdef MISTAKE
  return cache.incr("hits", {.initial = 0}) + cache.decr("left", {.initial = 10});
#else
  return cache.incr("hits", 1, {.initial = 0}) + cache.decr("left", 1, {.initial = 10});
#endif
}
