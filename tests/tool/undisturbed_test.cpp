// Looking never disturbs: not the files, not the owner, whatever state the store is in.
#include <sys/stat.h>

#include <chrono>
#include <optional>

#include "tool.h"

namespace cairn::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::vector<std::vector<std::string>> looks = {
    {"dump"},        {"dump", "--format", "jsonl", "--values"},
    {"keys"},        {"get", "text"},
    {"ttl", "text"}, {"stats"},
    {"check"},       {"watch", "-c", "1"}};

// Every command, on a store that nobody writes meanwhile.
void look_at(const std::filesystem::path& store, ToolOptions options = {}) {
  const auto before = contents(store);
  const ChangeWatch watch(store);
  for (const auto& look : looks) {
    std::vector<std::string> arguments = look;
    arguments.insert(arguments.begin() + 1, store.native());
    const ToolResult result = run_tool(arguments, options);
    EXPECT_EQ(result.status, 0) << look[0] << ": " << result.errors;
    EXPECT_THAT(watch.changes(), IsEmpty()) << look[0];
  }
  EXPECT_TRUE(before == contents(store));
}

TEST(Looking, LeavesAClosedStoreAsItIs) {
  const TempDirectory directory;
  run_child("fill", directory / "store");
  look_at(directory / "store");
}

TEST(Looking, NeedsNoPermissionToWrite) {
  const TempDirectory directory;
  run_child("fill", directory / "store");
  ASSERT_EQ(::chmod((directory / "store").c_str(), 0500), 0);
  ToolOptions options;
  options.read_only = true;
  look_at(directory / "store", options);
  ASSERT_EQ(::chmod((directory / "store").c_str(), 0700), 0);
}

TEST(Looking, SeesWhatALiveOwnerHasLogged) {
  const TempDirectory directory;
  const std::filesystem::path store = directory / "store";
  Process owner({CAIRN_TOOL_CHILD, "leave", store});
  ASSERT_EQ(owner.line(), "ready");
  // It syncs once a second: what is changed while it stands still is changed by who looks.
  ASSERT_EQ(::kill(owner.pid(), SIGSTOP), 0);
  ASSERT_EQ(::waitpid(owner.pid(), nullptr, WUNTRACED), owner.pid());
  look_at(store);
  ASSERT_EQ(::kill(owner.pid(), SIGCONT), 0);
  EXPECT_EQ(run_tool({"get", store, "late"}).output, "in the log");
  EXPECT_EQ(run_tool({"get", store, "counter"}).output, "100\n");
  const std::string pid = std::to_string(owner.pid());
  EXPECT_THAT(run_tool({"dump", store}).output,
              HasSubstr("process " + pid + " has it open; what it writes from then on"));
  EXPECT_EQ(run_tool({"get", store, "text"}).errors, "");
}

TEST(Looking, SaysThatAnOwnerWithoutALogMayBeAhead) {
  const TempDirectory directory;
  const std::filesystem::path store = directory / "store";
  Process owner({CAIRN_TOOL_CHILD, "unlogged", store});
  ASSERT_EQ(owner.line(), "ready");
  const std::string warning =
      "process " + std::to_string(owner.pid()) + " has it open and may be ahead";
  EXPECT_THAT(run_tool({"stats", store}).output, HasSubstr(warning));
  EXPECT_THAT(run_tool({"keys", store}).errors, HasSubstr(warning));
}

TEST(Looking, DoesNotGuessWhetherAnOwnerKeepsALog) {
  for (const char* errand : {"unlogged", "leave"}) {
    const TempDirectory directory;
    const std::filesystem::path store = directory / "store";
    Process owner({CAIRN_TOOL_CHILD, errand, store});
    ASSERT_EQ(owner.line(), "ready");
    ASSERT_EQ(::chmod((store / "CAIRN.lock").c_str(), 0), 0);
    ToolOptions options;
    options.read_only = true;  // and not read what the mode forbids
    const std::string process = "process " + std::to_string(owner.pid()) + " has it open; whether";
    for (const char* look : {"dump", "stats", "check"}) {
      EXPECT_THAT(run_tool({look, store}, options).output, HasSubstr(process)) << look;
    }
    EXPECT_THAT(run_tool({"get", store, "text"}, options).errors, HasSubstr("is unknown"));
    EXPECT_THAT(run_tool({"stats", store, "--json"}, options).output,
                HasSubstr("\"owner_may_be_ahead\": null"));
  }
}

