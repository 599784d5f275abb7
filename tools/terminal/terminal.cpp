#include "terminal/terminal.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include <cairn/error.h>
#include <fmt/format.h>

namespace cairn::tool {
namespace {

constexpr std::size_t pending_limit = 1 << 16;

// The character at the start of `bytes`; size 0 if they are not valid UTF-8.
struct Character {
  char32_t code;
  std::size_t size;
};

Character first_character(std::string_view bytes) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || bytes.size() < size) return {0, 0};
  char32_t code = lead & (0xffu >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {0, 0};
    code = code << 6 | (byte(i) & 0x3fu);
  }
  const char32_t lowest = size == 4 ? 0x10000 : size == 3 ? 0x800 : 0x80;
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < lowest || code > 0x10ffff || surrogate) return {0, 0};
  return {code, size};
}

// ---- eight bytes at a time, as most keys and values can be taken ----

constexpr std::uint64_t ones = 0x0101010101010101;
constexpr std::uint64_t high_bits = 0x80 * ones;

// The high bits of the zero bytes, and maybe of bytes above a zero byte.
constexpr std::uint64_t zeros_of(std::uint64_t word) { return (word - ones) & ~word; }

// Whether one of the bytes is no printable ASCII, or a backslash.  Borrows run upwards only, from a
// byte that is special itself.
constexpr bool has_unprintable(std::uint64_t word) {
  const std::uint64_t found = word | ((word - 0x20 * ones) & ~word) | zeros_of(word ^ '\\' * ones) |
                              zeros_of(word ^ 0x7f * ones);
  return (found & high_bits) != 0;
}
constexpr bool has_quote(std::uint64_t word) {
  return (zeros_of(word ^ '"' * ones) & high_bits) != 0;
}
std::uint64_t word_at(const char* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

// Whether no word of the bytes, the last one filled up with spaces, is such a one.
template <class Predicate>
bool none_of_words(std::string_view bytes, const Predicate& special) {
  for (; bytes.size() >= sizeof(std::uint64_t); bytes.remove_prefix(sizeof(std::uint64_t))) {
    if (special(word_at(bytes.data()))) return false;
  }
  std::uint64_t rest = 0x20 * ones;
  for (const char c : bytes) rest = rest << 8 | static_cast<unsigned char>(c);
  return !special(rest);
}

bool is_ascii(std::string_view bytes) {
  std::uint64_t all = 0;
  for (; bytes.size() >= sizeof all; bytes.remove_prefix(sizeof all)) all |= word_at(bytes.data());
  for (const char c : bytes) all |= static_cast<unsigned char>(c);
  return (all & high_bits) == 0;
}

// What escape() leaves as it is, and needs no decoding for.
bool is_printable_ascii(std::string_view bytes) { return none_of_words(bytes, has_unprintable); }

struct Range {
  char32_t first;
  char32_t last;
};

template <std::size_t Size>
bool within(const Range (&ranges)[Size], char32_t code) {
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [&](const Range& each) { return code >= each.first && code <= each.last; });
}

// Controls, and what has no width or turns the direction of the text around it.
constexpr Range harmful[] = {
    {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},        {0x061c, 0x061c}, {0x180e, 0x180e},
    {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},    {0xfeff, 0xfeff}, {0xfff9, 0xfffb},
    {0xfdd0, 0xfdef}, {0xe000, 0xf8ff}, {0xe0000, 0x10ffff}, {0xfffe, 0xffff}};
