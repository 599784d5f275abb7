// The stored bytes, pinned.  One test for each file in tests/golden; README.md there says more.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include <cairn/encoded_value.h>
#include <cairn/key.h>
#include "golden/golden_store.h"
#include "ttl/operand.h"
#include "ttl/record.h"

namespace cairn {
namespace {

constexpr ttl::Instant written_at = 1'700'000'000'000;
constexpr ttl::Instant expires_at = written_at + 300'000;

std::string hex(std::string_view bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    text += {digits[byte >> 4], digits[byte & 15]};
    text += i % 16 == 15 || i + 1 == bytes.size() ? '\n' : ' ';
  }
  return text;
}

// The hex of the file, without its comments.
std::string golden(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string text;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with('#')) text += line + '\n';
  }
  return text;
}

void expect_golden(const std::string& name, const std::string& comment, std::string_view bytes) {
  const std::filesystem::path file =
      std::filesystem::path(CAIRN_GOLDEN_DIRECTORY) / (name + ".hex");
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(file) << "# " << comment << '\n' << hex(bytes);
  }
  EXPECT_EQ(hex(bytes), golden(file))
      << "The stored bytes have changed: tests/golden/" << name << ".hex (" << comment << ").\n"
      << "Every store that users have holds the old ones.  If you meant it: a new format version,\n"
      << "a section in docs/format.md, a golden file under a new name; the old file stays, and "
         "must\n"
      << "still be readable.  UPDATE_GOLDEN=1 in the environment rewrites the files.";
}

// The record of a value as set() would write it.
template <class V>
std::string stored(const V& value, ttl::Instant expiry = expires_at) {
  EncodedValue encoded = encode_value("key", value);
  ttl::write_header(encoded.bytes.data(), encoded.kind, written_at, expiry);
  return encoded.bytes;
}

TEST(Golden, Bytes) { expect_golden("bytes", "set(key, \"hello\")", stored("hello")); }
TEST(Golden, EmptyBytes) { expect_golden("bytes_empty", "set(key, \"\")", stored("")); }
TEST(Golden, Integer) { expect_golden("integer", "set(key, 42)", stored(42)); }
TEST(Golden, IntegerBelowZero) { expect_golden("integer_negative", "set(key, -2)", stored(-2)); }
TEST(Golden, IntegerThatIsTheLargest) {
  expect_golden("integer_max", "set(key, INT64_MAX)",
                stored(std::numeric_limits<std::int64_t>::max()));
}
TEST(Golden, IntegerThatNeverExpires) {
  expect_golden("integer_never", "set(key, 42, {.timeout = never})",
                stored(42, ttl::never_expires));
}
TEST(Golden, Real) { expect_golden("real", "set(key, -1.5)", stored(-1.5)); }
TEST(Golden, True) { expect_golden("boolean_true", "set(key, true)", stored(true)); }
TEST(Golden, False) { expect_golden("boolean_false", "set(key, false)", stored(false)); }
TEST(Golden, Null) { expect_golden("null", "set(key, nullptr)", stored(nullptr)); }
TEST(Golden, Custom) {
  expect_golden("custom", "a codec outside this project: kind custom, payload abc",
                ttl::encode({ValueKind::custom, written_at, expires_at, "abc"}));
}
TEST(Golden, Void) {
  expect_golden("void", "what a merge onto nothing leaves",
                ttl::encode({ValueKind::nothing, 0, 0, {}}));
}
TEST(Golden, Touched) {
  const std::string bytes = ttl::encode({ValueKind::bytes, written_at, expires_at, "abc"});
  expect_golden("touched", "set(key, \"abc\"), and touch(key) five seconds later",
                ttl::encode_touched(*ttl::parse(bytes), written_at + 5000, expires_at + 5000));
}
TEST(Golden, AddOperand) {
  expect_golden("operand_add", "incr(key, 3)", ttl::encode(ttl::Operand{written_at, 3}));
}
TEST(Golden, SubtractOperand) {
  expect_golden("operand_subtract", "decr(key, 3)", ttl::encode(ttl::Operand{written_at, -3}));
}

TEST(Golden, Archive) {
  expect_golden("archive", "set(key, Point{7, \"north\"}), the name of the type pinned",
                stored(golden::Point{7, "north"}));
}

TEST(Golden, DefaultKey) {
  expect_golden("key_default", "make_key(\"user:7\", \"app\", 2)", make_key("user:7", "app", 2));
}
TEST(Golden, DefaultKeyOfNoPrefixAndANegativeVersion) {
  expect_golden("key_default_negative", "make_key(\"k\", \"\", -1)", make_key("k", "", -1));
}
TEST(Golden, UnambiguousKey) {
  expect_golden("key_unambiguous", "unambiguous_key(\"user:7\", \"app\", 2)",
                unambiguous_key("user:7", "app", 2));
}
TEST(Golden, UnambiguousKeyOfNoPrefix) {
  expect_golden("key_unambiguous_empty", "unambiguous_key(\"k\", \"\", 1)",
                unambiguous_key("k", "", 1));
}

}  // namespace
}  // namespace cairn
