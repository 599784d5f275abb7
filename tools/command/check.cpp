// cairn check.
#include <memory>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include "command/commands.h"
#include "records/view.h"
#include "terminal/exit_code.h"
#include "terminal/progress.h"
#include "terminal/terminal.h"
#include "terminal/text.h"

namespace cairn::tool {
namespace {

constexpr int most_moments = 5;

CheckReport check_with_progress(const StoreView& view) {
  Progress::Total total;
  for (const std::string& family : view.families()) total.records += view.estimated_records(family);
  Progress progress("checking", total);
  progress.reached(0, 0);  // the checksums come first, and say nothing
  return view.check([&](std::uint64_t records) {
    progress.reached(records, 0);
    return true;
  });
}

// Checks one moment after another until one is checked whole.
CheckReport check_moment(const std::string& directory, Output& output) {
  for (int moment = 0; moment < most_moments; ++moment) {
    const StoreView view = open_view(directory);
    CheckReport report = check_with_progress(view);
    if (report.outdated) continue;
    output.line(paint(output.terminal(), Colour::dim, moment_text(view)));
    return report;
  }
  complain("the store " + quote(directory) +
           " changed too often to be checked; try again when less is written to it, or let this "
           "process open more files (ulimit -n)");
  throw Leave{ExitCode::busy};
}

void run_check(const std::string& directory) {
  Output output;
  const CheckReport report = check_moment(directory, output);
  for (const CheckReport::Problem& each : report.problems) {
    output.line(paint(output.terminal(), Colour::red, "problem") + ": " + escape(each.where) +
                ": " + escape(each.what));
  }
  if (report.problem_count > report.problems.size()) {
    output.line(fmt::format("and {} more problems",
                            count_text(report.problem_count - report.problems.size())));
  }
  const std::string read = fmt::format("{} records read, {} of them counters",
                                       count_text(report.records), count_text(report.counters));
  output.line(report.sound() ? paint(output.terminal(), Colour::green, "sound") + ": " + read
                             : fmt::format("not sound: {}; {} problems", read,
                                           count_text(report.problem_count)));
  output.flush();
  if (report.sound()) return;
  complain("the store " + quote(directory) +
           " is not sound; docs/durability.md says what to do with a damaged one");
  throw Leave{report.damaged ? ExitCode::damaged : ExitCode::no};
}

}  // namespace

void add_check(CLI::App& app) {
  const auto directory = std::make_shared<std::string>();
  CLI::App& command = *app.add_subcommand(
      "check", "Read everything: checksums, every record, every counter, the counts");
  command.add_option("DIRECTORY", *directory, "The store")->required();
  command.callback([directory] { run_check(*directory); });
}

}  // namespace cairn::tool
