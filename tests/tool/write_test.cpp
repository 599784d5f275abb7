// The commands that change a store: the real binary on real stores.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/inotify.h>

#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include <cairn/caches.h>
#include "support/process.h"
#include "tool/shell.h"
#include "tool/terminal_process.h"

namespace cairn::test {
namespace {

using testing::HasSubstr;

using ToolWrite = ToolStore;

// ---- one key ----

TEST_F(ToolWrite, SetStoresEveryKindAsAProgramWould) {
  Cache::open(store());
  EXPECT_EQ(shell("cairn set " + at() + " text 'a value' --timeout never").output, "");
  EXPECT_EQ(shell("cairn set " + at() + " int --int -- -5").status, 0);
  EXPECT_EQ(shell("cairn set " + at() + " double 2.5 --double").status, 0);
  EXPECT_EQ(shell("cairn set " + at() + " bool true --bool").status, 0);
  EXPECT_EQ(shell("cairn set " + at() + " null --null").status, 0);
  EXPECT_EQ(shell("printf 'a\\0b\\n' | cairn set " + at() + " input").status, 0);
  EXPECT_EQ(shell("echo 7 | cairn set " + at() + " piped --int").status, 0);
  EXPECT_EQ(shell("cairn set " + at() + " k v --key-prefix app --version 3").status, 0);
  EXPECT_EQ(shell("cairn set " + at() + " raw:key v --raw").status, 0);
  EXPECT_EQ(shell("cairn set " + at() + " k v --alias fresh").status, 0);
  const Cache cache = Cache::open(store());
  EXPECT_EQ(cache.get("text"), "a value");
  EXPECT_EQ(cache.ttl("text"), never);
  EXPECT_EQ(cache.get<int>("int"), -5);
  EXPECT_EQ(cache.get<double>("double"), 2.5);
  EXPECT_EQ(cache.get<bool>("bool"), true);
  EXPECT_TRUE(cache.get<std::nullptr_t>("null"));
  EXPECT_EQ(cache.get("input"), std::string("a\0b\n", 4));
  EXPECT_EQ(cache.get<int>("piped"), 7);
  EXPECT_LE(cache.ttl("piped")->duration(), 5min);
  const Cache prefixed = Cache::open(store(), {.key_prefix = "app", .version = 3});
  EXPECT_EQ(prefixed.get("k"), "v");
  EXPECT_THAT(cache.stats().column_family, "default");
  EXPECT_EQ(Cache::open(store(), {.column_family = "fresh"}).get("k"), "v");
}

// What cannot be read is not an empty value.
TEST_F(ToolWrite, SetThatCannotReadItsInputStoresNothing) {
  {
    Cache cache = Cache::open(store());
    cache.set("k", "before");
  }
  Result result = shell("cairn set " + at() + " k </");
  EXPECT_EQ(result.status, 3);
  EXPECT_EQ(result.output, "cairn: read 'standard input': Is a directory\n");
  result = shell("cairn set " + at() + " k <&-");
  EXPECT_EQ(result.status, 3);
  EXPECT_EQ(result.output, "cairn: read 'standard input': Bad file descriptor\n");
  EXPECT_EQ(shell("cairn set " + at() + " none </dev/null").status, 0);
  EXPECT_EQ(shell("head -c 200000 /dev/zero | cairn set " + at() + " long").status, 0);
  const Cache cache = Cache::open(store());
  EXPECT_EQ(cache.get("k"), "before");
  EXPECT_EQ(cache.get("none"), "");
  EXPECT_EQ(cache.get("long"), std::string(200'000, '\0'));
}

TEST_F(ToolWrite, AnEmptyNameIsNotTheDefault) {
  Cache::open(store());
  Result result = shell("cairn set " + at() + " k v --alias ''");
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.output, HasSubstr("'' is not an alias"));
  result = shell("cairn export " + at() + " --output ''");
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.output, HasSubstr("'' is not a file"));
  EXPECT_EQ(exported(), "");
}

TEST_F(ToolWrite, SetRefusesWhatMakesNoSense) {
  Cache::open(store());
  for (const char* arguments :
       {"k five --int", "k 99999999999999999999 --int", "k maybe --bool", "k x --double",
        "k v --null", "k 1 --int --double", "k v --timeout soon", "k v --alias a/b"}) {
    const Result result = shell("cairn set " + at() + " " + arguments);
    EXPECT_EQ(result.status, arguments == std::string("k v --alias a/b") ? 3 : 2) << arguments;
    EXPECT_EQ(lines(result.output), 1) << result.output;
  }
  EXPECT_EQ(exported(), "");
}

TEST_F(ToolWrite, NoCommandButLoadMakesAStore) {
  for (const char* command : {"set", "touch", "erase", "checkpoint"}) {
    EXPECT_EQ(shell("cairn " + std::string(command) + " " + at() + " k </dev/null").status, 3)
        << command;
  }
  for (const char* command : {"expire", "compact", "clear --yes"}) {
    EXPECT_EQ(shell("cairn " + std::string(command) + " " + at()).status, 3) << command;
  }
  EXPECT_FALSE(fs::exists(store()));
}

TEST_F(ToolWrite, TouchAndEraseSayWhetherThereWasAnything) {
  Cache::open(store()).set("k", "v");
  EXPECT_EQ(shell("cairn touch " + at() + " k --timeout never").status, 0);
  EXPECT_EQ(Cache::open(store()).ttl("k"), never);
  EXPECT_EQ(shell("cairn erase " + at() + " k").status, 0);
  for (const char* command : {"touch", "erase"}) {
    const Result result = shell("cairn " + std::string(command) + " " + at() + " k");
    EXPECT_EQ(result.status, 1);
    EXPECT_EQ(result.output, "cairn: no live value at 'k'\n");
  }
}

// ---- the whole store ----

TEST_F(ToolWrite, ExpireRemovesWhatHasExpired) {
  fill(store());
  const Result result = shell("cairn expire " + at());
  EXPECT_EQ(result.status, 0);
  // The void record goes with it.
  EXPECT_THAT(result.output, HasSubstr("other: 0 expired records removed\n"));
  EXPECT_THAT(result.output, HasSubstr("default: "));
  EXPECT_EQ(lines(shell("cairn export --expired " + at()).output), filled_live);
}

TEST_F(ToolWrite, CompactKeepsWhatIsLive) {
  fill(store());
  const std::string before = exported();
  const Result result = shell("cairn compact " + at() + " --alias default");
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.output, testing::MatchesRegex("default: .* on disk, .* before\n"));
  EXPECT_EQ(exported(), before);
}

TEST_F(ToolWrite, ClearNeedsAYesWhereNobodyCanBeAsked) {
  fill(store());
  const Result refused = shell("cairn clear " + at() + " < /dev/null");
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.output, HasSubstr("--yes"));
  EXPECT_EQ(lines(exported()), filled_live);
  EXPECT_EQ(shell("cairn clear --yes " + at() + " --alias other").output, "other: cleared\n");
  EXPECT_EQ(lines(exported()), filled_live - 1);
  EXPECT_EQ(shell("cairn clear --yes " + at()).status, 0);
  EXPECT_EQ(exported(), "");
}

