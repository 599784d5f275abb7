// The commands that look: what they say, of stores that are as they should be.
#include <nlohmann/json.hpp>

#include <utility>

#include "tool.h"

namespace cairn::test {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

class Tool : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    directory_ = new TempDirectory;
    run_child("fill", store());
  }
  static void TearDownTestSuite() {
    delete directory_;
    directory_ = nullptr;
  }
  static std::string store() { return directory_->path() / "store"; }

  static ToolResult tool(const std::string& command, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {command, store()});
    return run_tool(more);
  }
  static std::map<std::string, Json> records(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"--format", "jsonl", "--values"});
    const ToolResult result = tool("dump", more);
    EXPECT_EQ(result.status, 0) << result.errors;
    std::map<std::string, Json> records;
    for (const std::string& line : lines_of(result.output)) {
      const Json record = Json::parse(line);
      records[record.at("key")] = record;
    }
    return records;
  }
  static std::size_t count(std::vector<std::string> filter) {
    return records(std::move(filter)).size();
  }

 private:
  static inline TempDirectory* directory_ = nullptr;
};

TEST_F(Tool, DumpsEveryRecordAsJson) {
  const auto all = records();
  EXPECT_EQ(all.size(), 16u);
  EXPECT_EQ(all.at(":1:text")["value"], "a value");
  EXPECT_EQ(all.at(":1:text")["kind"], "bytes");
  EXPECT_EQ(all.at(":1:text")["alias"], "default");
  EXPECT_EQ(all.at(":1:text")["expires_at"].get<std::int64_t>() -
                all.at(":1:text")["written_at"].get<std::int64_t>(),
            3'600'000);
  EXPECT_EQ(all.at(":1:forever")["expires_at"], nullptr);
  EXPECT_EQ(all.at(":1:integer")["value"], 42);
  EXPECT_EQ(all.at(":1:negative")["value"], -7);
  EXPECT_EQ(all.at(":1:real")["value"], 1.5);
  EXPECT_EQ(all.at(":1:truth")["value"], true);
  EXPECT_EQ(all.at(":1:nothing")["value"], nullptr);
  EXPECT_EQ(all.at(":1:nothing")["kind"], "null");
  EXPECT_EQ(all.at(":1:binary")["value_base64"], "/wCA");
  EXPECT_EQ(all.at(":1:control")["value"], "\x1b[2Jred\x07\n\xc2\x9b");
  EXPECT_EQ(all.at(":1:größe")["value"], "Straße");
  EXPECT_EQ(all.at(":1:old")["state"], "expired");
  EXPECT_EQ(all.at(":1:counter")["value"], 100) << "increments are folded";
  EXPECT_EQ(all.at(":2:second version")["value"], 2);
  EXPECT_EQ(all.at("app:1:home")["alias"], "pages");
  EXPECT_EQ(all.at("app:1:home")["prefix"], "app");
  EXPECT_EQ(all.at("app:1:home")["version"], 1);
  EXPECT_EQ(all.at(":2:second version")["prefix"], "");
  EXPECT_EQ(all.at(":2:second version")["version"], 2);
}

TEST_F(Tool, DumpsATable) {
  const ToolResult result = tool("dump");
  EXPECT_EQ(result.status, 0);
  const auto lines = lines_of(result.output);
  ASSERT_EQ(lines.size(), 18u);
  EXPECT_THAT(lines[0], StartsWith("as of 20"));
  EXPECT_THAT(lines[0], HasSubstr("UTC; no process has it open"));
  EXPECT_THAT(lines[1], StartsWith("ALIAS    PREFIX  VERSION  KEY"));
  EXPECT_THAT(result.output, HasSubstr("größe"));
  EXPECT_THAT(result.output, HasSubstr("binary: ff 00 80"));
  EXPECT_THAT(result.output, Not(HasSubstr("\x1b")));
}

TEST_F(Tool, DumpsAsCsv) {
  const auto lines = lines_of(tool("dump", {"--format", "csv", "--values"}).output);
  ASSERT_EQ(lines.size(), 17u);
  EXPECT_EQ(lines[0], "alias,key,prefix,version,kind,state,size,written_at,expires_at,value");
  EXPECT_THAT(lines, testing::Contains(StartsWith("default,:1:integer,,1,integer,live,34,")));
  EXPECT_THAT(lines, testing::Contains(StartsWith("pages,app:1:home,app,1,bytes,live,32,")));
}

