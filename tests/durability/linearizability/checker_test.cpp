// The checker on histories whose answer is known.
#include "durability/linearizability/checker.h"

#include <gtest/gtest.h>

#include <vector>

namespace cairn::test::durability {
namespace {

Event event(std::uint64_t begin, std::uint64_t end, Action action, std::int64_t argument = 0,
            Outcome result = {}) {
  return {begin, end, {action, argument, result}};
}
Outcome found(std::int64_t value) { return {value, true}; }
constexpr Outcome granted{0, true};
constexpr Outcome nothing{};

using Events = std::vector<Event>;

TEST(Linearizable, IsAHistoryOfNothing) { EXPECT_TRUE(linearizable({})); }

TEST(Linearizable, IsWhatHappenedOneAfterAnother) {
  EXPECT_TRUE(linearizable(Events{
      event(1, 2, Action::set, 5), event(3, 4, Action::get, 0, found(5)),
      event(5, 6, Action::incr, 0, found(6)), event(7, 8, Action::update, 1, found(9)),
      event(9, 10, Action::pop, 0, found(9)), event(11, 12, Action::erase, 0, nothing),
      event(13, 14, Action::add, 7, granted), event(15, 16, Action::incr_many),
      event(17, 18, Action::contains, 0, granted), event(19, 20, Action::get, 0, found(8))}));
}

TEST(Linearizable, IsWhatOverlapsInEitherOrder) {
  EXPECT_TRUE(linearizable(
      Events{event(1, 10, Action::set, 5), event(2, 3, Action::get, 0, nothing),
             event(4, 5, Action::get, 0, found(5)), event(6, 7, Action::get, 0, found(5))}));
}

TEST(Linearizable, IsNotAStaleRead) {
  EXPECT_FALSE(
      linearizable(Events{event(1, 2, Action::set, 5), event(3, 4, Action::get, 0, nothing)}));
}

TEST(Linearizable, IsNotAValueSeenAndThenUnseen) {
  EXPECT_FALSE(
      linearizable(Events{event(1, 10, Action::set, 5), event(2, 3, Action::get, 0, found(5)),
                          event(4, 5, Action::get, 0, nothing)}));
}

TEST(Linearizable, IsNotAnAddGrantedTwice) {
  EXPECT_FALSE(linearizable(
      Events{event(1, 10, Action::add, 5, granted), event(2, 9, Action::add, 6, granted)}));
}

TEST(Linearizable, IsNotALostIncrement) {
  EXPECT_FALSE(linearizable(
      Events{event(1, 10, Action::incr, 0, found(1)), event(2, 9, Action::incr, 0, found(1))}, 0));
}

TEST(Linearizable, IsNotAPopByTwo) {
  EXPECT_FALSE(linearizable(
      Events{event(1, 10, Action::pop, 0, found(4)), event(2, 9, Action::pop, 0, found(4))}, 4));
}

TEST(Linearizable, BeginsWithWhatWasThere) {
  EXPECT_TRUE(linearizable(Events{event(1, 2, Action::get, 0, found(4))}, 4));
  EXPECT_FALSE(linearizable(Events{event(1, 2, Action::get, 0, found(4))}));
}

TEST(Linearizable, IsWhatWasUnderWayWhetherItHappenedOrNot) {
  for (const Outcome& last : {nothing, found(5)}) {
    EXPECT_TRUE(linearizable(Events{event(1, Event::pending, Action::set, 5),
                                    event(2, 3, Action::get, 0, nothing),
                                    event(4, 5, Action::get, 0, last)}));
  }
  EXPECT_FALSE(linearizable(Events{event(1, Event::pending, Action::set, 5),
                                   event(2, 3, Action::get, 0, found(5)),
                                   event(4, 5, Action::get, 0, nothing)}))
      << "but not both";
}

// What is remembered of the search must be all that was done: by the last 64 events alone these
// would look like places where it has been.
TEST(Linearizable, IsALongHistoryThatCanOnlyBeOrderedFromItsBeginning) {
  Events events;
  constexpr std::int64_t count = 300;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto at = static_cast<std::uint64_t>(i) * 10;
    events.push_back(event(at, at + 25, Action::incr, 0, found(i + 1)));
  }
  EXPECT_TRUE(linearizable(events, 0));
  events.back().operation.result = found(count - 1);
  EXPECT_FALSE(linearizable(events, 0));
}

}  // namespace
}  // namespace cairn::test::durability
