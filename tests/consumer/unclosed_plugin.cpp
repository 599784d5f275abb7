// What the plugin keeps in a cache; at clean_close, so that what is not closed in order is lost.
#include <cairn/caches.h>

namespace {

// Never closed by the plugin itself.
cairn::Cache& cache(const char* directory) {
  static cairn::Cache opened =
      cairn::Cache::open(directory, {}, {.durability = cairn::Durability::clean_close});
  return opened;
}

}  // namespace

extern "C" long count(const char* directory) {
  return static_cast<long>(cache(directory).get("count", 0) + 1);
}

extern "C" void keep(const char* directory, long number) { cache(directory).set("count", number); }

extern "C" bool was_closed(const char* directory) {
  return cache(directory).stats().recovery.left_by != cairn::LeftBy::crash;
}
