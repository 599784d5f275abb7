// Hostile keys and prefixes.  The input is a byte of choices, 8 bytes of version, a byte with the
// length of the prefix, the prefix, and the key.  What must hold:
//   - an unambiguous key can be taken apart into what it was made of, so no two inputs meet;
//   - every way of making a key agrees, and a key begins with its head;
//   - the rules take any bytes and refuse only what is too long;
//   - what messages show of a key is printable and of bounded length.
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <cairn/error.h>
#include "bytes/little_endian.h"
#include "key/key_maker.h"

namespace {

using namespace cairn;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Parts {
  std::string key;
  std::string prefix;
  std::int64_t version = 1;
};

// The number that the text begins with, which must be followed by a colon; both are taken off.
std::int64_t take_number(std::string_view& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  require(error == std::errc());
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  require(text.starts_with(':'));
  text.remove_prefix(1);
  return number;
}

Parts take_apart(std::string_view unambiguous) {
  Parts parts;
  const auto length = static_cast<std::size_t>(take_number(unambiguous));
  require(length < unambiguous.size());
  parts.prefix = unambiguous.substr(0, length);
  unambiguous.remove_prefix(length);
  require(unambiguous.starts_with(':'));
  unambiguous.remove_prefix(1);
  parts.version = take_number(unambiguous);
  parts.key = unambiguous;
  return parts;
}

bool printable(std::string_view text) {
  for (const char c : text) {
    if (c < 0x20 || c > 0x7e) return false;
  }
  return true;
}

void check_message(std::string_view text) {
  require(printable(text));
  require(text.size() < 500);
}

void check_rules(std::string_view final_key) {
  int warnings = 0;
  const key::KeyRules telling(
      [&](const KeyWarning& warning) {
        ++warnings;
        require(warning.key == final_key);
        check_message(warning.message);
      },
      {});
  try {
    telling.check(final_key);
    require(final_key.size() <= max_key_size && warnings <= 2);
  } catch (const InvalidKey& error) {
    require(final_key.size() > max_key_size);
    check_message(error.what());
  }
  try {
    key::KeyRules(throw_key_warnings(), {}).check(final_key);
    require(warnings == 0);
  } catch (const InvalidKey&) {
    require(warnings > 0 || final_key.size() > max_key_size);
  }
}

void check_maker(const Parts& parts, const KeyFunction& function, std::string_view expected) {
  const key::KeyRules silent(ignore_key_warnings(), {});
  const key::KeyMaker same(parts.prefix, parts.version, function, silent);
  require(same.unchecked(parts.key, {}).view() == expected);
  require(expected.starts_with(same.head({}, "keys")));
  require(expected.substr(same.head({}, "keys").size()) == parts.key);
  const key::KeyMaker other(parts.prefix, 1, function, silent);
  require(other.unchecked(parts.key, parts.version).view() == expected);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_message(quote(bytes));
  if (bytes.size() < 10) return 0;
  const auto choices = static_cast<unsigned char>(bytes[0]);
  Parts parts;
  parts.version = static_cast<std::int64_t>(load_little_endian<8>(&bytes[1]));
  const auto prefix = static_cast<unsigned char>(bytes[9]);
  bytes.remove_prefix(10);
  parts.prefix = bytes.substr(0, prefix);
  parts.key = bytes.substr(parts.prefix.size());
  // Long keys are rare in a corpus: make some.
  if (choices % 8 == 0) parts.key.append(choices * std::size_t{300}, 'k');

  const std::string plain = make_key(parts.key, parts.prefix, parts.version);
  const std::string unambiguous = unambiguous_key(parts.key, parts.prefix, parts.version);
  const Parts again = take_apart(unambiguous);
  require(again.key == parts.key && again.prefix == parts.prefix && again.version == parts.version);
  require(unambiguous.ends_with(plain));
  check_maker(parts, {}, plain);
  check_maker(parts, "unambiguous", unambiguous);
  check_rules(plain);
  check_rules(unambiguous);
  return 0;
}
