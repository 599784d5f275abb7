// Every function that a caller gives to the library, and every operation from inside it: the right
// result or the error that the docs name, and never a hang.
#include <cairn/inspect.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <barrier>
#include <cctype>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <future>
#include <iterator>
#include <optional>
#include <thread>
#include <utility>

#include "reentrancy/table.h"

namespace cairn::test {
namespace {

// Only a deadlock takes as long.
constexpr std::chrono::seconds deadline(60);

// A test that hangs tells less than a process that ends.
void within_deadline(const std::string& what, const std::function<void()>& work) {
  std::packaged_task<void()> task(work);
  std::future<void> done = task.get_future();
  std::thread thread(std::move(task));
  if (done.wait_for(deadline) != std::future_status::ready) {
    std::fflush(stdout);
    std::fprintf(stderr, "%s: does not end\n", what.c_str());
    std::_Exit(1);
  }
  thread.join();
  try {
    done.get();
  } catch (const std::exception& error) {
    ADD_FAILURE() << what << ": " << error.what();
  }
}

enum class Where { same_cache, second_alias, an_earlier_location, a_later_location };
enum class Who { the_thread_itself, a_helper };

const char* name_of(Where where) {
  switch (where) {
    case Where::same_cache:
      return "the same cache";
    case Where::second_alias:
      return "a second alias";
    case Where::an_earlier_location:
      return "a location that was opened before";
    case Where::a_later_location:
      return "a location that was opened later";
  }
  return "";
}

struct Case {
  const Callback* callback;
  bool on_disk;
};

std::string case_name(const testing::TestParamInfo<Case>& info) {
  std::string name;
  for (const char c : std::string(info.param.callback->name)) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) name += c;
  }
  return name + (info.param.on_disk ? "OnDisk" : "InMemory");
}

class Reentrancy : public testing::TestWithParam<Case> {
 protected:
  // Whether the cache's locks are those of the one that is calling, or may be waited for by whoever
  // waits for those.  In memory the second alias is a location of its own.
  static bool out_of_reach(Where where) { return where != Where::an_earlier_location; }
  // What the operation is to throw; empty: nothing.
  std::optional<ErrorCode> expected(const Operation& operation, Where where, Rule rule) const {
    if (operation.always_allowed) return std::nullopt;
    const bool opens_another = operation.own_family && !GetParam().on_disk;
    const bool refused = (rule == Rule::reads && operation.writes) ||
                         (rule == Rule::earlier && (out_of_reach(where) || opens_another)) ||
                         rule == Rule::refused;
    return refused ? std::optional(ErrorCode::would_deadlock) : std::nullopt;
  }
  static Cache& cache(Scene& scene, Where where) {
    return where == Where::same_cache            ? *scene.one
           : where == Where::second_alias        ? *scene.two
           : where == Where::an_earlier_location ? *scene.other
                                                 : *scene.later;
  }
  static std::filesystem::path location(Scene& scene, Where where) {
    return where == Where::an_earlier_location ? scene.elsewhere()
           : where == Where::a_later_location  ? scene.last()
                                               : scene.location();
  }

  void expect_outcome(const Operation& operation, Scene& scene, Where where, Rule rule) const {
    const std::optional<ErrorCode> wanted = expected(operation, where, rule);
    std::optional<ErrorCode> thrown;
    bool right = false;
    std::string said;
    try {
      right = operation.run(scene, cache(scene, where), location(scene, where));
    } catch (const Error& error) {
      thrown = error.code();
      said = error.what();
    }
    EXPECT_TRUE(thrown == wanted) << (wanted ? "was not refused " : "threw ") << said;
    EXPECT_TRUE(right || wanted || thrown) << "has the wrong result";
  }

