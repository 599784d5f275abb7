// What the commands that write have in common.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <cairn/caches.h>
#include <cairn/inspect.h>

namespace cairn::tool {

/// The families of a store that a command is about: those that were named, else all.  Throws
/// UsageError for a name that the store does not have.
std::vector<std::string> chosen_families(const StoreView& view,
                                         const std::vector<std::string>& named);

/// The store must be there: what a slip of the pen names is not made.  Takes the store's lock.
Cache open_cache(const std::filesystem::path& directory, CacheOptions options);

/// What was done is on the disk when the tool ends.
void finish(Cache& cache);

/// `500ms`, `30s`, `5m`, ... or `never`.  Throws UsageError.
Timeout parse_timeout(const std::string& text);

}  // namespace cairn::tool
