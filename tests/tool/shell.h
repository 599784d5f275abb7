// The tool as a person has it: on a shell's command line.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include <cairn/caches.h>
#include <cairn/inspect.h>
#include <cairn/transfer.h>
#include "support/process.h"
#include "support/temp_directory.h"

namespace cairn::test {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

inline constexpr const char* tool = CAIRN_TOOL;

// A shell's command line, with `cairn` for the tool; what it complains about is in the output too.
inline Result shell(const std::string& line) {
  return run(
      {"/bin/sh", "-c", "cairn() { '" + std::string(tool) + "' \"$@\"; }; { " + line + "\n} 2>&1"});
}

inline void write_file(const fs::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

inline std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::int64_t lines(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

inline std::string line(const std::string& key, const std::string& value = "v") {
  return R"({"alias":"default","key":")" + key +
         R"(","kind":"bytes","written_at":1700000000000,"expires_at":null,"value":")" + value +
         "\"}\n";
}

inline RawRecord raw(std::string key, ValueKind kind, std::string payload) {
  RawRecord record;
  record.key = std::move(key);
  record.kind = kind;
  record.written_at = RawRecord::Time(1'700'000'000'123ms);
  record.payload = std::move(payload);
  return record;
}

inline RawRecord real(std::string key, double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  std::string payload;
  for (int i = 0; i < 8; ++i) payload += static_cast<char>(bits >> (8 * i) & 255);
  return raw(std::move(key), ValueKind::real, payload);
}

// Every kind, with what is awkward in each, some of it expired; in two families; with counters
// whose last increments lie unfolded above them.
inline void fill(const fs::path& directory) {
  using Limits = std::numeric_limits<double>;
  std::vector<RawRecord> records{
      raw("text", ValueKind::bytes, "gr\xc3\xbc\xc3\x9f \"quoted\" \\ back"),
      raw("empty", ValueKind::bytes, ""),
      raw("controls", ValueKind::bytes, std::string("\0\x1b[2J\x7f\xc2\x9b\r\n\t", 11)),
      raw("binary", ValueKind::bytes, std::string("\xff\0\x80", 3)),
      raw("turned", ValueKind::bytes, "\xe2\x80\xae\xf0\x9f\x98\x80"),
      raw(std::string("\0\xfe key", 6), ValueKind::bytes, "under a binary key"),
      raw("\x1b]0;key\x07\"", ValueKind::null, ""),
      raw("", ValueKind::boolean, std::string(1, '\0')),
      raw("true", ValueKind::boolean, "\1"),
      raw("odd truth", ValueKind::boolean, "\2"),
      raw("least", ValueKind::integer, std::string("\0\0\0\0\0\0\0\x80", 8)),
      raw("most", ValueKind::integer, "\xff\xff\xff\xff\xff\xff\xff\x7f"),
      raw("archive", ValueKind::archive, "1234 and no archive"),
      raw("custom", ValueKind::custom, ""),
      real("zero", 0.0),
      real("minus zero", -0.0),
      real("third", 1.0 / 3),
      real("denormal", Limits::denorm_min()),
      real("largest", -Limits::max()),
      real("infinite", Limits::infinity()),
      real("no number", -Limits::quiet_NaN()),
  };
  records[0].expires_at = RawRecord::Time(4'000'000'000'000ms);
  records[1].expires_at = RawRecord::Time(std::chrono::milliseconds::max());
  RawRecord expired = raw("expired", ValueKind::bytes, "gone");
  expired.expires_at = RawRecord::Time(1'700'000'000'124ms);
  records.push_back(expired);
  RawRecord other = raw("other", ValueKind::bytes, "in another family");
  other.family = "other";
  records.push_back(other);
  {
    StoreWriter writer(directory);
    writer.write(records);
    writer.close();
  }
  Cache cache = Cache::open(directory, {.timeout = never, .key_warnings = ignore_key_warnings()});
  cache.set("counter", 40);
  cache.incr("counter");
  cache.incr("counter");
  cache.incr_many({{"nobody's counter", 3}});  // leaves a void record
}

inline constexpr std::int64_t filled_live = 23;

class ToolStore : public testing::Test {
 protected:
  fs::path store() const { return directory_ / "store"; }
  std::string at(const char* name = "store") const {
    return "'" + (directory_ / name).native() + "'";
  }
  // What is stored under a final key, as JSON.
  std::string exported(const std::string& name = "store") {
    const Result result = shell("cairn export " + at(name.c_str()));
    EXPECT_EQ(result.status, 0) << result.output;
    return result.output;
  }

  const TempDirectory directory_;
};

}  // namespace cairn::test