  void run(const std::vector<const Operation*>& chosen, Where where, Who who, Scene& scene) {
    const Callback& callback = *GetParam().callback;
    const Rule rule = who == Who::a_helper ? callback.helper : callback.rule;
    if (rule == Rule::never || (rule == Rule::apart && out_of_reach(where))) return;
    const std::string what =
        std::string(chosen.size() == 1 ? chosen[0]->name : "everything") + " on " + name_of(where) +
        (who == Who::a_helper ? ", by a helper" : "") + ", inside: " + callback.name;
    SCOPED_TRACE(what);
    scene.seed();
    const auto inside = [&] {
      for (const Operation* each : chosen) {
        SCOPED_TRACE(each->name);
        expect_outcome(*each, scene, where, rule);
      }
    };
    within_deadline(what, [&] {
      scene.expect([&] { who == Who::a_helper ? std::thread(inside).join() : inside(); });
      callback.provoke(scene);
      EXPECT_TRUE(scene.called()) << "the function was not called";
    });
    within_deadline(what + ", afterwards", [&] {
      for (Cache* each : scene.all()) {
        write_healed(*each);
        EXPECT_EQ(each->get<int>("afterwards"), 1);
      }
    });
  }

  // A disk that failed may still be mended.
  static void write_healed(Cache& cache) {
    for (;;) {
      try {
        return cache.set("afterwards", 1);
      } catch (const IoError&) {
        std::this_thread::yield();
      }
    }
  }
};

TEST_P(Reentrancy, EveryOperationEndsRightlyOrIsRefused) {
  const Callback& callback = *GetParam().callback;
  Scene scene(GetParam().on_disk);
  CacheOptions options;
  StoreOptions store{.durability = Durability::process_crash};
  if (callback.cache) callback.cache(scene, options);
  if (callback.store) callback.store(scene, store);
  scene.open(std::move(options), std::move(store));
  std::vector<std::vector<const Operation*>> chosen(1);
  for (const Operation& each : operations()) {
    if (!callback.slow) chosen.emplace_back();
    chosen.back().push_back(&each);
  }
  if (chosen.front().empty()) chosen.erase(chosen.begin());
  for (const std::vector<const Operation*>& each : chosen) {
    for (const Where where : {Where::same_cache, Where::second_alias, Where::an_earlier_location,
                              Where::a_later_location}) {
      for (const Who who : {Who::the_thread_itself, Who::a_helper}) run(each, where, who, scene);
    }
  }
  if (!GetParam().on_disk) return;
  const CheckReport report = StoreView(scene.location()).check();
  EXPECT_TRUE(report.sound()) << report.problem_count;
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const Callback& each : callbacks()) {
    all.push_back({&each, true});
    if (!each.on_disk_only) all.push_back({&each, false});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Callback, Reentrancy, testing::ValuesIn(cases()), case_name);

class ReentrancyOfOneKey : public testing::TestWithParam<bool> {};

// Each of these waited for ever, or for a minute.
TEST_P(ReentrancyOfOneKey, AHelperMayUseTheKeyThatIsBeingMade) {
  Scene scene(GetParam());
  scene.open({}, {});
  Cache& cache = *scene.one;
  within_deadline("update of a key inside its update", [&] {
    cache.set("key", 1);
    bool first = true;
    const auto add = [](std::optional<int> value) { return value.value_or(0) + 10; };
    cache.update<int>("key", [&](std::optional<int> value) {
      if (std::exchange(first, false)) {
        std::thread([&] { EXPECT_EQ(cache.update<int>("key", add), 11); }).join();
      }
      return value.value_or(0) + 100;
    });
    EXPECT_EQ(cache.get<int>("key"), 111) << "one of them is lost";
  });
  within_deadline("get_or_set of a key inside its factory", [&] {
    const GetOrSetOptions brief{.max_wait = std::chrono::milliseconds(10)};
    EXPECT_EQ(cache.get_or_set("made",
                               [&] {
                                 std::thread([&] {
                                   EXPECT_EQ(cache.get_or_set("made", 1, brief), 1);
                                 }).join();
                                 return 2;
                               }),
              1)
        << "what was stored first";
  });
}

