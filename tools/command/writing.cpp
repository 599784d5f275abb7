#include "command/writing.h"

#include <utility>

#include "records/view.h"
#include "terminal/text.h"

namespace cairn::tool {

std::vector<std::string> chosen_families(const StoreView& view,
                                         const std::vector<std::string>& named) {
  for (const std::string& each : named) require_alias(view, each);
  return named.empty() ? view.families() : named;
}

Cache open_cache(const std::filesystem::path& directory, CacheOptions options) {
  // What the library would take for the name of another back end is a directory here.
  return Cache::open(std::filesystem::absolute(directory), std::move(options));
}

void finish(Cache& cache) {
  cache.sync();
  cache.close();
}

Timeout parse_timeout(const std::string& text) {
  if (text == "never") return never;
  return parse_duration(text);
}

}  // namespace cairn::tool
