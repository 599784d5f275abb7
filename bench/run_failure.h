// The failure of a benchmark's run, under the name that the version of Google Benchmark gives it.
#pragma once

#include <optional>
#include <string>

namespace bench {

/// Why a run has failed; empty if it has not.  `Run` is benchmark::BenchmarkReporter::Run, whose
/// `error_occurred` of 1.7 is `skipped` since 1.8.
template <class Run>
std::optional<std::string> failure(const Run& run) {
  if constexpr (requires { run.error_occurred; }) {
    if (run.error_occurred) return run.error_message;
  } else {
    if (static_cast<int>(run.skipped) != 0) return run.skip_message;
  }
  return std::nullopt;
}

}  // namespace bench