TEST_F(ToolWrite, ClearAsksOnATerminal) {
  fill(store());
  for (const char* answer : {"n\n", "\n", "y\n"}) {
    TerminalProcess asking({tool, "clear", store().native()});
    ASSERT_TRUE(asking.shows("[y/N]", 30s)) << asking.seen();
    EXPECT_THAT(asking.seen(), HasSubstr("Remove everything in default, other"));
    asking.type(answer);
    const bool yes = answer == std::string("y\n");
    EXPECT_EQ(asking.wait(), yes ? 0 : 1);
    EXPECT_EQ(lines(exported()), yes ? 0 : filled_live);
  }
}

TEST_F(ToolWrite, ACheckpointIsAStoreOfItsOwn) {
  fill(store());
  EXPECT_EQ(shell("cairn checkpoint " + at() + " " + at("copy")).status, 0);
  EXPECT_TRUE(std::filesystem::exists(directory_ / "copy" / "CAIRN.lock")) << "for visitors";
  EXPECT_EQ(exported("copy"), exported());
  const Result again = shell("cairn checkpoint " + at() + " " + at("copy"));
  EXPECT_EQ(again.status, 3);
  EXPECT_EQ(lines(again.output), 1) << again.output;
}

// Waits until something with that beginning is made in a directory.
class Creation {
 public:
  explicit Creation(const fs::path& directory) : events_(::inotify_init1(IN_CLOEXEC)) {
    if (::inotify_add_watch(events_, directory.c_str(), IN_CREATE) < 0) {
      throw std::runtime_error("inotify");
    }
  }
  ~Creation() { ::close(events_); }
  Creation(const Creation&) = delete;
  Creation& operator=(const Creation&) = delete;