TEST_F(Tool, LetsNothingControlTheTerminal) {
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"dump"},
                                             {"dump", "--values"},
                                             {"dump", "--format", "csv", "--values"},
                                             {"dump", "--format", "jsonl", "--values"},
                                             {"keys"},
                                             {"stats", "--largest", "100"},
                                             {"stats", "--json", "--largest", "100"},
                                             {"get", "--json", "control"}}) {
    std::vector<std::string> arguments = command;
    arguments.insert(arguments.begin() + 1, store());
    const ToolResult result = run_tool(arguments);
    EXPECT_EQ(result.status, 0);
    for (const char c : result.output) {
      const auto byte = static_cast<unsigned char>(c);
      ASSERT_TRUE(byte == '\n' || (byte >= 0x20 && byte != 0x7f)) << command[0];
    }
    ASSERT_THAT(result.output, Not(HasSubstr("\xc2\x9b"))) << command[0];
  }
  const ToolResult wrong = run_tool({"get", store(), "\x1b]0;x\x07"});
  EXPECT_EQ(wrong.status, 1);
  EXPECT_THAT(wrong.errors, Not(HasSubstr("\x1b")));
  EXPECT_THAT(run_tool({"\x1b[2J"}).errors, Not(HasSubstr("\x1b")));
}

TEST_F(Tool, Filters) {
  EXPECT_EQ(count({"--alias", "pages"}), 1u);
  EXPECT_EQ(count({"--alias", "pages", "--alias", "default"}), 16u);
  EXPECT_EQ(count({"--prefix", ":2:"}), 1u);
  EXPECT_EQ(count({"--match", "*:t[e-r]*t?"}), 1u) << "truth";
  EXPECT_EQ(count({"--match", "*:t[e-r]*"}), 2u) << "text and truth";
  EXPECT_EQ(count({"--match", "*:t[!e]*"}), 1u);
  EXPECT_EQ(count({"--kind", "real", "--kind", "boolean"}), 2u);
  EXPECT_EQ(count({"--expired"}), 1u);
  EXPECT_EQ(count({"--larger-than", "4K"}), 1u);
  EXPECT_EQ(count({"--expiring-within", "59m"}), 12u) << "with the default timeout, 300 s";
  EXPECT_EQ(count({"--expiring-within", "1d"}), 13u);
  EXPECT_EQ(count({"--limit", "3"}), 3u);
  EXPECT_EQ(count({"--limit", "0"}), 0u);
}

TEST_F(Tool, ListsKeys) {
  const ToolResult live = tool("keys");
  EXPECT_THAT(lines_of(live.output), SizeIs(15));
  EXPECT_THAT(live.output, HasSubstr(":1:key\\x1b]0;title\\x07\n"));
  EXPECT_THAT(live.output, Not(HasSubstr("old")));
  EXPECT_EQ(live.errors, "");
  EXPECT_THAT(lines_of(tool("keys", {"--all"}).output), SizeIs(16));
  EXPECT_EQ(tool("keys", {"-0", "--alias", "pages"}).output, std::string("app:1:home\0", 11));
}

TEST_F(Tool, GetsAValue) {
  EXPECT_EQ(tool("get", {"text"}).output, "a value");
  EXPECT_EQ(tool("get", {"binary"}).output, std::string("\xff\0\x80", 3)) << "bytes, in a pipe";
  EXPECT_EQ(tool("get", {"integer"}).output, "42\n");
  EXPECT_EQ(tool("get", {"nothing"}).output, "null\n");
  EXPECT_EQ(tool("get", {"--version", "2", "second version"}).output, "2\n");
  EXPECT_EQ(tool("get", {"--raw", ":2:second version"}).output, "2\n");
  EXPECT_EQ(tool("get", {"--alias", "pages", "--key-prefix", "app", "home"}).output, "<html>");
  EXPECT_EQ(Json::parse(tool("get", {"--json", "real"}).output)["value"], 1.5);
}

TEST_F(Tool, SaysWhyThereIsNoValue) {
  const ToolResult missing = tool("get", {"absent"});
  EXPECT_EQ(missing.status, 1);
  EXPECT_EQ(missing.output, "");
  EXPECT_EQ(missing.errors,
            "cairn: there is no ':1:absent' in 'default'; `cairn keys` lists what there is\n");
  const ToolResult old = tool("get", {"old"});
  EXPECT_EQ(old.status, 1);
  EXPECT_THAT(old.errors, StartsWith("cairn: ':1:old' expired "));
  EXPECT_EQ(tool("ttl", {"absent"}).status, 1);
  EXPECT_EQ(tool("get", {"--alias", "none", "text"}).status, 2);
  EXPECT_EQ(tool("get", {"--raw", "--version", "2", "text"}).status, 2);
}

