#include "durability/reporter.h"

#include <fmt/core.h>

#include <cstdio>

#include "run_failure.h"

namespace bench {

bool ProgressReporter::ReportContext(const Context&) { return true; }

void ProgressReporter::ReportRuns(const std::vector<Run>& runs) {
  for (const Run& run : runs) {
    fmt::print("{:<44}", run.run_name.function_name);
    if (const std::optional<std::string> cause = failure(run)) {
      ++failures_;
      fmt::print(" FAILED: {}", *cause);
    } else {
      fmt::print(" {:>10.4g} {}", run.GetAdjustedRealTime(), GetTimeUnitString(run.time_unit));
      for (const auto& [name, counter] : run.counters) {
        fmt::print("   {} {:.4g}", name, counter.value);
      }
    }
    fmt::print("\n");
    std::fflush(stdout);
  }
}

}  // namespace bench
