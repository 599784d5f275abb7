// Locations: what they mean, and the backend behind each.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <cairn/options.h>
#include "backend/backend.h"

namespace cairn {

/// Throws InvalidOption, naming the alias and the option, for options that make no sense.
void check_options(std::string_view alias, const CacheOptions& options, const StoreOptions& store);

/// The location with its directory's absolute path: what it means here and now, whatever the
/// program's own directory is later.  Throws IoError if that directory is gone.
std::filesystem::path resolve_location(const std::filesystem::path& location);

/// The backend of a location (a directory, `rocksdb:DIRECTORY`, `memory:NAME` or `dummy:`) and
/// column family: one object for everyone in the process.  Throws InvalidCacheBackend if the
/// location names no backend, and what preparing a directory throws.
std::shared_ptr<Backend> open_backend(const std::filesystem::path& location,
                                      const std::string& family, const StoreOptions& store);

}  // namespace cairn
