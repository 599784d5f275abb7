// cairn dump and cairn keys.
#include <memory>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include "commands.h"
#include "exit_code.h"
#include "filter.h"
#include "json.h"
#include "table.h"
#include "terminal.h"
#include "text.h"
#include "value.h"
#include "view.h"

namespace cairn::tool {
namespace {

constexpr std::size_t preview_columns = 60;

struct Dump {
  std::string directory;
  Filter filter;
  std::string format = "table";
  bool values = false;
};

std::string time_left(const RecordInfo& record, RecordInfo::Time now) {
  if (record.state == RecordState::unreadable || record.state == RecordState::empty) return "-";
  if (!record.expires_at) return "never";
  if (record.state == RecordState::expired) return duration_text(now - *record.expires_at) + " ago";
  return duration_text(*record.expires_at - now);
}

Table::Cell state_cell(RecordState state) {
  Table::Cell cell{std::string(state_name(state))};
  cell.coloured = state != RecordState::live;
  cell.colour = state == RecordState::unreadable ? Colour::red
                : state == RecordState::expired  ? Colour::yellow
                                                 : Colour::dim;
  return cell;
}

void dump_table(const StoreView& view, const Dump& dump, Output& output) {
  const RecordInfo::Time now = view.judged_at();
  output.line(paint(output.terminal(), Colour::dim, moment_text(view)));
  Table table(output, {{"ALIAS"},
                       {"PREFIX"},
                       {"VERSION", true},
                       {"KEY", false, true},
                       {"KIND"},
                       {"STATE"},
                       {"SIZE", true},
                       {"AGE", true},
                       {"LEFT", true},
                       {"VALUE", false, true}});
  for_each(view, dump.filter, [&](const RecordInfo& record) {
    const bool readable = record.state != RecordState::unreadable;
    const auto parts = split_key(record.key);
    table.add({{escape(record.family)},
               {parts ? escape(parts->prefix) : "-"},
               {parts ? std::to_string(parts->version) : "-"},
               {escape(parts ? parts->key : record.key)},
               {readable ? std::string(kind_name(record.kind)) : "-"},
               state_cell(record.state),
               {size_text(record.stored_size)},
               {readable ? duration_text(now - record.written_at) : "-"},
               {time_left(record, now)},
               {dump.values ? value_text(record) : preview(record, preview_columns)}});
  });
  table.finish();
}

void dump_lines(const StoreView& view, const Dump& dump, Output& output) {
  std::string line;
  for_each(view, dump.filter, [&](const RecordInfo& record) {
    line.clear();
    append_json_record(line, record, dump.values);
    line += '\n';
    output.write(line);
  });
}

// RFC 4180, in one line a record: control characters come escaped.
std::string field(std::string_view bytes) {
  std::string text = escape(bytes);
  if (text.find_first_of(",\"") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string milliseconds_of(RecordInfo::Time time) {
  return std::to_string(time.time_since_epoch().count());
}

void dump_csv(const StoreView& view, const Dump& dump, Output& output) {
  output.line(std::string("alias,key,kind,state,size,written_at,expires_at") +
              (dump.values ? ",value" : ""));
  for_each(view, dump.filter, [&](const RecordInfo& record) {
    const bool readable = record.state != RecordState::unreadable;
    std::string line =
        fmt::format("{},{},{},{},{},{},{}", field(record.family), field(record.key),
                    readable ? kind_name(record.kind) : "", state_name(record.state),
                    record.stored_size, readable ? milliseconds_of(record.written_at) : "",
                    readable && record.expires_at ? milliseconds_of(*record.expires_at) : "");
    if (dump.values) {
      const bool text = readable && record.kind == ValueKind::bytes && is_utf8(record.payload);
      line += ',' + (text ? field(record.payload) : value_text(record));
    }
    output.line(line);
  });
}

void run_dump(const Dump& dump) {
  const StoreView view = open_view(dump.directory);
  dump.filter.families(view);  // complains before anything is written
  Output output;
  if (dump.format == "table") {
    dump_table(view, dump, output);
  } else {
    complain(moment_text(view));
    dump.format == "csv" ? dump_csv(view, dump, output) : dump_lines(view, dump, output);
  }
  output.flush();
}

struct Keys {
  std::string directory;
  Filter filter;
  bool all = false;
  bool null = false;
};

void run_keys(const Keys& keys) {
  const StoreView view = open_view(keys.directory);
  warn_if_behind(view);
  Output output;
  for_each(view, keys.filter, [&](const RecordInfo& record) {
    if (keys.null) {
      output.write(record.key);
      output.write(std::string_view("\0", 1));
    } else {
      output.line(escape(record.key));
    }
  });
  output.flush();
}

}  // namespace

void add_dump(CLI::App& app) {
  const auto dump = std::make_shared<Dump>();
  CLI::App& command = *app.add_subcommand("dump", "Show every record, live or not");
  command.add_option("DIRECTORY", dump->directory, "The store")->required();
  command.add_option("-f,--format", dump->format, "table, jsonl or csv")
      ->check(CLI::IsMember({"table", "jsonl", "csv"}))
      ->capture_default_str();
  command.add_flag("--values", dump->values,
                   "Whole values; binary ones as base64 (JSON: value_base64)");
  dump->filter.add_options(command);
  command.callback([dump] { run_dump(*dump); });
}

void add_keys(CLI::App& app) {
  const auto keys = std::make_shared<Keys>();
  CLI::App& command = *app.add_subcommand("keys", "List the final keys of live records");
  command.add_option("DIRECTORY", keys->directory, "The store")->required();
  command.add_flag("--all", keys->all, "Expired, void and unreadable ones too");
  command.add_flag("-0,--null", keys->null, "End keys with a NUL and do not escape them");
  keys->filter.add_options(command);
  command.callback([keys] {
    keys->filter.live_only = !keys->all && !keys->filter.expired;
    run_keys(*keys);
  });
}

}  // namespace cairn::tool
