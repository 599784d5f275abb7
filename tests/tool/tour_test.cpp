// The real thing: somebody's program runs again and again, and the tool looks at its cache.
#include <nlohmann/json.hpp>

#include <atomic>
#include <set>
#include <thread>

#include "tool.h"

namespace cairn::test {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

// Tours of the same files, one process after the other, in the background.  Every second one has
// another version, so that each computes, or finds, everything.
class Tours {
 public:
  Tours(std::string cache, int count) : cache_(std::move(cache)), count_(count) {}
  ~Tours() { stop_ = true; }
  Tours(const Tours&) = delete;
  Tours& operator=(const Tours&) = delete;

  // Facts are kept under a path and a version.
  static std::int64_t versions(std::int64_t tours) { return (tours + 1) / 2; }

  std::int64_t started() const { return started_; }
  std::int64_t finished() const { return finished_; }
  bool failed() const { return failed_; }
  bool over() const { return over_; }

 private:
  void loop() {
    for (int i = 0; i < count_ && !stop_ && !failed_; ++i) {
      ++started_;
      const Result tour = run({CAIRN_TOUR, CAIRN_TOUR_FILES, "--cache", cache_, "--cache-version",
                               std::to_string(i / 2 + 1)});
      if (tour.status != 0) failed_ = true;
      ++finished_;
    }
    over_ = true;
  }

  const std::string cache_;
  const int count_;
  std::atomic<std::int64_t> started_{0};
  std::atomic<std::int64_t> finished_{0};
  std::atomic<bool> failed_{false};
  std::atomic<bool> over_{false};
  std::atomic<bool> stop_{false};
  std::jthread thread_{[this] { loop(); }};
};

std::int64_t files_there_are() {
  using Iterator = std::filesystem::recursive_directory_iterator;
  return std::count_if(Iterator(CAIRN_TOUR_FILES), Iterator(), [](const auto& entry) {
    return entry.is_regular_file() && !entry.is_symlink();
  });
}

struct Seen {
  std::int64_t facts = 0;
  std::map<std::string, std::int64_t> counters;
};

class Tour : public testing::Test {
 protected:
  // Looks at the cache, and holds what is seen against what must have been done before and what can
  // have been done by then.
  template <class Look>
  void look(const Look& command) {
    const std::int64_t finished = tours_->finished();
    const Seen seen = command();
    const std::int64_t started = tours_->started();
    EXPECT_GE(seen.facts, files_ * Tours::versions(finished));
    EXPECT_LE(seen.facts, files_ * Tours::versions(started));
    const std::int64_t files = count(seen, "files");
    EXPECT_GE(files, files_ * finished);
    EXPECT_LE(files, files_ * started);
    // A visit is a hit or a miss first, and then a file.
    const std::int64_t visits = count(seen, "hits") + count(seen, "misses");
    EXPECT_THAT(visits - files, testing::AnyOf(0, 1));
    EXPECT_GE(files, before_) << "time runs backwards";
    before_ = files;
  }
  static std::int64_t count(const Seen& seen, const std::string& name) {
    const auto found = seen.counters.find(":1:" + name);
    return found == seen.counters.end() ? 0 : found->second;
  }
  void note_owner(const std::string& text, int& owners) const {
    owners += text.find(" has it open") != std::string::npos ? 1 : 0;
  }

  Seen dump() {
    const ToolResult result = run_tool({"dump", store_, "--format", "jsonl", "--values"});
    EXPECT_EQ(result.status, 0) << result.errors;
    note_owner(result.errors, dumps_of_live_);
    Seen seen;
    std::set<std::string> keys;
    for (const std::string& line : lines_of(result.output)) {
      const Json record = Json::parse(line);
      EXPECT_EQ(record["state"], "live");
      EXPECT_TRUE(keys.insert(record["key"]).second) << line;
      if (record["alias"] == "counters") {
        seen.counters[record["key"]] = record["value"];
      } else {
        EXPECT_EQ(record["alias"], "facts");
        EXPECT_EQ(record["kind"], "archive");
        ++seen.facts;
      }
    }
    return seen;
  }

  // How many there are of each; the numbers themselves are dump's.
  void stats(std::int64_t finished) {
    const ToolResult result = run_tool({"stats", store_, "--json"});
    ASSERT_EQ(result.status, 0) << result.errors;
    const Json stats = Json::parse(result.output);
    stats_of_live_ += stats["owner"].is_null() ? 0 : 1;
    for (const Json& family : stats["aliases"]) {
      EXPECT_EQ(family["expired"], 0);
      EXPECT_EQ(family["unreadable"], 0);
      const auto live = family["live"].get<std::int64_t>();
      if (family["alias"] == "counters") {
        EXPECT_THAT(live, testing::AllOf(testing::Ge(2), testing::Le(3)));
        EXPECT_EQ(family["counters"], family["live"]);
      } else {
        EXPECT_GE(live, files_ * Tours::versions(finished));
        EXPECT_LE(live, files_ * Tours::versions(tours_->started()));
      }
    }
  }

  void check() {
    const ToolResult result = run_tool({"check", store_});
    EXPECT_EQ(result.status, 0) << result.output << result.errors;
    EXPECT_THAT(result.output, HasSubstr("sound: "));
    note_owner(result.output, checks_of_live_);
  }

  const TempDirectory directory_;
  const std::string store_ = directory_ / "tour.cache";
  const std::int64_t files_ = files_there_are();
  std::int64_t before_ = 0;
  int dumps_of_live_ = 0;
  int stats_of_live_ = 0;
  int checks_of_live_ = 0;
  std::optional<Tours> tours_;
};

TEST_F(Tour, IsSeenCorrectlyWhileItRunsAgainAndAgain) {
  constexpr int most_tours = 400;
  constexpr int enough = 5;
  ASSERT_GT(files_, 20);
  tours_.emplace(store_, most_tours);
  while (tours_->finished() == 0) std::this_thread::yield();
  // A fixed number of looks would be luck: what counts are those that found the tour at work.
  while (!tours_->over() && std::min({dumps_of_live_, stats_of_live_, checks_of_live_}) < enough) {
    look([this] { return dump(); });
    stats(tours_->finished());
    check();
    if (HasFailure()) break;
  }
  EXPECT_FALSE(tours_->failed());
  EXPECT_GE(dumps_of_live_, enough);
  EXPECT_GE(stats_of_live_, enough);
  EXPECT_GE(checks_of_live_, enough);
}

}  // namespace
}  // namespace cairn::test
