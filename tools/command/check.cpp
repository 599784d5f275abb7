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

void run_check(const std::string& directory) {
  const StoreView view = open_view(directory);
  Output output;
  output.line(paint(output.terminal(), Colour::dim, moment_text(view)));
  output.flush();
  const CheckReport report = check_with_progress(view);
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
