// A lack of threads, memory or descriptors in the middle of a call: it fails with one of our
// errors, and works when there is enough again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "support/process.h"
#include "support/temp_directory.h"

namespace cairn::test {
namespace {

struct Sweep {
  const char* lack;
  const char* call;
  bool fails;  // whether the call needs any
};

class Lack : public testing::TestWithParam<Sweep> {};

TEST_P(Lack, FailsTheCallAndNoLaterOne) {
  const TempDirectory directory;
  const auto [lack, call, fails] = GetParam();
  const bool full = std::getenv("CAIRN_RESOURCES") != nullptr;  // every number
  const Result result = run(
      {CAIRN_RESOURCES_CHILD, lack, call, (directory / "store").native(), full ? "1000000" : "40"});
  EXPECT_EQ(result.status, 0) << result.output;
  if (fails) {
    EXPECT_THAT(result.output, testing::MatchesRegex("[1-9][0-9]* failed\n"));
  } else {
    EXPECT_EQ(result.output, "0 failed\n");
  }
}

INSTANTIATE_TEST_SUITE_P(
    Of, Lack,
    testing::Values(Sweep{"threads", "open", true}, Sweep{"threads", "open_after_a_crash", true},
                    Sweep{"threads", "first_set", true}, Sweep{"threads", "set", false},
                    Sweep{"threads", "get", false}, Sweep{"threads", "clear", false},
                    Sweep{"threads", "close", false}, Sweep{"descriptors", "open", true},
                    Sweep{"descriptors", "open_after_a_crash", true},
                    Sweep{"descriptors", "first_set", true}, Sweep{"descriptors", "set", false},
                    Sweep{"descriptors", "clear", false}, Sweep{"descriptors", "close", false},
                    Sweep{"memory", "open", true}, Sweep{"memory", "open_after_a_crash", true},
                    Sweep{"memory", "first_set", true}, Sweep{"memory", "set", true},
                    Sweep{"memory", "clear", true}, Sweep{"memory", "get", false},
                    Sweep{"memory", "close", false}, Sweep{"allocations", "checkpoint", true},
                    Sweep{"allocations", "synced_set", true}),
    [](const auto& each) { return std::string(each.param.lack) + "_" + each.param.call; });

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(AddressSpace, LackingAtOpeningDoesNotBarTheDirectory) {
  const TempDirectory directory;
  const Result result =
      run({CAIRN_RESOURCES_CHILD, "address_space", "open", (directory / "store").native(), "1"});
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output, testing::MatchesRegex("[1-9][0-9]* failed\n"));
}
#endif

}  // namespace
}  // namespace cairn::test
