// What `dump --format csv` gives to a spreadsheet: no formula, and nothing that cannot be undone.
#include <cairn/caches.h>
#include <cairn/transfer.h>

#include <limits>

#include "tool.h"

namespace cairn::test {
namespace {

// The cells of a line, by RFC 4180.
std::vector<std::string> cells_of(const std::string& line, char separator = ',') {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (quoted && line[at] == '"' && at + 1 < line.size() && line[at + 1] == '"') {
      cells.back() += line[at++];
    } else if (line[at] == '"') {
      quoted = !quoted;
    } else if (line[at] == separator && !quoted) {
      cells.emplace_back();
    } else {
      cells.back() += line[at];
    }
  }
  return cells;
}

// The rule of docs/tool.md.
std::string undone(const std::string& cell) {
  std::string bytes;
  for (std::size_t at = 0; at < cell.size(); ++at) {
    if (cell[at] != '\\') {
      bytes += cell[at];
      continue;
    }
    switch (cell[++at]) {
      case 'n':
        bytes += '\n';
        break;
      case 't':
        bytes += '\t';
        break;
      case 'r':
        bytes += '\r';
        break;
      case 'x':
        bytes += static_cast<char>(std::stoi(cell.substr(at + 1, 2), nullptr, 16));
        at += 2;
        break;
      case 'u': {
        const std::size_t end = cell.find('}', at);
        const int code = std::stoi(cell.substr(at + 2, end - at - 2), nullptr, 16);
        EXPECT_GE(code, 0x800);
        EXPECT_LT(code, 0x10000);
        bytes += {static_cast<char>(0xe0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 63)),
                  static_cast<char>(0x80 | (code & 63))};
        at = end;
        break;
      }
      default:
        bytes += cell[at];
    }
  }
  return bytes;
}

constexpr std::string_view blanks[] = {" ",      "\t",     "\r",     "\n",     "\u00a0", "\u1680",
                                       "\u2000", "\u2003", "\u2009", "\u200a", "\u200b", "\u2028",
                                       "\u202f", "\u205f", "\u2060", "\u3000", "\ufeff"};

bool looks_like_a_formula(std::string cell) {
  for (bool blank = true; blank;) {
    blank = false;
    for (const std::string_view each : blanks) {
      if (!cell.starts_with(each)) continue;
      cell.erase(0, each.size());
      blank = true;
    }
  }
  if (cell.empty()) return false;
  if (cell[0] == '=' || cell[0] == '+' || cell[0] == '-' || cell[0] == '@') return true;
  for (const char* wide : {"\uff1d", "\uff0b", "\uff0d", "\uff20"}) {
    if (cell.starts_with(wide)) return true;
  }
  return false;
}

const std::vector<std::string> texts = {
    "=1+1",     "+1",         "-1",         "@SUM(1)",  "=cmd|' /C calc'!A0",
    "  =1",     "\t=1",       "\r=1",       "\n=1",     "'=1",
    "\"=1",     "a;=1",       "a; +1",      ";;-1",     "\uff1d1",
    "\uff0b1",  "\uff0d1",    "a;\uff20x",  "a=b",      "x-y@z",
    "\\x3d",    "a,=1",       "=\"x\",1",   "",         "=",
    "\u00a0=1", " \u00a0 +1", "a;\u3000-1", "\ufeff@x", "\u2003\u200b\uff1d1",
    "\u00a0",   "x;\"=1+1;y", "a; \"\" +1"};

TEST(Csv, HasNoFormulaAndCanBeUndone) {
  const TempDirectory directory;
  {
    StoreWriter writer(directory / "store");
    for (const std::string& text : texts) {
      RawRecord record;
      record.key = text;
      record.kind = ValueKind::bytes;
      record.payload = text;
      writer.write(record);
    }
    writer.close();
  }
  const ToolResult dump = run_tool({"dump", directory / "store", "--format", "csv", "--values"});
  ASSERT_EQ(dump.status, 0) << dump.errors;
  const std::vector<std::string> lines = lines_of(dump.output);
  ASSERT_EQ(lines.size(), texts.size() + 1);
  std::vector<std::string> keys;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    for (const char separator : {',', ';'}) {
      for (const std::string& cell : cells_of(lines[i], separator)) {
        EXPECT_FALSE(looks_like_a_formula(cell)) << cell << " in " << lines[i];
      }
    }
    const std::vector<std::string> cells = cells_of(lines[i]);
    ASSERT_EQ(cells.size(), 10u) << lines[i];
    EXPECT_EQ(undone(cells[1]), undone(cells[9])) << lines[i];
    keys.push_back(undone(cells[1]));
  }
  EXPECT_THAT(keys, testing::UnorderedElementsAreArray(texts));
}

TEST(Csv, DefusesEveryColumnOfText) {
  const TempDirectory directory;
  {
    StoreWriter writer(directory / "store");
    RawRecord record;
    record.family = "-alias";
    record.key = "=prefix:-5:@key";
    record.kind = ValueKind::bytes;
    record.payload = "\xfb\xf0\x80";  // in base64 it begins with a plus
    writer.write(record);
    writer.close();
  }
  const ToolResult dump = run_tool({"dump", directory / "store", "-f", "csv", "--values"});
  const std::vector<std::string> cells = cells_of(lines_of(dump.output).at(1));
  ASSERT_EQ(cells.size(), 10u);
  EXPECT_EQ(cells[0], "\\x2dalias");
  EXPECT_EQ(cells[1], "\\x3dprefix:-5:@key");
  EXPECT_EQ(cells[2], "\\x3dprefix");
  EXPECT_EQ(cells[3], "-5") << "a number is no formula";
  EXPECT_EQ(cells[9], "\\x2b/CA");
}

TEST(Csv, LeavesNumbersAsTheyAre) {
  const TempDirectory directory;
  {
    Cache cache = Cache::open(directory / "store");
    cache.set("a", std::int64_t{-7});
    cache.set("b", -1.5);
    cache.set("c", -std::numeric_limits<double>::infinity());
  }
  const auto lines =
      lines_of(run_tool({"dump", directory / "store", "-f", "csv", "--values"}).output);
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(cells_of(lines[1])[9], "-7");
  EXPECT_EQ(cells_of(lines[2])[9], "-1.5");
  EXPECT_EQ(cells_of(lines[3])[9], "\\x2dinf") << "a formula of the name inf";
}

}  // namespace
}  // namespace cairn::test
