#include "operations/reporter.h"

#include <cstdarg>
#include <cstdio>

#include "operations/contest.h"
#include "run_failure.h"

namespace bench {
namespace {

[[gnu::format(printf, 1, 2)]] std::string format(const char* pattern, ...) {
  char text[200];
  std::va_list arguments;
  va_start(arguments, pattern);
  std::vsnprintf(text, sizeof text, pattern, arguments);
  va_end(arguments);
  return text;
}

struct Heading {
  Table table;
  const char* title;
  const char* left;
  const char* right;
};

constexpr Heading headings[] = {
    {Table::against_raw, "CPU time of the calling thread, us a call", "cairn", "raw"},
    {Table::two_threads, "Two threads: wall time, us an operation of either", "cairn", "raw"},
    {Table::scaling, "Cairn with two threads and one: wall time, us an operation", "two", "one"},
    {Table::growth, "One counter: CPU time, us a call, after so many increments", "1,000,000",
     "10"},
};

std::string verdict(const Target& target, double left, double ratio) {
  if (target.ratio > 0) {
    return format("%.2f times %s", target.ratio, ratio <= target.ratio ? "" : "MISSED");
  }
  if (target.us > 0) return format("%.2f us %s", target.us, left <= target.us ? "" : "MISSED");
  return "";
}

}  // namespace

bool Reporter::ReportContext(const Context& context) {
  if (inner_) return inner_->ReportContext(context);
  PrintBasicContext(&GetErrorStream(), context);
  return true;
}

void Reporter::ReportRuns(const std::vector<Run>& runs) {
  if (inner_) inner_->ReportRuns(runs);
  for (const Run& run : runs) {
    if (const std::optional<std::string> cause = failure(run)) {
      failed_ = true;
      tables_ << run.benchmark_name() << ": " << *cause << '\n';
      continue;
    }
    const bool median = run.aggregate_name == "median";
    if (run.run_type == Run::RT_Aggregate && !median) continue;
    const bool wall = !run.run_name.time_type.empty();
    // Of several repetitions the median comes last.
    us_[run.run_name.function_name] = wall ? run.GetAdjustedRealTime() : run.GetAdjustedCPUTime();
  }
}

void Reporter::Finalize() {
  if (inner_) inner_->Finalize();
  for (const Heading& heading : headings) {
    std::string rows;
    for (const Contest& each : contests()) {
      const auto left = us_.find(each.name + "/left");
      const auto right = us_.find(each.name + "/right");
      if (each.table != heading.table || left == us_.end() || right == us_.end()) continue;
      const double ratio = left->second / right->second;
      rows += format("%-28s %10.2f %10.2f %8.2f   %s\n", each.name.c_str(), left->second,
                     right->second, ratio, verdict(each.target, left->second, ratio).c_str());
    }
    if (rows.empty()) continue;
    tables_ << '\n'
            << heading.title << '\n'
            << format("%-28s %10s %10s %8s   %s\n", "", heading.left, heading.right, "ratio",
                      heading.table == Table::against_raw ? "target, at most" : "")
            << rows;
  }
  if (failed_) tables_ << "\nSome benchmarks failed: see above.\n";
  tables_.flush();
}

}  // namespace bench
