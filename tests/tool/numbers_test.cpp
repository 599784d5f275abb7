// Numbers on the command line: each is taken as it is written, or refused with the option's name.
#include "tool.h"

namespace cairn::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Numbers : public testing::Test {
 protected:
  static void SetUpTestSuite() { run_child("fill", shared().path() / "store"); }
  static const TempDirectory& shared() {
    static const TempDirectory directory;
    return directory;
  }
  static std::string store() { return shared() / "store"; }

  // The command, with the option as two arguments and as one.
  static void expect_refused(std::vector<std::string> command, const std::string& option,
                             const std::string& text, const std::string& allowed) {
    SCOPED_TRACE(command[0] + " " + option + " '" + text + "'");
    command.insert(command.begin() + 1, store());
    for (const bool joined : {false, true}) {
      std::vector<std::string> arguments = command;
      if (joined) {
        arguments.push_back(option + "=" + text);
      } else {
        arguments.insert(arguments.end(), {option, text});
      }
      const ToolResult result = run_tool(arguments);
      EXPECT_EQ(result.status, 2) << result.errors;
      EXPECT_EQ(result.output, "");
      EXPECT_THAT(result.errors, StartsWith("cairn: " + option + ": '" + text + "' is "));
      EXPECT_THAT(result.errors, HasSubstr(allowed));
    }
  }
};

const std::vector<std::string> no_numbers = {"",
                                             " 5",
                                             "5 ",
                                             "5x",
                                             "0x5",
                                             "5.0",
                                             "1e3",
                                             "+5",
                                             "--5",
                                             "٥",
                                             "five",
                                             "5,000",
                                             "18446744073709551616",
                                             "99999999999999999999999"};

TEST_F(Numbers, OfThingsAreWholeAndNotNegative) {
  const std::pair<std::vector<std::string>, std::string> options[] = {{{"dump"}, "--limit"},
                                                                      {{"keys"}, "--limit"},
                                                                      {{"stats"}, "--largest"},
                                                                      {{"watch"}, "--count"}};
  const std::string allowed = "write a whole number from 0 to 18446744073709551615";
  for (const auto& [command, option] : options) {
    expect_refused(command, option, "-1", allowed);
    for (const std::string& text : no_numbers) expect_refused(command, option, text, allowed);
  }
  EXPECT_EQ(run_tool({"dump", store(), "--limit", "18446744073709551615"}).status, 0);
  EXPECT_EQ(run_tool({"dump", store(), "-n", "007"}).status, 0) << "not in octal";
  EXPECT_EQ(lines_of(run_tool({"keys", store(), "-n", "010"}).output).size(), 10u);
}

TEST_F(Numbers, OfAVersionAreIntegers) {
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"get", "text"},
                                             {"ttl", "text"},
                                             {"set", "text", "v"},
                                             {"touch", "text"},
                                             {"erase", "text"}}) {
    const std::string allowed = "from -9223372036854775808 to 9223372036854775807";
    for (const std::string& text : no_numbers) expect_refused(command, "--version", text, allowed);
    expect_refused(command, "--version", "9223372036854775808", allowed);
    expect_refused(command, "--version", "-9223372036854775809", allowed);
  }
  EXPECT_EQ(run_tool({"get", store(), "text", "--version", "-1"}).status, 1) << "there is none";
}

TEST_F(Numbers, OfTimeHaveAUnitAtMost) {
  const std::pair<std::vector<std::string>, std::string> options[] = {
      {{"dump"}, "--expiring-within"},
      {{"keys"}, "--expiring-within"},
      {{"watch"}, "--interval"},
      {{"set", "text", "v"}, "--timeout"},
      {{"touch", "text"}, "--timeout"}};
  for (const auto& [command, option] : options) {
    for (const char* text : {"", " 5", "5 ", "5x", "0x5", "1e3", "+5", "-5", "-5s", "5 s", "s",
                             "inf", "nan", "5mm", "18446744073709551616s", "9223372036854775808ms",
                             "9223372036854775807s", "15250284452472w"}) {
      expect_refused(command, option, text, "write 500ms, 30s, 5m, 2h, 7d or 1w");
    }
  }
  for (const char* text : {"99ms", "0", "0.05s", "53w", "366d"}) {
    expect_refused({"watch"}, "--interval", text, "is not from 100ms to 365d");
  }
  EXPECT_EQ(run_tool({"dump", store(), "--expiring-within", "9223372036854775807ms"}).status, 0);
  // Less than a millisecond is not nothing, which would remove the value.
  EXPECT_EQ(run_tool({"set", store(), "brief", "v", "--timeout", "0.4ms"}).status, 0);
  EXPECT_THAT(run_tool({"dump", store(), "--match", "*:brief"}).output, HasSubstr("expired"));
}

TEST_F(Numbers, OfBytesAreExact) {
  for (const char* command : {"dump", "keys"}) {
    for (const char* text :
         {"", " 5", "5 ", "5x", "0x5", "1e3", "+5", "-5", "-5K", "5 K", "K", "inf", "nan", "5KK",
          "5B K", "18446744073709551616", "16777216T", "17179869184G", "99999999999999.5T"}) {
      expect_refused({command}, "--larger-than", text, "write 100, 4K, 2.5M or 1G");
    }
  }
  const auto count = [](const char* size) {
    return lines_of(run_tool({"keys", store(), "--larger-than", size}).output).size();
  };
  EXPECT_EQ(count("18446744073709551615"), 0u);
  EXPECT_EQ(count("97K"), 1u);
  EXPECT_EQ(count("97.7K"), 0u);
}

TEST_F(Numbers, ThatAreValuesAreRefusedByTheirKind) {
  const std::pair<const char*, std::vector<std::string>> kinds[] = {
      {"--int", {"", " 5", "5 ", "5x", "0x5", "5.0", "1e3", "+5", "9223372036854775808"}},
      {"--double", {"", " 5", "5 ", "5x", "0x5", "+5", "1e999"}},
      {"--bool", {"", " 1", "1 ", "2", "TRUE", "yes"}}};
  for (const auto& [kind, texts] : kinds) {
    for (const std::string& text : texts) {
      const ToolResult result = run_tool({"set", store(), "k", kind, "--", text});
      EXPECT_EQ(result.status, 2) << kind << " '" << text << "'";
      EXPECT_THAT(result.errors,
                  StartsWith("cairn: " + std::string(kind) + ": '" + text + "' is "));
    }
  }
}

}  // namespace
}  // namespace cairn::test
