// S12, S17, X27: a bare number is no timeout.
// says: a timeout has a unit: write {.timeout = 30s}
#include <cairn/caches.h>

using namespace std::chrono_literals;

void timeout_without_unit(cairn::Cache& cache) {
#ifdef MISTAKE
  cache.set("key", "value", {.timeout = 30});
#else
  cache.set("key", "value", {.timeout = 30s});
#endif
}

void timeout_without_unit(const char* path) {
#ifdef MISTAKE
  const cairn::Caches caches(path, {{"default", {.timeout = 0.5}}});
#else
  const cairn::Caches caches(path, {{"default", {.timeout = 0.5s}}});
#endif
}
