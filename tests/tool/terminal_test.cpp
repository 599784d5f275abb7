// The tool on a terminal: colours, widths, refreshing, progress, Ctrl-C.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tool/shell.h"
#include "tool/terminal_process.h"

namespace cairn::test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

const std::string escape = "\x1b";
const std::string colours_off = "\x1b[0m";

class ToolTerminal : public ToolStore {
 protected:
  // The tool, in a terminal that is known and an environment that has nothing about colours.
  static std::vector<std::string> command(std::vector<std::string> arguments,
                                          const std::string& setting = "TERM=xterm") {
    std::vector<std::string> all{"/usr/bin/env", "-u",    "NO_COLOR", "TERM=xterm",
                                 "LC_ALL=C",     setting, tool};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return all;
  }
  // What the terminal shows of a command that ends by itself.
  static std::string shown(std::vector<std::string> arguments,
                           const std::string& setting = "TERM=xterm",
                           TerminalProcess::Options options = {}) {
    TerminalProcess process(command(std::move(arguments), setting), options);
    EXPECT_EQ(process.wait(), 0) << process.seen();
    EXPECT_TRUE(process.has_its_modes());
    return process.seen();
  }
  static std::vector<std::string> lines_of(const std::string& screen) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < screen.size();) {
      const std::size_t end = std::min(screen.find("\r\n", at), screen.size());
      lines.push_back(screen.substr(at, end - at));
      at = end + 2;
    }
    return lines;
  }
  // So many records, some of them long, in tables.
  void fill_many(int count) const {
    Cache cache = Cache::open(store(), {.timeout = 1h});
    for (int i = 0; i < count; ++i) {
      cache.set("a-key-of-some-length-" + std::to_string(i), std::string(150, 'v'));
    }
  }
};

TEST_F(ToolTerminal, ColoursAreForTerminalsThatWantThem) {
  fill(store());
  for (const char* look : {"dump", "stats", "check"}) {
    EXPECT_THAT(shown({look, store()}), HasSubstr("\x1b[")) << look;
    for (const char* setting : {"NO_COLOR=1", "TERM=dumb"}) {
      EXPECT_THAT(shown({look, store()}, setting), Not(HasSubstr(colours_off))) << look;
    }
    EXPECT_THAT(shown({look, store()}, "NO_COLOR="), HasSubstr(colours_off)) << "empty is unset";
  }
}

TEST_F(ToolTerminal, APipeGetsNoColours) {
  fill(store());
  for (const char* look : {"dump", "stats", "check", "watch --count 1"}) {
    const Result result = shell("TERM=xterm cairn " + std::string(look) + " " + at());
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.output, Not(HasSubstr(escape))) << look;
    EXPECT_THAT(result.output, Not(HasSubstr("\r"))) << look;
  }
}

TEST_F(ToolTerminal, ARowTakesOneLineHoweverNarrow) {
  fill_many(30);
  for (const std::size_t columns : {200u, 120u, 100u, 80u, 60u, 45u, 30u}) {
    const std::string screen =
        shown({"dump", store()}, "NO_COLOR=1", {.columns = static_cast<unsigned short>(columns)});
    std::vector<std::string> lines = lines_of(screen);
    ASSERT_EQ(lines.size(), 32u) << screen;
    lines.erase(lines.begin());  // the moment is a sentence
    for (std::string& line : lines) {
      // Three bytes, one column.
      for (std::size_t at = 0; (at = line.find("…")) != std::string::npos;)
        line.replace(at, 3, ".");
      EXPECT_LE(line.size(), columns) << line;
    }
    EXPECT_THAT(lines[0], HasSubstr("KEY"));
    EXPECT_THAT(lines[0], HasSubstr("STATE"));
    EXPECT_EQ(lines[0].find("AGE") != std::string::npos, columns >= 100) << columns;
  }
  // Control: the same row in a pipe is as long as it is.
  const Result piped = shell("cairn dump " + at());
  EXPECT_THAT(piped.output, HasSubstr("a-key-of-some-length-29"));
  EXPECT_GT(piped.output.size(), 32u * 130);
}

TEST_F(ToolTerminal, WatchRefreshesInPlaceAndCtrlCEndsIt) {
  fill(store());
  TerminalProcess watch(command({"watch", store(), "--interval", "100ms"}));
  ASSERT_TRUE(watch.shows("\x1b[H", 60s, 3)) << watch.seen();
  watch.type(std::string(1, TerminalProcess::ctrl_c));
  EXPECT_EQ(watch.wait(), 128 + SIGINT);
  EXPECT_EQ(watch.count("\x1b[2J"), 1u) << "cleared once, and then drawn over";
  EXPECT_EQ(watch.count("\x1b[?"), 0u) << "no mode is set that would have to be taken back";
  EXPECT_THAT(watch.seen(), EndsWith(colours_off + "\r\x1b[K"));
  EXPECT_TRUE(watch.has_its_modes());
}

