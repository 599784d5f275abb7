// The machine that the figures are of.
#pragma once

#include <filesystem>

#include "durability/results.h"

namespace bench {

/// Fills in what the machine and the build know; `directory` is where the stores will be.
Context describe_machine(const std::filesystem::path& directory);

}  // namespace bench