// Where a process cannot be seen from, and whether the lock file can be read there.
struct Place {
  const char* name;
  ToolOptions options;
};
const Place places[] = {{"another pid namespace", {.own_processes = true}},
                        {"no /proc", {.no_proc = true}},
                        {"neither", {.own_processes = true, .no_proc = true}},
                        {"another one's /proc", {.own_processes = true, .foreign_proc = true}}};

bool possible(const ToolResult& result) {
  if (result.status != ToolResult::may_not_mount) return true;
  // Where tests are run for others, it must be possible.
  EXPECT_EQ(std::getenv("CI"), nullptr) << "no namespaces are allowed";
  return false;
}

TEST(Looking, SaysThatAnOwnerIsUnknownWhereItCannotBeSeen) {
  const TempDirectory directory;
  const std::filesystem::path store = directory / "store";
  std::optional<Process> owner(std::in_place,
                               std::vector<std::string>{CAIRN_TOOL_CHILD, "leave", store});
  ASSERT_EQ(owner->line(), "ready");
  for (const Place& place : places) {
    SCOPED_TRACE(place.name);
    const ToolOptions& options = place.options;
    const ToolResult json = run_tool({"stats", store, "--json"}, options);
    if (!possible(json)) GTEST_SKIP() << "no namespaces are allowed";
    EXPECT_THAT(json.output, HasSubstr("\"has_owner\": true")) << json.errors;
    EXPECT_THAT(json.output, HasSubstr("\"owner\": null"));
    EXPECT_THAT(json.output, HasSubstr("\"owner_may_be_ahead\": false"));
    for (const char* look : {"dump", "stats", "check"}) {
      const std::string output = run_tool({look, store}, options).output;
      EXPECT_THAT(output, HasSubstr("a process has it open, which one is unknown")) << look;
      EXPECT_THAT(output, Not(HasSubstr("no process"))) << look;
    }
  }
  ToolOptions elsewhere;
  elsewhere.own_processes = true;
  const ToolResult write = run_tool({"set", store, "key", "value"}, elsewhere);
  EXPECT_EQ(write.status, 3);
  EXPECT_THAT(write.errors, HasSubstr("of another pid namespace"));
  owner.reset();
  for (const Place& place : places) {
    const ToolOptions& options = place.options;
    EXPECT_THAT(run_tool({"stats", store}, options).output, HasSubstr("no process has it open"))
        << place.name;
  }
}

TEST(Looking, SaysUnknownWhereNeitherTheLockFileNorProcTells) {
  const TempDirectory directory;
  const std::filesystem::path store = directory / "store";
  run_child("fill", store);
  ASSERT_EQ(::chmod((store / "CAIRN.lock").c_str(), 0), 0);
  for (const Place& place : places) {
    SCOPED_TRACE(place.name);
    ToolOptions options = place.options;
    options.read_only = true;  // and not read what the mode forbids
    const ToolResult json = run_tool({"stats", store, "--json"}, options);
    if (!possible(json)) GTEST_SKIP() << "no namespaces are allowed";
    for (const char* member : {"has_owner", "owner", "owner_may_be_ahead"}) {
      EXPECT_THAT(json.output, HasSubstr('"' + std::string(member) + "\": null")) << json.errors;
    }
    const std::string output = run_tool({"dump", store}, options).output;
    EXPECT_THAT(output, HasSubstr("whether a process has it open is unknown"));
  }
}

