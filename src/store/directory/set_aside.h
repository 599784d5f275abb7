// Moving a damaged store out of the way.
#pragma once

#include <filesystem>

namespace cairn::store {

/// Moves a damaged store out of the way, to a name that is new, and makes an empty directory in its
/// place; those that were moved before are removed.  Hold the directory's lock, which goes with it.
/// Returns where it is now.  Throws IoError.
std::filesystem::path set_aside(const std::filesystem::path& directory);

}  // namespace cairn::store
