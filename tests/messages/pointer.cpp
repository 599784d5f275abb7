// says: cairn stores values, not pointers or arrays (except string literals): store what it points
#include <string>

#include <cairn/cache.h>

void pointer(cairn::Cache& cache, const std::string* text) {
#ifdef MISTAKE
  cache.set("key", text);
#else
  cache.set("key", *text);
#endif
}
