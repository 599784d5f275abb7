// What is written to disk and to messages does not depend on the locale of the program.
#include <gtest/gtest.h>
#include <unistd.h>

#include <locale>
#include <string>

#include <cairn/boost.h>
#include <cairn/caches.h>
#include <cairn/inspect.h>
#include "support/temp_directory.h"

namespace cairn::test {
namespace {

// Digits in groups of one, and a decimal comma: 12345.5 is 1_2_3_4_5,5.
class Grouping : public std::numpunct<char> {
 protected:
  char do_thousands_sep() const override { return '_'; }
  std::string do_grouping() const override { return "\1"; }
  char do_decimal_point() const override { return ','; }
};

class UnderALocale : public testing::Test {
 protected:
  ~UnderALocale() override { std::locale::global(before_); }
  static void change() { std::locale::global(std::locale(std::locale(), new Grouping)); }

  const std::locale before_;
  const TempDirectory directory_;
};

void fill(Cache& cache) {
  for (int i = 0; i < 200; ++i) cache.set("key-" + std::to_string(i), std::string(1000, 'x'));
  cache.set("real", 12345.5);
  cache.set("counter", 1'234'567);
  cache.incr("counter", 1'000'000);
  cache.set("list", std::vector<double>{1234.5, -0.25});
}

void expect_filled(Cache& cache) {
  EXPECT_EQ(cache.get<double>("real"), 12345.5);
  EXPECT_EQ(cache.get<int>("counter"), 2'234'567);
  EXPECT_EQ(cache.get<std::vector<double>>("list"), (std::vector<double>{1234.5, -0.25}));
  EXPECT_EQ(cache.keys().size(), 203u);
}

TEST_F(UnderALocale, WhatWasClosedIsSoundToEveryOther) {
  const auto open = [&] { return Cache::open(directory_ / "store"); };
  change();
  {
    Cache cache = open();
    fill(cache);
    cache.expire();
    cache.close();
    expect_filled(cache);
  }
  std::locale::global(std::locale::classic());
  {
    Cache cache = open();
    expect_filled(cache);
    EXPECT_EQ(cache.stats().recovery.left_by, LeftBy::close);
    EXPECT_TRUE(cache.stats().recovery.findings.empty());
  }
  change();
  Cache cache = open();
  expect_filled(cache);
  EXPECT_EQ(cache.stats().recovery.left_by, LeftBy::close);
}

TEST_F(UnderALocale, KeysAreTheSame) {
  Cache cache = Cache::open(directory_ / "store", {.key_prefix = "p", .version = 12345});
  const std::string before = cache.make_key("key");
  change();
  EXPECT_EQ(cache.make_key("key"), before);
  EXPECT_EQ(make_key("key", "p", 12345), before);
  EXPECT_EQ(KeyFunction("unambiguous")("key", "p", 12345), [&] {
    std::locale::global(std::locale::classic());
    return KeyFunction("unambiguous")("key", "p", 12345);
  }());
}

TEST_F(UnderALocale, NumbersInMessagesAreAsTheyAre) {
  Cache cache = Cache::open(directory_ / "store", {.max_value_size = 12345});
  change();
  try {
    cache.set("key", std::string(23456, 'x'));
    ADD_FAILURE() << "was stored";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("12345"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("23456"), std::string::npos) << error.what();
  }
}

TEST_F(UnderALocale, AViewFindsTheOwner) {
  Cache cache = Cache::open(directory_ / "store");
  change();
  EXPECT_EQ(StoreView(directory_ / "store").owner(), ::getpid());
}

}  // namespace
}  // namespace cairn::test
