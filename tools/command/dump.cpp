// cairn dump and cairn keys.
#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include "command/commands.h"
#include "records/filter.h"
#include "records/json.h"
#include "records/value.h"
#include "records/view.h"
#include "terminal/exit_code.h"
#include "terminal/table.h"
#include "terminal/terminal.h"
#include "terminal/text.h"

namespace cairn::tool {
namespace {

constexpr std::size_t preview_columns = 60;

struct Dump {
  std::string directory;
  Filter filter;
  std::string format = "table";
  bool values = false;
};

constexpr std::string_view none = "-";

void append_time_left(std::string& out, const RecordInfo& record, RecordInfo::Time now) {
  if (record.state == RecordState::unreadable || record.state == RecordState::empty) {
    out += none;
  } else if (!record.expires_at) {
    out += "never";
  } else if (record.state == RecordState::expired) {
    append_duration(out, now - *record.expires_at);
    out += " ago";
  } else {
    append_duration(out, *record.expires_at - now);
  }
}

std::optional<Colour> colour_of(RecordState state) {
  switch (state) {
    case RecordState::live:
      return std::nullopt;
    case RecordState::expired:
      return Colour::yellow;
    case RecordState::empty:
      return Colour::dim;
    case RecordState::unreadable:
      return Colour::red;
  }
  return std::nullopt;
}

void add_key_cells(Row& row, std::string_view final_key) {
  const auto parts = split_key(final_key);
  if (parts) {
    append_escaped(row.text, parts->prefix);
    row.end_cell();
    append_number(row.text, parts->version);
    row.end_cell();
  } else {
    row.add(none);
    row.add(none);
  }
  append_escaped(row.text, parts ? parts->key : final_key);
  row.end_cell();
}

void fill_row(Row& row, const RecordInfo& record, RecordInfo::Time now, bool values) {
  const bool readable = record.state != RecordState::unreadable;
  row.clear();
  append_escaped(row.text, record.family);
  row.end_cell();
  add_key_cells(row, record.key);
  row.add(readable ? kind_name(record.kind) : none);
  row.add(state_name(record.state), colour_of(record.state));
  append_size(row.text, record.stored_size);
  row.end_cell();
  readable ? append_duration(row.text, now - record.written_at) : void(row.text += none);
  row.end_cell();
  append_time_left(row.text, record, now);
  row.end_cell();
  values ? append_value(row.text, record) : append_preview(row.text, record, preview_columns);
  row.end_cell();
}

void dump_table(const StoreView& view, const Dump& dump, Output& output) {
  const RecordInfo::Time now = view.judged_at();
  output.line(paint(output.terminal(), Colour::dim, moment_text(view)));
  Table table(output, {{.title = "ALIAS", .dispensable = 5},
                       {.title = "PREFIX", .dispensable = 3},
                       {.title = "VERSION", .right = true, .dispensable = 4},
                       {.title = "KEY", .flexible = true},
                       {.title = "KIND", .dispensable = 2},
                       {.title = "STATE"},
                       {.title = "SIZE", .right = true, .dispensable = 6},
                       {.title = "AGE", .right = true, .dispensable = 1},
                       {.title = "LEFT", .right = true},
                       {.title = "VALUE", .flexible = true}});
  Row row;
  for_each(view, dump.filter, [&](const RecordInfo& record) {
    fill_row(row, record, now, dump.values);
    table.add(row);
  });
  table.finish();
}

void dump_lines(const StoreView& view, const Dump& dump, Output& output) {
  std::string line;
  for_each(view, dump.filter, [&](const RecordInfo& record) {
    line.clear();
    append_json_record(line, record, dump.values ? Values::shown : Values::left_out);
    line += '\n';
    output.write(line);
  });
}

// What a spreadsheet takes for a formula when a cell begins with it: `=`, `+`, `-`, `@`, and the
// same in the width of CJK characters.  The size of such a character; 0: there is none.
std::size_t formula_sign(std::string_view text) {
  if (text.empty()) return 0;
  if (std::string_view("=+-@").find(text[0]) != std::string_view::npos) return 1;
  for (const std::string_view wide :
       {"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"}) {
    if (text.starts_with(wide)) return wide.size();
  }
  return 0;
}

// The size of the blank that a text begins with; 0: there is none.  Spreadsheets pass over more of
// them than the one of ASCII: what Unicode calls spaces, and what has no width.
std::size_t blank(std::string_view text) {
  if (text.starts_with(' ')) return 1;
  for (const std::string_view each :
       {"\u00a0", "\u00ad", "\u1680", "\u180e", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004",
        "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a", "\u200b", "\u200c", "\u200d",
        "\u2028", "\u2029", "\u202f", "\u205f", "\u2060", "\u3000", "\ufeff"}) {
    if (text.starts_with(each)) return each.size();
  }
  return 0;
}

// Writes such a character as its number, where a cell may begin: at the begin of the field, and
// behind a semicolon, which separates cells where a comma separates decimals; blanks and quotes do
// not count.  It is the escaping that the field has anyway, so it is undone with that.
void defuse_field(std::string& line, std::size_t begin) {
  for (std::size_t at = begin; at < line.size(); ++at) {
    if (at != begin && line[at - 1] != ';') continue;
    for (std::size_t size = 1; size > 0; at += size) {
      size = line[at] == '"' ? 1 : blank(std::string_view(line).substr(at));
    }
    const std::size_t size = formula_sign(std::string_view(line).substr(at));
    if (size == 0) continue;
    // The last byte of the wide ones is 0x80 and the low six bits of their code, which is in ff00.
    const unsigned code = size == 1 ? static_cast<unsigned char>(line[at])
                                    : 0xff00u | (static_cast<unsigned char>(line[at + 2]) & 0x3fu);
    line.replace(at, size,
                 size == 1 ? fmt::format("\\x{:02x}", code) : fmt::format("\\u{{{:x}}}", code));
  }
}

// RFC 4180, in one line a record: control characters come escaped.  What is in `line` from
// `begin` on becomes a field.
void quote_field(std::string& line, std::size_t begin) {
  if (line.find_first_of(",\"", begin) == std::string::npos) return;
  std::string quoted = "\"";
  for (std::size_t at = begin; at < line.size(); ++at) {
    if (line[at] == '"') quoted += '"';
    quoted += line[at];
  }
  line.replace(begin, std::string::npos, quoted + '"');
}

void append_field(std::string& line, std::string_view bytes) {
  const std::size_t begin = line.size();
  append_escaped(line, bytes);
  defuse_field(line, begin);
  quote_field(line, begin);
}

// A number is no formula, and stays one.
bool is_number(const RecordInfo& record) {
  if (record.state == RecordState::unreadable) return false;
  return record.kind == ValueKind::integer ||
         (record.kind == ValueKind::real && std::isfinite(real_in(record.payload)));
}

void append_csv_line(std::string& line, const RecordInfo& record, bool values) {
  const bool readable = record.state != RecordState::unreadable;
  append_field(line, record.family);
  line += ',';
  append_field(line, record.key);
  line += ',';
  if (const auto parts = split_key(record.key)) {
    append_field(line, parts->prefix);
    line += ',';
    append_number(line, parts->version);
  } else {
    line += ',';
  }
  line += ',';
  if (readable) line += kind_name(record.kind);
  (line += ',') += state_name(record.state);
  line += ',';
  append_number(line, record.stored_size);
  line += ',';
  if (readable) append_number(line, record.written_at.time_since_epoch().count());
  line += ',';
  if (readable && record.expires_at) {
    append_number(line, record.expires_at->time_since_epoch().count());
  }
  if (values) {
    line += ',';
    const std::size_t begin = line.size();
    append_value(line, record);
    if (!is_number(record)) defuse_field(line, begin);
    quote_field(line, begin);
  }
  line += '\n';
}

void dump_csv(const StoreView& view, const Dump& dump, Output& output) {
  output.line(std::string("alias,key,prefix,version,kind,state,size,written_at,expires_at") +
              (dump.values ? ",value" : ""));
  std::string line;
  for_each(view, dump.filter, [&](const RecordInfo& record) {
    line.clear();
    append_csv_line(line, record, dump.values);
    output.write(line);
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