TEST(Looking, WorksOnAFileSystemThatIsMountedReadOnly) {
  const TempDirectory directory;
  const std::filesystem::path store = directory / "store";
  run_child("fill", store);
  ToolOptions options;
  options.mounted_read_only = store.c_str();
  const ToolResult write = run_tool({"set", store, "key", "value"}, options);
  if (write.status == ToolResult::may_not_mount) {
    // NeedsNoPermissionToWrite has shown what can be shown here; where tests are run for others,
    // it must be possible.
    const std::string why = "neither a mount namespace of its own nor one of a new user is allowed";
    ASSERT_EQ(std::getenv("CI"), nullptr) << why;
    GTEST_SKIP() << why;
  }
  EXPECT_EQ(write.status, 3) << "control: it is read-only";
  EXPECT_THAT(write.errors, HasSubstr("Read-only file system"));
  look_at(store, options);
}

TEST(Looking, SeesWhatAKilledOwnerLeft) {
  const TempDirectory directory;
  const std::filesystem::path store = directory / "store";
  Process owner({CAIRN_TOOL_CHILD, "leave", store});
  ASSERT_EQ(owner.line(), "ready");
  owner.kill();
  look_at(store);
  EXPECT_EQ(run_tool({"get", store, "late"}).output, "in the log");
  EXPECT_THAT(run_tool({"stats", store}).output, HasSubstr("no process has it open"));
}

TEST(Looking, KeepsNobodyFromOpening) {
  const TempDirectory directory;
  const std::filesystem::path store = directory / "store";
  run_child("fill", store);
  Process watch({CAIRN_TOOL_PATH, "watch", store, "--interval", "100ms"});
  for (int i = 0; i < 5; ++i) {
    EXPECT_NE(watch.line(), "");
    EXPECT_NO_THROW(run_child("empty", store));
  }
}

// All that was there before the tool was started is shown, though files come and go meanwhile.
TEST(Looking, IsCompleteWhileTheOwnerFlushesAndCompacts) {
  const TempDirectory directory;
  const std::filesystem::path store = directory / "store";
  Process owner({CAIRN_TOOL_CHILD, "load", store});
  std::int64_t written = 0;
  for (int round = 0; round < 20; ++round) {
    const std::int64_t wanted = 2000 * (round + 1);
    while (written < wanted) {
      const std::string line = owner.line();
      ASSERT_NE(line, "") << "the owner ended";
      written = std::stoll(line);
    }
    const ToolResult keys = run_tool({"keys", store, "--match", ":1:key-*"});
    ASSERT_EQ(keys.status, 0) << keys.errors;
    if (round % 4 == 0) {
      const ToolResult check = run_tool({"check", store});
      ASSERT_EQ(check.status, 0) << check.output << check.errors;
    }
    std::vector<bool> seen(static_cast<std::size_t>(written));
    for (const std::string& key : lines_of(keys.output)) {
      const auto number = static_cast<std::size_t>(std::stoll(key.substr(7)));
      if (number < seen.size()) seen[number] = true;
    }
    ASSERT_EQ(std::count(seen.begin(), seen.end(), false), 0) << "of " << written;
  }
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(run_tool({"get", store, "key-0"}).status, 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(1));
}

TEST(Looking, IsCompleteOrFailsWhereFewFilesMayBeOpen) {
  const TempDirectory directory;
  const std::filesystem::path store = directory / "store";
  run_child("tables", store);
  int complete = 0;
  int refused = 0;
  for (const rlim_t limit : {8, 16, 24, 40, 64, 72, 100, 140, 300}) {
    ToolOptions options;
    options.files = limit;
    const ToolResult keys = run_tool({"keys", store}, options);
    if (keys.status == 0) {
      EXPECT_EQ(lines_of(keys.output).size(), 1200u) << "with " << limit;
      ++complete;
    } else {
      EXPECT_THAT(keys.errors, testing::StartsWith("cairn: ")) << "with " << limit;
      ++refused;
    }
  }
  EXPECT_GT(complete, 0);
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace cairn::test
