// Asking before something is destroyed.
#pragma once

#include <string>

namespace cairn::tool {

/// Returns if `yes` was given or a person at a terminal says so.  Otherwise throws: Leave with code
/// `no` after a refusal, UsageError if there is nobody to ask.
void confirm(const std::string& question, bool yes);

}  // namespace cairn::tool