  void wait(const std::string& beginning) const {
    alignas(inotify_event) char events[4096];
    ssize_t count = 0;
    while ((count = ::read(events_, events, sizeof events)) > 0) {
      for (const char* at = events; at < events + count;) {
        const auto* const event = reinterpret_cast<const inotify_event*>(at);
        if (std::string(event->name).starts_with(beginning)) return;
        at += sizeof(inotify_event) + event->len;
      }
    }
    throw std::runtime_error("inotify");
  }

 private:
  const int events_;
};

TEST_F(ToolWrite, ACheckpointThatIsInterruptedLeavesNothing) {
  { Cache::open(store()).set("key", std::string(1'000'000, 'v')); }
  int interrupted = 0;
  for (int i = 0; i < 5; ++i) {
    const Creation creation(directory_.path());
    Process copying({tool, "checkpoint", store(), directory_ / "copy"});
    creation.wait("copy.");
    ::kill(copying.pid(), SIGINT);
    const int status = copying.wait();
    const bool done = fs::remove_all(directory_ / "copy") > 0;
    EXPECT_EQ(status, done ? 0 : 128 + SIGINT);
    interrupted += done ? 0 : 1;
    const auto left = fs::directory_iterator(directory_.path());
    EXPECT_EQ(std::distance(begin(left), end(left)), 1) << "more than the store";
  }
  EXPECT_GT(interrupted, 0) << "the signal always came too late";
  EXPECT_TRUE(Cache::open(store()).contains("key"));
}

// ---- others' stores ----

TEST_F(ToolWrite, AnOpenStoreIsLeftToItsOwner) {
  Process owner({CAIRN_KILL_CHILD, "write", store().native(), "interval", "0", "0", "0", "0", "0"});
  std::string acknowledged;
  ASSERT_TRUE(owner.read(acknowledged, 30s, 1000));
  write_file(directory_ / "file", line("k"));
  for (const std::string& command : std::vector<std::string>{
           "set DIR k v", "touch DIR k", "erase DIR k", "expire DIR", "compact DIR",
           "clear --yes DIR", "checkpoint DIR " + at("copy"), "load DIR " + at("file")}) {
    std::string arguments = command;
    arguments.replace(arguments.find("DIR"), 3, at());
    const Result result = shell("cairn " + arguments);
    EXPECT_EQ(result.status, 3) << command << ": " << result.output;
    EXPECT_THAT(result.output, HasSubstr("process " + std::to_string(owner.pid()))) << command;
    EXPECT_EQ(lines(result.output), 1) << result.output;
  }
  EXPECT_EQ(shell("cairn export " + at() + " > " + at("live")).status, 0);
  EXPECT_GT(lines(read_file(directory_ / "live")), 0);
}

TEST_F(ToolWrite, EveryCommandWorksOnWhatAKillLeft) {
  {
    Process owner(
        {CAIRN_KILL_CHILD, "write", store().native(), "interval", "0", "0", "0", "0", "0"});
    std::string acknowledged;
    ASSERT_TRUE(owner.read(acknowledged, 30s, 20'000));
    owner.kill();
  }
  const std::string left = exported();
  EXPECT_EQ(shell("cairn export " + at() + " | cairn load " + at("copy")).status, 0);
  EXPECT_EQ(exported("copy"), left);

  write_file(directory_ / "file", line("k"));
  for (const std::string& command : std::vector<std::string>{
           "set DIR new v", "touch DIR new", "erase DIR new", "expire DIR", "compact DIR",
           "checkpoint DIR " + at("second"), "load DIR " + at("file"), "clear --yes DIR"}) {
    fs::remove_all(directory_ / "second");
    fs::remove_all(directory_ / "victim");
    fs::copy(store(), directory_ / "victim", fs::copy_options::recursive);
    fs::permissions(directory_ / "victim", fs::perms::owner_all);
    std::string arguments = command;
    arguments.replace(arguments.find("DIR"), 3, at("victim"));
    const Result result = shell("cairn " + arguments);
    // Nothing is at `new` in a fresh copy.
    const bool absent = command == "touch DIR new" || command == "erase DIR new";
    EXPECT_EQ(result.status, absent ? 1 : 0) << command << ": " << result.output;
    if (command == "compact DIR") {
      EXPECT_EQ(exported("victim"), left);
    }
  }
}

}  // namespace
}  // namespace cairn::test
