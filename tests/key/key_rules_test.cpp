// What is checked of a final key, and who is told.
#include "key/key_rules.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cairn/error.h>

namespace cairn::key {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Reason = KeyWarning::Reason;

struct Seen {
  std::vector<Reason> reasons;
  std::vector<std::string> messages;
  KeyWarningHandler handler() {
    return [this](const KeyWarning& warning) {
      reasons.push_back(warning.reason);
      messages.emplace_back(warning.message);
    };
  }
};

std::vector<Reason> warnings(std::string_view key) {
  Seen seen;
  KeyRules(seen.handler(), {}).check(key);
  return seen.reasons;
}

TEST(KeyRules, WarnOfMoreThan250Bytes) {
  EXPECT_THAT(warnings(std::string(250, 'k')), IsEmpty());
  EXPECT_THAT(warnings(std::string(251, 'k')), ElementsAre(Reason::too_long));
}

TEST(KeyRules, CountBytesAndNotCharacters) {
  std::string key;
  for (int i = 0; i < 126; ++i) key += "\xc3\xa9";
  EXPECT_THAT(warnings(key), ElementsAre(Reason::too_long));
}

TEST(KeyRules, WarnOfControlCharactersAndSpaces) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string key = {'k', static_cast<char>(byte), 'k'};
    if (byte <= 0x20 || byte == 0x7f) {
      EXPECT_THAT(warnings(key), ElementsAre(Reason::bad_character)) << byte;
    } else {
      EXPECT_THAT(warnings(key), IsEmpty()) << byte;
    }
  }
}

// They are looked at eight at a time.
TEST(KeyRules, FindACharacterWhereverItStands) {
  for (std::size_t size = 1; size < 20; ++size) {
    for (const char neighbour : {'\x21', '\x7e', '\xff', '\x80'}) {
      std::string key(size, neighbour);
      EXPECT_THAT(warnings(key), IsEmpty()) << size;
      for (std::size_t at = 0; at < size; ++at) {
        for (const char bad : {'\0', ' ', '\x7f'}) {
          key[at] = bad;
          EXPECT_THAT(warnings(key), ElementsAre(Reason::bad_character)) << size << " " << at;
          key[at] = neighbour;
        }
      }
    }
  }
}

TEST(KeyRules, WarnOfBothAtOnce) {
  EXPECT_THAT(warnings(std::string(251, ' ')),
              ElementsAre(Reason::too_long, Reason::bad_character));
}

TEST(KeyRules, SpeakAsDjangoDoesAndForgeNoLine) {
  Seen seen;
  KeyRules(seen.handler(), {}).check("a\nb");
  ASSERT_EQ(seen.messages.size(), 1u);
  EXPECT_THAT(seen.messages[0],
              HasSubstr("characters that will cause errors if used with memcached"));
  EXPECT_THAT(seen.messages[0], HasSubstr("a\\x0ab"));
  EXPECT_EQ(seen.messages[0].find('\n'), std::string::npos);
}

TEST(KeyRules, RefuseMoreThan64KiB) {
  const KeyRules rules(ignore_key_warnings(), {});
  rules.check(std::string(max_key_size, 'k'));
  EXPECT_THROW(rules.check(std::string(max_key_size + 1, 'k')), InvalidKey);
}

TEST(KeyRules, AValidatorReplacesTheTwoRulesButNotTheLimit) {
  Seen seen;
  std::vector<std::string> validated;
  const KeyRules rules(seen.handler(), [&](std::string_view key) { validated.emplace_back(key); });
  rules.check("has space");
  EXPECT_THAT(seen.reasons, IsEmpty());
  EXPECT_THAT(validated, ElementsAre("has space"));
  EXPECT_THROW(rules.check(std::string(max_key_size + 1, 'k')), InvalidKey);
  EXPECT_EQ(validated.size(), 1u);
}

TEST(KeyRules, LetOutWhatAValidatorOrAHandlerThrows) {
  const KeyRules validating({}, [](std::string_view) { throw InvalidKey("not today"); });
  EXPECT_THROW(validating.check("k"), InvalidKey);
  const KeyRules warning(throw_key_warnings(), {});
  warning.check("k");
  EXPECT_THROW(warning.check("k k"), InvalidKey);
}

class ProcessHandler : public testing::Test {
 protected:
  void TearDown() override { set_key_warning_handler({}); }
};

TEST_F(ProcessHandler, HearsOfCachesThatHaveNoneOfTheirOwn) {
  Seen process;
  Seen own;
  set_key_warning_handler(process.handler());
  KeyRules({}, {}).check("k k");
  KeyRules(own.handler(), {}).check("k k");
  EXPECT_EQ(process.reasons.size(), 1u);
  EXPECT_EQ(own.reasons.size(), 1u);
}

TEST_F(ProcessHandler, TheOneBeforeComesBack) {
  Seen first;
  Seen second;
  set_key_warning_handler(first.handler());
  const KeyWarningHandler before = set_key_warning_handler(second.handler());
  ASSERT_TRUE(before);
  before({Reason::too_long, "k", "message"});
  EXPECT_EQ(first.messages.size(), 1u);
}

// Whose copies warn.
struct Warning {
  Warning() = default;
  Warning(const Warning&) { KeyRules({}, {}).check("k k"); }
  Warning(Warning&&) = default;
  void operator()(const KeyWarning&) const {}
};

TEST_F(ProcessHandler, IsCopiedWithoutALock) {
  set_key_warning_handler(Warning());
  KeyRules({}, {}).check("k k");
}

TEST_F(ProcessHandler, LogsEachKeyOnceUnlessToldOtherwise) {
  set_key_warning_handler({});
  testing::internal::CaptureStderr();
  for (int i = 0; i < 3; ++i) KeyRules({}, {}).check("logged once");
  const std::string logged = testing::internal::GetCapturedStderr();
  EXPECT_THAT(logged, HasSubstr("'logged once'"));
  EXPECT_EQ(logged.find("'logged once'"), logged.rfind("'logged once'"));
}

// Messages show the first 80 bytes of a key; two keys that differ only after those are two keys.
TEST_F(ProcessHandler, LogsKeysThatDifferLateAsTheTwoKeysTheyAre) {
  testing::internal::CaptureStderr();
  KeyRules({}, {}).check(std::string(100, ' ') + "1");
  KeyRules({}, {}).check(std::string(100, ' ') + "2");
  const std::string logged = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(logged.begin(), logged.end(), '\n'), 2);
}

TEST_F(ProcessHandler, CanBeSilenced) {
  set_key_warning_handler(ignore_key_warnings());
  testing::internal::CaptureStderr();
  KeyRules({}, {}).check("never logged at all");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace cairn::key
