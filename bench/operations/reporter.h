// The tables: medians, side by side, with their ratio.
#pragma once

#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

namespace bench {

/// Collects the medians and prints them at the end.  `inner`, if there is one, gets everything as
/// well: it is how JSON and CSV reach the standard output.
class Reporter final : public benchmark::BenchmarkReporter {
 public:
  Reporter(std::ostream& tables, std::unique_ptr<benchmark::BenchmarkReporter> inner)
      : tables_(tables), inner_(std::move(inner)) {}

  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;
  void Finalize() override;

 private:
  std::ostream& tables_;
  std::unique_ptr<benchmark::BenchmarkReporter> inner_;
  std::map<std::string, double> us_;  // NAME/left and NAME/right
  bool failed_ = false;
};

}  // namespace bench
