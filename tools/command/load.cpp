// cairn load: records from lines of JSON into a store.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <cairn/transfer.h>
#include "command/commands.h"
#include "command/writing.h"
#include "records/record_json.h"
#include "records/seen_keys.h"
#include "terminal/exit_code.h"
#include "terminal/interrupt.h"
#include "terminal/progress.h"
#include "terminal/stream.h"
#include "terminal/terminal.h"
#include "terminal/text.h"

namespace cairn::tool {
namespace {

constexpr std::size_t batch_records = 1000;
constexpr std::size_t batch_bytes = 4 << 20;

struct Load {
  std::string directory;
  std::string file;
  bool dry_run = false;
};

std::string records_text(std::uint64_t count) {
  return count_text(count) + (count == 1 ? " record" : " records");
}

class Loader {
 public:
  explicit Loader(const Load& options)
      : options_(options),
        lines_(options.file),
        progress_(std::in_place, options.dry_run ? "reading" : "loading",
                  Progress::Total{.bytes = lines_.size()}) {}

  // True at the end of the input, false if the program was interrupted before.
  bool run() {
    while (read_batch()) write_batch();
    write_batch();
    const bool whole = !Interrupt::requested();
    // Nothing to load makes an empty store.
    if (whole && !options_.dry_run) open();
    if (writer_) writer_->close();
    progress_.reset();
    return whole;
  }
  std::uint64_t records() const { return records_; }

 private:
  // False if there is nothing more to come.
  bool read_batch() {
    std::string_view line;
    while (batch_.size() < batch_records && payload_ < batch_bytes) {
      if (!lines_.next(line)) return false;
      bytes_ += line.size() + 1;
      if (line.empty()) continue;
      try {
        batch_.push_back(parse_line(line));
      } catch (const MalformedLine& error) {
        refuse(error.what());
      }
      const RawRecord& record = batch_.back();
      if (!seen_.insert(record.family, record.key)) {
        refuse("the key " + quote(record.key) + " of alias " + quote(record.family) +
               " is in an earlier line too");
      }
      payload_ += batch_.back().payload.size();
    }
    return true;
  }

  [[noreturn]] void refuse(std::string_view why) {
    if (writer_) writer_->close();
    progress_.reset();
    complain(fmt::format("line {}: {}; {}", lines_.number(), why,
                         options_.dry_run ? std::string("nothing was written")
                                          : "loaded before it: " + records_text(records_)));
    throw Leave{ExitCode::no};
  }

  void write_batch() {
    if (!options_.dry_run && !batch_.empty()) {
      open();
      writer_->write(batch_);
    }
    records_ += batch_.size();
    progress_->add(batch_.size(), std::exchange(bytes_, 0));
    payload_ = 0;
    batch_.clear();
  }

  void open() {
    if (!writer_) writer_.emplace(options_.directory);
  }

  const Load& options_;
  LineReader lines_;
  std::optional<Progress> progress_;
  std::optional<StoreWriter> writer_;
  std::vector<RawRecord> batch_;
  SeenKeys seen_;
  std::size_t payload_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t records_ = 0;
};

void run(const Load& options) {
  const Interrupt interrupt;
  Loader loader(options);
  const bool whole = loader.run();
  const std::string count = records_text(loader.records());
  if (!whole) {
    complain(fmt::format("interrupted after {}{}", count,
                         options.dry_run ? "" : ", which are in the store"));
    Interrupt::end();
  }
  Output output;
  output.line(count + (options.dry_run ? " can be loaded" : " loaded"));
  output.flush();
}

}  // namespace

void add_load(CLI::App& app) {
  const auto options = std::make_shared<Load>();
  CLI::App* const command =
      app.add_subcommand("load", "Write records that `export` wrote into a store");
  command->footer(
      "Records keep their times and replace what is at their keys.  Archives are not looked into.\n"
      "A key of an alias that comes twice in the input is an error, as is a member of a line.\n"
      "Lines are written in batches, each whole or not at all; a line that is not right ends the\n"
      "command before its batch is written.");
  command
      ->add_option("DIRECTORY", options->directory, "The store, which is made if it is not there")
      ->required();
  command->add_option("FILE", options->file, "What to read; -, or nothing: standard input");
  command->add_flag("--dry-run", options->dry_run, "Check every line and write nothing");
  command->callback([options] { run(*options); });
}

}  // namespace cairn::tool