INSTANTIATE_TEST_SUITE_P(Backend, ReentrancyOfOneKey, testing::Bool(),
                         [](const auto& each) { return each.param ? "OnDisk" : "InMemory"; });

class ReentrancyOfTwoClocks : public testing::TestWithParam<bool> {};

// The clock that each of two threads is in has the key's stripe, or the cache's mutex, and each
// writes to the other's: they waited for each other for ever.
TEST_P(ReentrancyOfTwoClocks, RefusesTheOneThatWouldCloseTheCircle) {
  const TempDirectory directory;
  const auto location = [&](const char* name) -> std::filesystem::path {
    if (GetParam()) return directory / name;
    return "memory:" + (directory / name).native();
  };
  static thread_local bool armed = false;
  std::barrier both_are_inside(2);
  std::optional<Cache> first;
  std::optional<Cache> second;
  std::optional<ErrorCode> thrown_in_first;
  std::optional<ErrorCode> thrown_in_second;
  const auto uses = [&](std::optional<Cache>& other, std::optional<ErrorCode>& thrown) {
    return [&] {
      if (std::exchange(armed, false)) {
        both_are_inside.arrive_and_wait();
        try {
          other->set("key", 2);
        } catch (const Error& error) {
          thrown = error.code();
        }
      }
      return system_clock_reading();
    };
  };
  first.emplace(Cache::open(location("first"), {}, {.clock = uses(second, thrown_in_first)}));
  second.emplace(Cache::open(location("second"), {}, {.clock = uses(first, thrown_in_second)}));
  for (Cache* each : {&*first, &*second}) each->set("key", 0);
  within_deadline("two clocks that use each other's caches", [&] {
    const auto write = [](Cache& cache) {
      armed = true;
      cache.set("key", 1);
    };
    std::thread other([&] { write(*second); });
    write(*first);
    other.join();
  });
  EXPECT_EQ(thrown_in_first, ErrorCode::would_deadlock);
  EXPECT_EQ(thrown_in_second, std::nullopt);
  EXPECT_EQ(first->get<int>("key"), 2) << "written from the second's clock, after its own";
  EXPECT_EQ(second->get<int>("key"), 1);
}

INSTANTIATE_TEST_SUITE_P(Backend, ReentrancyOfTwoClocks, testing::Bool(),
                         [](const auto& each) { return each.param ? "OnDisk" : "InMemory"; });

// Closing waits for the store's threads, and one of them is in the function that waits for whoever
// closes.
TEST(ReentrancyOfHealth, AHelperMayCloseTheLastHandleAndOpenAgain) {
  for (const bool reopen : {false, true}) {
    Scene scene(true);
    scene.open({}, {.durability = Durability::process_crash, .on_health = [&](const Health& now) {
                      if (now.condition == Condition::healthy) scene.call();
                    }});
    scene.seed();
    within_deadline("closing inside on_health", [&] {
      scene.expect([&] {
        std::thread([&] {
          scene.one->close();
          scene.two->close();
          EXPECT_TRUE(!reopen || scene.two->contains("text"));
        }).join();
        EXPECT_TRUE(!reopen || scene.one->contains("text"));
      });
      scene.disk().arm({.operation = 1, .kind = durability::FaultKind::io_once});
      scene.arm();
      EXPECT_THROW(scene.one->set("refused", 1), IoError);
      EXPECT_TRUE(scene.called());
      scene.one->set("afterwards", 1);
      EXPECT_EQ(scene.one->get<int>("afterwards"), 1);
    });
  }
}

// The row of the docs: | name | rule | rule for a helper |
TEST(ReentrancyTable, IsInTheDocs) {
  std::ifstream file(CAIRN_DOCS "/architecture.md");
  const std::string docs{std::istreambuf_iterator<char>(file), {}};
  for (const Callback& each : callbacks()) {
    const std::string row = "| " + std::string(each.name) + " | " + words(each.rule) + " | " +
                            words(each.helper) + " |";
    EXPECT_THAT(docs, testing::HasSubstr(row));
  }
}

}  // namespace
}  // namespace cairn::test
