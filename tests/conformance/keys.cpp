// Final keys, key functions, warnings, validation.
#include "conformance/contract.h"

namespace cairn::test {

CONTRACT(Keys);

// S73
TEST_P(Keys, TheFinalKeyIsDjangosByteForByte) {
  EXPECT_EQ(make_key("key"), ":1:key");
  EXPECT_EQ(make_key("key", "app", 2), "app:2:key");
  EXPECT_EQ(make_key("", "", -3), ":-3:");
  EXPECT_EQ(cache().make_key("key"), ":1:key");
  EXPECT_EQ(cache().make_key("key", 7), ":7:key");
  EXPECT_EQ(cache("prefix").make_key("key"), "cacheprefix:1:key");
  EXPECT_EQ(cache("v2").make_key("key"), ":2:key");
  EXPECT_EQ(cache("custom_key").make_key("key"), "CUSTOM--1-key");
}

// C70, S75
TEST_P(Keys, AKeyFunctionIsGivenItselfOrByName) {
  cache().set("answer1", 42);
  settle();
  EXPECT_FALSE(cache("custom_key").contains("answer1"));
  EXPECT_FALSE(cache("custom_key2").contains("answer1"));
  cache("custom_key").set("answer2", 42);
  settle();
  EXPECT_FALSE(cache().contains("answer2"));
  EXPECT_EQ(cache("custom_key").get<int>("answer2"), 42);
  EXPECT_EQ(cache("custom_key2").get<int>("answer2"), 42);
  EXPECT_EQ(cache("custom_key2").incr("answer2"), 43);
}

// S75
TEST_P(Keys, AKeyFunctionThatIsNotRegisteredIsRefusedByName) {
  EXPECT_THAT([] { KeyFunction("tests.no_such_function"); },
              ThrowsMessage<InvalidCacheBackend>(HasSubstr("'tests.no_such_function'")));
}

// X14, S74
TEST_P(Keys, TheDefaultIsAmbiguousAndUnambiguousIsNot) {
  EXPECT_EQ(make_key("2:k", "p", 1), make_key("k", "p:1", 2));
  EXPECT_NE(unambiguous_key("2:k", "p", 1), unambiguous_key("k", "p:1", 2));
  EXPECT_EQ(unambiguous_key("k", "p:1", 2), "3:p:1:2:k");

  open({.key_prefix = "p"}).set("2:k", "seen by both");
  open({.key_prefix = "p", .key_function = "unambiguous"}).set("2:k", "seen by one");
  settle();
  EXPECT_EQ(open({.key_prefix = "p:1", .version = 2}).get("k"), "seen by both");
  Cache& other = open({.key_prefix = "p:1", .version = 2, .key_function = "unambiguous"});
  EXPECT_EQ(other.get("k"), std::nullopt);
  EXPECT_THAT(open({.key_prefix = "p", .key_function = unambiguous_key}).get("2:k"), "seen by one");
}

// X12, S81, S82
TEST_P(Keys, AnyBytesAreAKey) {
  Cache& quiet = open({.key_warnings = ignore_key_warnings()});
  const std::string keys[] = {"",          "\0"s,  "a\0b"s, "a\nb\tc d\x7f",         "\xff\xfe",
                              "e\xcc\x81",  // not the same as the next: nothing is normalised
                              "\xc3\xa9",  "Case", "case",  std::string(60'000, 'k')};
  int value = 0;
  for (const std::string& key : keys) quiet.set(key, ++value);
  settle();
  value = 0;
  for (const std::string& key : keys) EXPECT_EQ(quiet.get<int>(key), ++value) << quote(key);
  EXPECT_EQ(quiet.keys().size(), std::size(keys));
  EXPECT_EQ(quiet.get_many<int>(keys).size(), std::size(keys));
}

// X12, S82: every verb refuses, before anything is written.
TEST_P(Keys, FinalKeysBeyond64KiBAreRefused) {
  Cache& quiet = open({.key_warnings = ignore_key_warnings()});
  const std::string longest(max_key_size - 3, 'k');
  quiet.set(longest, "value");
  settle();
  EXPECT_EQ(quiet.get(longest), "value");
  const std::string beyond = longest + "k";
  const auto refused = ThrowsMessage<InvalidKey>(HasSubstr("65537 bytes"));
  EXPECT_THAT([&] { quiet.set(beyond, 1); }, refused);
  EXPECT_THAT([&] { quiet.get(beyond); }, refused);
  EXPECT_THAT([&] { quiet.contains(beyond); }, refused);
  EXPECT_THAT([&] { quiet.incr(beyond, 1, {.initial = 0}); }, refused);
  EXPECT_THAT([&] { quiet.set_many({{"short", 1}, {beyond, 1}}); }, refused);
  EXPECT_THAT([&] { quiet.incr_version(longest, 9, {.version = 1}); },
              testing::Throws<InvalidKey>())
      << "version 10 makes the final key a byte longer";
  EXPECT_EQ(quiet.get(longest), "value");
  EXPECT_FALSE(quiet.contains("short"));
}

/// The ten operations of Django's test, each on that key.
std::vector<std::function<void(Cache&)>> operations(const std::string& key) {
  return {
      [key](Cache& cache) { cache.add(key, 1); },
      [key](Cache& cache) { cache.get(key, 1); },
      [key](Cache& cache) { cache.set(key, 1); },
      [key](Cache& cache) { cache.incr(key); },
      [key](Cache& cache) { cache.decr(key); },
      [key](Cache& cache) { cache.touch(key); },
      [key](Cache& cache) { cache.erase(key); },
      [key](Cache& cache) {
        cache.get_many({key, "b"});
      },
      [key](Cache& cache) {
        cache.set_many({{key, 1}, {"b", 2}});
      },
      [key](Cache& cache) {
        cache.erase_many({key, "b"});
      },
      // and those that Django does not test
      [key](Cache& cache) { cache.contains(key); },
      [key](Cache& cache) { cache.ttl(key); },
      [key](Cache& cache) { cache.get_or_set(key, 1); },
      [key](Cache& cache) { cache.try_incr(key); },
      [key](Cache& cache) {
        cache.incr_many({{key, 1}});
      },
      [key](Cache& cache) { cache.pop<int>(key); },
      [key](Cache& cache) { cache.update<int>(key, [](auto) { return 1; }); },
      [key](Cache& cache) { cache.expire_at(key, {}); },
  };
}

// C59, C60, S77, S78: one warning from every operation, in Django's words; and it still runs.
TEST_P(Keys, EveryOperationWarnsOfAKeyThatMemcachedWouldRefuse) {
  Warnings warnings;
  Cache& warned = open({.key_warnings = warnings.handler()});
  const std::pair<std::string, std::string> cases[] = {
      {spaced_key,
       "Cache key contains characters that will cause errors if used with memcached: "
       "':1:key with spaces and \\xe6\\xb8\\x85'"},
      {long_key, "Cache key will cause errors if used with memcached: " + quote(":1:" + long_key) +
                     " (longer than 250)"},
  };
  for (const auto& [key, message] : cases) {
    for (std::size_t i = 0; const auto& operation : operations(key)) {
      operation(warned);
      EXPECT_THAT(warnings.take(), ElementsAre(message)) << "operation " << i++;
    }
  }
}

// S72: incr_version has two final keys.
TEST_P(Keys, IncrVersionWarnsOfBothFinalKeys) {
  Warnings warnings;
  Cache& warned = open({.key_warnings = warnings.handler()});
  warned.set("a b", 1);
  warnings.take();
  warned.incr_version("a b");
  EXPECT_THAT(warnings.take(), ElementsAre(HasSubstr("':1:a b'"), HasSubstr("':2:a b'")));
}

// S77: both rules, the length first; and only the bytes up to space, and DEL.
TEST_P(Keys, ALongKeyWithASpaceDrawsBothWarnings) {
  Warnings warnings;
  Cache& warned = open({.key_warnings = warnings.handler()});
  warned.get(long_key + " ");
  EXPECT_THAT(warnings.take(), ElementsAre(HasSubstr("longer than"), HasSubstr("characters")));
  for (const char* fine : {"!~", "\x80\xff", "\xc2\xa0", "\xe2\x80\xa8"}) warned.get(fine);
  EXPECT_THAT(warnings.take(), IsEmpty());
  for (const std::string& bad : {"\0"s, "\x1f"s, " "s, "\x7f"s}) warned.get(bad);
  EXPECT_THAT(warnings.take(), testing::SizeIs(4));
}

// C60, C61, X12, S77: the final key counts, and bytes do.
TEST_P(Keys, TheWarningIsAboutMoreThan250BytesOfFinalKey) {
  Warnings warnings;
  Cache& warned = open({.key_warnings = warnings.handler()});
  const std::string fits(247, 'k');
  warned.set(fits, 1);
  EXPECT_THAT(warnings.take(), IsEmpty());
  EXPECT_EQ(warned.get<int>(fits, {.version = 10}), std::nullopt);
  EXPECT_THAT(warnings.take(), testing::SizeIs(1));
  EXPECT_EQ(warned.get<int>(fits + "k"), std::nullopt);
  EXPECT_THAT(warnings.take(), testing::SizeIs(1));
  std::string characters;
  for (int i = 0; i < 84; ++i) characters += "清";  // three bytes each
  warned.get(characters);
  EXPECT_THAT(warnings.take(), testing::SizeIs(1));
}

// C104, C105, X26, S45, S79: as the memcached back ends of Django do, and nothing is written.
TEST_P(Keys, AHandlerThatThrowsStopsEveryOperationBeforeItWrites) {
  Cache& strict = open({.key_warnings = throw_key_warnings()});
  Cache& quiet = open({.key_warnings = ignore_key_warnings()});
  for (const std::string& key : {spaced_key, long_key, std::string(248, 'k')}) {
    quiet.set(key, 1);
    settle();
    for (const auto& operation : operations(key)) {
      EXPECT_THROW(operation(strict), InvalidKey);
    }
    EXPECT_THROW(strict.incr_version(key), InvalidKey);
    EXPECT_EQ(quiet.get<int>(key), 1);
    EXPECT_EQ(quiet.ttl(key), Timeout(300s));
    EXPECT_FALSE(quiet.contains("b"));
  }
}

// X26, S79
TEST_P(Keys, TheHandlerOfTheProcessIsThatOfCachesWithoutOne) {
  Warnings process;
  Warnings own;
  const KeyWarningHandler before = set_key_warning_handler(process.handler());
  Cache& other = open({.key_warnings = own.handler()});
  cache().get("a b");
  EXPECT_THAT(process.take(), testing::SizeIs(1));
  other.get("a b");
  EXPECT_THAT(process.take(), IsEmpty());
  EXPECT_THAT(own.take(), testing::SizeIs(1));
  set_key_warning_handler(before);
  const std::string key = "a b " + std::string(GetParam().name);  // is logged once in a process
  testing::internal::CaptureStderr();
  cache().get(key);
  EXPECT_THAT(process.take(), IsEmpty());
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr(quote(":1:" + key)));
}

// X26: the default.
TEST_P(Keys, LoggingSaysEachKeyOnceOnStandardError) {
  Cache& logged = open({.key_warnings = log_key_warnings()});
  const std::string key = "logged\nonce " + std::string(GetParam().name);
  testing::internal::CaptureStderr();
  for (int i = 0; i < 3; ++i) logged.set(key, i);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "cairn: Cache key contains characters that will cause errors if used with memcached: " +
                quote(":1:" + key) + "\n");
  EXPECT_EQ(logged.get<int>(key), 2);
}

// C136, S76
TEST_P(Keys, AValidatorReplacesBothRules) {
  Warnings warnings;
  std::vector<std::string> seen;
  Cache& own = open({.key_warnings = warnings.handler(), .validate_key = [&](std::string_view key) {
                       seen.emplace_back(key);
                       if (key.ends_with("!")) throw InvalidKey("no shouting");
                     }});
  const std::string key = "some key with spaces" + std::string(250, 'x');
  own.set(key, "value");
  settle();
  EXPECT_EQ(own.get(key), "value");
  EXPECT_THAT(warnings.take(), IsEmpty());
  EXPECT_THAT(seen, ElementsAre(":1:" + key, ":1:" + key));
  EXPECT_THAT([&] { own.set("hey!", 1); }, ThrowsMessage<InvalidKey>("no shouting"));
  EXPECT_FALSE(cache().contains("hey!"));
  EXPECT_THROW(own.get(std::string(max_key_size, 'k')), InvalidKey);  // that limit stays
}

}  // namespace cairn::test
