// What is kept by a store without a log, and the operations that the steps of the kill test do not
// have.

#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "support/process.h"
#include "support/temp_directory.h"

namespace cairn::test::durability {
namespace {

class AfterAKill : public testing::Test {
 protected:
  using State = std::map<std::string, int>;

  // Does what is said in a process, kills it, and gives what is there then.
  State after(const char* level, std::vector<std::string> what) {
    const std::string path = (directory_ / level).native();
    std::vector<std::string> arguments{CAIRN_KILL_CHILD, "do", path, level, "0"};
    arguments.insert(arguments.end(), what.begin(), what.end());
    {
      Process child(std::move(arguments));
      EXPECT_EQ(child.line(), "done");
      child.kill();
    }
    const Result result = run({CAIRN_KILL_CHILD, "list", path, level, "0"});
    EXPECT_EQ(result.status, 0);
    State state;
    std::istringstream lines(result.output);
    std::string key;
    std::string lasting;
    for (int value = 0; lines >> key >> value >> lasting;) state[key] = value;
    return state;
  }

 private:
  const TempDirectory directory_;
};

class WithoutLog : public AfterAKill {
 protected:
  State after(std::vector<std::string> what) {
    return AfterAKill::after("clean_close", std::move(what));
  }
};

TEST_F(WithoutLog, AKillTakesWhatWasNotFlushed) {
  EXPECT_TRUE(after({"set:a"}).empty()) << "else these tests show nothing";
}

TEST_F(WithoutLog, CloseKeepsEverything) {
  EXPECT_EQ(after({"set:a", "set:b", "close"}), (State{{"a", 1}, {"b", 1}}));
}

TEST_F(WithoutLog, ACallThatAsksForMoreGetsIt) {
  EXPECT_EQ(after({"durable:a"}), (State{{"a", 1}}));
  EXPECT_EQ(after({"crash:b", "incr:n", "incr:n"}), (State{{"a", 1}, {"b", 1}, {"n", 2}}));
}

TEST_F(WithoutLog, SyncKeepsEverythingBeforeIt) {
  EXPECT_EQ(after({"set:a", "set:b", "sync"}), (State{{"a", 1}, {"b", 1}}));
}

TEST_F(WithoutLog, AClearedCacheStaysCleared) {
  EXPECT_EQ(after({"set:a", "sync", "clear"}), State{});
  EXPECT_EQ(after({"set:b", "sync", "clear", "durable:c"}), (State{{"c", 1}}));
}

using WithLog = AfterAKill;

TEST_F(WithLog, EverythingSurvives) {
  for (const char* level : {"process_crash", "interval", "power_loss"}) {
    EXPECT_EQ(after(level, {"set:a", "clear", "set:b", "incr:n", "close", "set:c", "clear", "set:d",
                            "incr:n"}),
              (State{{"d", 1}, {"n", 1}}))
        << level;
  }
}

}  // namespace
}  // namespace cairn::test::durability
