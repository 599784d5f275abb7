// Asking before something is destroyed.
#pragma once

#include <string>

namespace cairn::tool {

/// Whether the command line has answered the question already (--yes).
enum class Consent { given, wanted };

/// Returns if consent is given or a person at a terminal gives it.  Otherwise throws: Leave with
/// code `no` after a refusal, UsageError if there is nobody to ask.
void confirm(const std::string& question, Consent consent);

}  // namespace cairn::tool
