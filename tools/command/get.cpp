// cairn get and cairn ttl.
#include <memory>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include "command/commands.h"
#include "records/json.h"
#include "records/value.h"
#include "records/view.h"
#include "terminal/exit_code.h"
#include "terminal/number_option.h"
#include "terminal/terminal.h"
#include "terminal/text.h"

namespace cairn::tool {
namespace {

void add_choice(CLI::App& command, KeyChoice& choice) {
  command.add_option("DIRECTORY", choice.directory, "The store")->required();
  command
      .add_option("KEY", choice.key,
                  "The key as the program writes it; after -- if it begins with -")
      ->required();
  command.add_option("-a,--alias", choice.alias,
                     "The alias; not needed if there is one, or one called `default`");
  CLI::Option* const prefix =
      command.add_option("--key-prefix", choice.key_prefix, "The cache's key_prefix");
  CLI::Option* const version =
      add_integer(command, "--version", choice.version, "The key's version")->default_str("1");
  command.add_flag("--raw", choice.raw, "KEY is the final key, as `cairn keys` shows it")
      ->excludes(prefix)
      ->excludes(version);
}

// Shows the live record of that key; says why there is none and leaves.
void with_live_record(const KeyChoice& choice,
                      const std::function<void(const StoreView&, const RecordInfo&)>& show) {
  const StoreView view = open_view(choice.directory);
  warn_if_behind(view);
  const std::string alias = choose_alias(view, choice.alias);
  const std::string key = choice.final_key();
  std::string missing =
      "there is no " + quote(key) + " in " + quote(alias) + "; `cairn keys` lists what there is";
  ExitCode code = ExitCode::no;
  view.find(alias, key, [&](const RecordInfo& record) {
    switch (record.state) {
      case RecordState::live:
        show(view, record);
        missing.clear();
        return;
      case RecordState::expired:
        missing = quote(key) + " expired " +
                  duration_text(view.judged_at() - record.expires_at.value_or(view.judged_at())) +
                  " ago; `cairn dump --expired` shows what is left of it";
        return;
      case RecordState::empty:
        missing = quote(key) + " is void: a counter that was incremented when it had gone";
        return;
      case RecordState::unreadable:
        missing = quote(key) + " is not a record of a known format; `cairn dump` shows its bytes";
        code = ExitCode::damaged;
        return;
    }
  });
  if (missing.empty()) return;
  complain(missing);
  throw Leave{code};
}

void print_value(const RecordInfo& record, Output& output) {
  const bool bytes = record.kind == ValueKind::bytes || record.kind == ValueKind::archive ||
                     record.kind == ValueKind::custom;
  if (!bytes) return output.line(value_text(record));
  if (!output.terminal().interactive) return output.write(record.payload);
  output.line(value_text(record));
}

}  // namespace

void add_get(CLI::App& app) {
  const auto choice = std::make_shared<KeyChoice>();
  const auto json = std::make_shared<bool>(false);
  CLI::App& command = *app.add_subcommand(
      "get", "Print a value: its bytes in a pipe, escaped text (else base64) on a terminal");
  add_choice(command, *choice);
  command.add_flag("--json", *json,
                   "The record as a JSON object, as `dump --format jsonl --values`");
  command.callback([choice, json] {
    Output output;
    with_live_record(*choice, [&](const StoreView&, const RecordInfo& record) {
      if (!*json) return print_value(record, output);
      std::string line;
      append_json_record(line, record, Values::shown);
      output.line(line);
    });
    output.flush();
  });
}

void add_ttl(CLI::App& app) {
  const auto choice = std::make_shared<KeyChoice>();
  CLI::App& command =
      *app.add_subcommand("ttl", "Print how long a key has to live, in seconds, or `never`");
  add_choice(command, *choice);
  command.callback([choice] {
    Output output;
    with_live_record(*choice, [&](const StoreView& view, const RecordInfo& record) {
      if (!record.expires_at) return output.line("never");
      const auto left = (*record.expires_at - view.judged_at()).count();
      output.line(fmt::format("{}.{:03}", left / 1000, left % 1000));
    });
    output.flush();
  });
}

}  // namespace cairn::tool