TEST_F(Tool, SaysHowLongAKeyLives) {
  const double left = std::stod(tool("ttl", {"text"}).output);
  EXPECT_GT(left, 3000);
  EXPECT_LE(left, 3600);
  EXPECT_EQ(tool("ttl", {"forever"}).output, "never\n");
}

TEST_F(Tool, CountsInJson) {
  const Json stats = Json::parse(tool("stats", {"--json"}).output);
  EXPECT_EQ(stats["format"], 1);
  EXPECT_EQ(stats["has_owner"], false);
  EXPECT_EQ(stats["owner"], nullptr);
  ASSERT_THAT(stats["aliases"], SizeIs(2));
  const Json& family = stats["aliases"][0];
  EXPECT_EQ(family["alias"], "default");
  EXPECT_EQ(family["live"], 14);
  EXPECT_EQ(family["expired"], 1);
  EXPECT_EQ(family["never_expires"], 2);
  EXPECT_EQ(family["counters"], 5);
  EXPECT_EQ(family["largest"][0]["key"], ":1:large");
  std::uint64_t by_size = 0;
  for (const Json& each : family["sizes_by_power_of_two"]) by_size += each.get<std::uint64_t>();
  EXPECT_EQ(by_size, 14u);
  EXPECT_EQ(family["tables"]["unknown"], 0);
}

TEST_F(Tool, ADirectoryAloneIsItsStats) {
  const ToolResult stats = run_tool({store()});
  EXPECT_EQ(stats.status, 0);
  for (const char* text : {"14 live, 1 expired, 0 void; 5 counters", "sizes of live records",
                           "time to expiry of live records", "<= 1 h", "#####", "largest",
                           "RocksDB", "no process has it open", "pages"}) {
    EXPECT_THAT(stats.output, HasSubstr(text));
  }
}

TEST_F(Tool, WatchesAsOftenAsItIsTold) {
  const ToolResult watch = tool("watch", {"--interval", "100ms", "--count", "2"});
  EXPECT_EQ(watch.status, 0);
  EXPECT_EQ(std::count(watch.output.begin(), watch.output.end(), '\n') % 2, 1) << "a line between";
  EXPECT_EQ(tool("watch", {"--interval", "soon"}).status, 2);
}

TEST_F(Tool, ChecksASoundStore) {
  const ToolResult check = tool("check");
  EXPECT_EQ(check.status, 0) << check.errors;
  EXPECT_THAT(check.output, HasSubstr("sound: 16 records read, 5 of them counters"));
}

TEST_F(Tool, RefusesACommandLineWithoutSense) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"dmup"},
                                             {"dump"},
                                             {"dump", store(), "--no-such-option"},
                                             {"dump", store(), "--format", "xml"},
                                             {"dump", store(), "--larger-than", "big"},
                                             {"dump", store(), "--larger-than", "1X"},
                                             {"dump", store(), "--expiring-within", "-3s"},
                                             {"dump", store(), "--alias", "none"},
                                             {"get", store()}}) {
    const ToolResult result = run_tool(arguments);
    EXPECT_EQ(result.status, 2) << testing::PrintToString(arguments);
    EXPECT_EQ(result.output, "");
    EXPECT_THAT(result.errors, StartsWith("cairn: "));
    EXPECT_THAT(lines_of(result.errors), SizeIs(1)) << result.errors;
  }
}

TEST_F(Tool, HelpsAndSaysItsVersion) {
  const ToolResult help = run_tool({"--help"});
  EXPECT_EQ(help.status, 0);
  for (const char* text : {"dump", "get", "keys", "ttl", "stats", "watch", "check", "Exit codes"}) {
    EXPECT_THAT(help.output, HasSubstr(text));
  }
  EXPECT_THAT(run_tool({"dump", "--help"}).output, HasSubstr("--expiring-within DURATION"));
  EXPECT_THAT(run_tool({"--version"}).output, StartsWith("cairn "));
}

TEST_F(Tool, EndsQuietlyWhenNobodyReads) {
  ToolOptions options;
  options.closed_pipe = true;
  const ToolResult result = run_tool({"dump", store()}, options);
  EXPECT_EQ(result.status, 128 + SIGPIPE);
  EXPECT_EQ(result.errors, "");
}

TEST_F(Tool, SaysThatItsOutputIsLost) {
  ToolOptions options;
  options.output = "/dev/full";
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"dump", store()}, {"--help"}, {"--version"}, {"dump", "--help"}}) {
    const ToolResult result = run_tool(arguments, options);
    EXPECT_EQ(result.status, 3) << testing::PrintToString(arguments);
    EXPECT_THAT(result.errors, HasSubstr("No space left"));
  }
}

}  // namespace
}  // namespace cairn::test
