// cairn export: the records of a store as lines of JSON.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include "command/commands.h"
#include "command/writing.h"
#include "records/record_json.h"
#include "records/view.h"
#include "terminal/exit_code.h"
#include "terminal/interrupt.h"
#include "terminal/progress.h"
#include "terminal/stream.h"
#include "terminal/terminal.h"
#include "terminal/text.h"

namespace cairn::tool {
namespace {

struct Export {
  std::string directory;
  std::vector<std::string> aliases;
  std::optional<std::string> file;  // none: standard output
  bool expired = false;
};

// The file or standard output, whichever was asked for.
class Target {
 public:
  explicit Target(const std::optional<std::string>& file) {
    if (file) {
      file_.emplace(*file);
    } else {
      output_.emplace();
    }
  }
  void write(std::string_view text) { output_ ? output_->write(text) : file_->write(text); }
  void finish() { output_ ? output_->flush() : file_->finish(); }
  std::string unfinished() const {
    return output_ ? "the output is not whole"
                   : "what there is so far is in " + escape(file_->partial().native());
  }

 private:
  std::optional<Output> output_;
  std::optional<WholeFile> file_;
};

bool wanted(const RecordInfo& record, const Export& options) {
  if (record.state == RecordState::expired) return options.expired;
  return record.state == RecordState::live;
}

struct Tally {
  std::uint64_t records = 0;
  std::uint64_t unreadable = 0;
};

// Stops early when the program is interrupted.
Tally copy(const StoreView& view, const std::vector<std::string>& families, const Export& options,
           Target& target) {
  Progress::Total total;
  for (const std::string& family : families) total.records += view.estimated_records(family);
  Progress progress("exporting", total);
  Tally tally;
  std::string line;
  for (const std::string& family : families) {
    view.for_each(family, {}, [&](const RecordInfo& record) {
      if (Interrupt::requested()) return false;
      progress.add(1, record.stored_size);
      tally.unreadable += record.state == RecordState::unreadable ? 1 : 0;
      if (!wanted(record, options)) return true;
      line.clear();
      append_line(record, line);
      target.write(line);
      ++tally.records;
      return true;
    });
  }
  return tally;
}

void run(const Export& options) {
  if (options.file && options.file->empty()) {
    throw UsageError("--output: '' is not a file; leave it out for standard output");
  }
  const StoreView view = open_view(options.directory);
  const std::vector<std::string> families = chosen_families(view, options.aliases);
  warn_if_behind(view);
  const Interrupt interrupt;
  Target target(options.file);
  const Tally tally = copy(view, families, options, target);
  if (Interrupt::requested()) {
    complain(fmt::format("interrupted after {} records; {}", count_text(tally.records),
                         target.unfinished()));
    Interrupt::end();
  }
  target.finish();
  if (tally.unreadable == 0) return;
  complain(fmt::format(
      "{} unreadable {} left out; `cairn check {}` lists them", count_text(tally.unreadable),
      tally.unreadable == 1 ? "record was" : "records were", escape(options.directory)));
  throw Leave{ExitCode::damaged};
}

}  // namespace

void add_export(CLI::App& app) {
  const auto options = std::make_shared<Export>();
  CLI::App* const command =
      app.add_subcommand("export", "Write the records as lines of JSON that `load` reads");
  command->footer(
      "One object a line: alias, key, kind, written_at, expires_at (milliseconds since 1970, "
      "null:\n"
      "never) and value.  What is no text is in base64, as key_base64 and value_base64.  Takes no\n"
      "lock: the store may be in use.");
  command->add_option("DIRECTORY", options->directory, "The store")->required();
  command->add_option("-o,--output", options->file,
                      "Write to this file, called FILE.partial until it is whole");
  command->add_option("-a,--alias", options->aliases,
                      "Only this alias; may be given several times");
  command->add_flag("--expired", options->expired, "Also what has expired and is still there");
  command->callback([options] { run(*options); });
}

}  // namespace cairn::tool