constexpr Range wide[] = {
    {0x1100, 0x115f}, {0x2e80, 0xa4cf}, {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},
    {0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
constexpr Range combining[] = {
    {0x0300, 0x036f}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}};

std::size_t columns_of(char32_t code) {
  if (code < 0x300) return 1;
  if (within(combining, code)) return 0;
  return within(wide, code) ? 2 : 1;
}

void append_code(std::string& out, char32_t code) {
  switch (code) {
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    case '\\':
      out += "\\\\";
      break;
    default:
      out += code < 0x80 ? fmt::format("\\x{:02x}", static_cast<std::uint32_t>(code))
                         : fmt::format("\\u{{{:x}}}", static_cast<std::uint32_t>(code));
  }
}

std::size_t width_of(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

}  // namespace

bool is_simple(std::string_view bytes) {
  return none_of_words(bytes,
                       [](std::uint64_t word) { return has_unprintable(word) || has_quote(word); });
}

std::string escape(std::string_view bytes) {
  std::string out;
  append_escaped(out, bytes);
  return out;
}

void append_escaped(std::string& out, std::string_view bytes) {
  if (is_printable_ascii(bytes)) {
    out += bytes;
    return;
  }
  while (!bytes.empty()) {
    const Character next = first_character(bytes);
    if (next.size == 0) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(bytes[0]));
      bytes.remove_prefix(1);
      continue;
    }
    if (next.code == '\\' || within(harmful, next.code)) {
      append_code(out, next.code);
    } else {
      out += bytes.substr(0, next.size);
    }
    bytes.remove_prefix(next.size);
  }
}

bool is_plain(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto byte = static_cast<unsigned char>(bytes[0]);
    if (byte >= 0x20 && byte < 0x7f) {
      bytes.remove_prefix(1);
      continue;
    }
    const Character next = first_character(bytes);
    if (next.size == 0 || within(harmful, next.code)) return false;
    bytes.remove_prefix(next.size);
  }
  return true;
}

bool is_utf8(std::string_view bytes) {
  if (is_ascii(bytes)) return true;
  while (!bytes.empty()) {
    const Character next = first_character(bytes);
    if (next.size == 0) return false;
    bytes.remove_prefix(next.size);
  }
  return true;
}

std::size_t display_width(std::string_view text) {
  if (is_ascii(text)) return text.size();
  std::size_t columns = 0;
  while (!text.empty()) {
    const Character next = first_character(text);
    columns += next.size == 0 ? 1 : columns_of(next.code);
    text.remove_prefix(std::max<std::size_t>(next.size, 1));
  }
  return columns;
}

std::string clip(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::size_t taken = 0;
  std::size_t end = 0;
  while (end < text.size()) {
    const Character next = first_character(text.substr(end));
    const std::size_t wanted = next.size == 0 ? 1 : columns_of(next.code);
    if (taken + wanted > columns - 1) break;
    taken += wanted;
    end += std::max<std::size_t>(next.size, 1);
  }
  return std::string(text.substr(0, end)) + std::string(ellipsis);
}

Terminal::Terminal(std::FILE* output)
    : stream(output),
      interactive(::isatty(::fileno(output)) == 1),
      colours(false),
      width(interactive ? width_of(::fileno(output)) : 80) {
  const char* const no_colour = std::getenv("NO_COLOR");
  const char* const type = std::getenv("TERM");
  const bool dumb = type == nullptr || std::strcmp(type, "dumb") == 0;
  colours = interactive && !dumb && (no_colour == nullptr || *no_colour == '\0');
}

std::string paint(const Terminal& terminal, Colour colour, std::string_view text) {
  if (!terminal.colours) return std::string(text);
  constexpr const char* codes[] = {"1", "2", "31", "32", "33", "36"};
  return fmt::format("\x1b[{}m{}\x1b[0m", codes[static_cast<std::size_t>(colour)], text);
}

Output::Output() : terminal_(stdout) {}

Output::~Output() {
  try {
    flush();
  } catch (const Error&) {
    // Something else is on its way to the user already, or flush() would have been called.
  }
}

void Output::write(std::string_view text) {
  pending_ += text;
  if (pending_.size() >= pending_limit) flush();
}

void Output::flush() {
  std::string_view left = pending_;
  while (!left.empty()) {
    const ssize_t written = ::write(::fileno(terminal_.stream), left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const std::string why = std::strerror(errno);
      pending_.clear();
      throw IoError("write to standard output: " + why + "; give it somewhere to go");
    }
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  pending_.clear();
}

void complain(std::string_view message) {
  const std::string line = "cairn: " + std::string(message) + "\n";
  std::fputs(line.c_str(), stderr);
}

}  // namespace cairn::tool
