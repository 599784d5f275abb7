// says: write: cairn::Cache& cache = caches["name"]
#include <cairn/caches.h>

void copied_cache(cairn::Caches& caches) {
#ifdef MISTAKE
  cairn::Cache cache = caches["default"];
#else
  cairn::Cache& cache = caches["default"];
#endif
  cache.set("key", "value");
}