TEST_F(ToolTerminal, WatchDrawsAsWideAsTheTerminalIsByNow) {
  fill(store());
  TerminalProcess watch(command({"watch", store(), "--interval", "100ms"}, "NO_COLOR=1"),
                        {.columns = 60});
  const std::string widest(50, '#');
  ASSERT_TRUE(watch.shows("###", 60s));
  EXPECT_EQ(watch.count(widest), 0u);
  watch.resize(200);
  EXPECT_TRUE(watch.shows(widest, 60s));
}

TEST_F(ToolTerminal, CtrlCInTheMiddleOfADumpLeavesTheTerminalAsItWas) {
  fill_many(5000);
  {
    Cache cache = Cache::open(store());
    for (int i = 0; i < 5000; ++i) cache.set("z" + std::to_string(i), 1, {.timeout = 1ms});
  }
  TerminalProcess dump(command({"dump", store()}));
  ASSERT_TRUE(dump.shows("a-key", 60s));  // nobody reads on: it waits
  dump.type(std::string(1, TerminalProcess::ctrl_c));
  EXPECT_EQ(dump.wait(), 128 + SIGINT);
  EXPECT_THAT(dump.seen(), EndsWith(colours_off + "\r\x1b[K"));
  EXPECT_TRUE(dump.has_its_modes());
}

// ---- progress ----

TEST_F(ToolTerminal, LongWorkSaysThatItIsDoingIt) {
  fill_many(3000);
  EXPECT_THAT(shown({"check", store()}), HasSubstr("\rchecking"));
  EXPECT_THAT(shown({"expire", store()}), HasSubstr("\rexpiring default"));
  EXPECT_THAT(shown({"compact", store()}), HasSubstr("\rcompacting default"));
  EXPECT_THAT(shown({"checkpoint", store(), directory_ / "copy"}), HasSubstr("\rcopying"));
}

TEST_F(ToolTerminal, WhatWasDrawnIsWiped) {
  fill_many(100);
  EXPECT_THAT(shown({"compact", store()}),
              testing::MatchesRegex("\rcompacting default[^\n]*\r\x1b\\[Kdefault: [^\n]*\n"));
}

TEST_F(ToolTerminal, NothingIsDrawnInAPipe) {
  fill_many(3000);
  for (const std::string work : {"check DIR", "expire DIR", "compact DIR", "checkpoint DIR COPY"}) {
    std::string arguments = work;
    arguments.replace(arguments.find("DIR"), 3, at());
    if (arguments.ends_with("COPY")) arguments.replace(arguments.size() - 4, 4, at("copy"));
    const Result result = shell("cairn " + arguments);
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.output, Not(HasSubstr("\r"))) << work;
    EXPECT_THAT(result.output, Not(HasSubstr(escape))) << work;
  }
}

// After the table at which it is.
TEST_F(ToolTerminal, ExpireIsInterruptedBetweenTables) {
  const std::vector<std::string> aliases = {"a", "b", "c", "d", "e", "f"};
  for (const std::string& alias : aliases) {
    Cache cache = Cache::open(store(), {.column_family = alias}, {.reclaim_interval = 0ms});
    for (int i = 0; i < 500; ++i)
      cache.set(std::to_string(i), std::string(5'000, 'v'), {.timeout = 1ms});
    cache.set("stays", 1, {.timeout = never});
  }
  TerminalProcess expiring(command({"expire", store()}));
  ASSERT_TRUE(expiring.shows("\rexpiring a", 60s)) << expiring.seen();
  expiring.type(std::string(1, TerminalProcess::ctrl_c));
  EXPECT_EQ(expiring.wait(), 128 + SIGINT);
  EXPECT_TRUE(expiring.has_its_modes());
  EXPECT_THAT(expiring.seen(), HasSubstr("cairn: interrupted; what is removed stays so"));
  EXPECT_THAT(expiring.seen(), Not(HasSubstr("f: ")));
  EXPECT_THAT(shown({"expire", store()}), HasSubstr("f: 500 expired records removed"));
  for (const std::string& alias : aliases) {
    EXPECT_EQ(Cache::open(store(), {.column_family = alias}).get<int>("stays"), 1);
  }
}

// The bytes of a compaction that takes its time: of that many records it writes several tables.
TEST_F(ToolTerminal, ACompactionShowsBytesRateAndTimeLeft) {
  {
    StoreWriter writer(store());
    std::uint64_t state = 1;
    std::vector<RawRecord> batch;
    for (int i = 0; i < 200; ++i) {
      batch.clear();
      for (int j = 0; j < 1000; ++j) {
        std::string payload(200, ' ');
        for (char& c : payload) {
          state = state * 6364136223846793005u + 1442695040888963407u;  // does not compress well
          c = static_cast<char>('a' + (state >> 33) % 26);
        }
        batch.push_back(raw("k" + std::to_string(i * 1000 + j), ValueKind::bytes, payload));
      }
      writer.write(batch);
    }
    writer.close();
  }
  const std::string screen = shown({"compact", store()});
  EXPECT_THAT(screen,
              testing::ContainsRegex("compacting default [0-9.]+ [KM]iB, [0-9.]+ [KM]iB/s"));
}

}  // namespace
}  // namespace cairn::test
