// What is shown while the cells are measured.
#pragma once

#include <benchmark/benchmark.h>

#include <vector>

namespace bench {

/// One line for each benchmark as it ends.
class ProgressReporter final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;

  int failures() const { return failures_; }

 private:
  int failures_ = 0;
};

}  // namespace bench
