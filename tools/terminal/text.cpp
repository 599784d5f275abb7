#include "terminal/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>
#include <iterator>
#include <limits>
#include <optional>

#include <fmt/format.h>
#include "terminal/exit_code.h"
#include "terminal/terminal.h"

namespace cairn::tool {
namespace {

using std::chrono::milliseconds;

struct Unit {
  const char* name;
  std::int64_t length;
};
constexpr Unit units[] = {{"w", 7 * 86'400'000LL}, {"d", 86'400'000}, {"h", 3'600'000},
                          {"m", 60'000},           {"s", 1000},       {"ms", 1}};

// A number that is not negative, and the unit after it.
struct Measure {
  double number;
  std::optional<std::uint64_t> whole;  // exactly, if it has no fraction
  std::string_view unit;

  // So many of a unit; empty if that is more than can be told exactly.
  std::optional<std::uint64_t> times(std::uint64_t length) const {
    constexpr double exact = 9e15;  // below, a double tells whole numbers apart
    std::uint64_t product = 0;
    if (whole) {
      if (__builtin_mul_overflow(*whole, length, &product)) return std::nullopt;
      return product;
    }
    const double rounded = std::round(number * static_cast<double>(length));
    if (rounded > exact) return std::nullopt;
    // What is not nothing does not become nothing.
    return std::max<std::uint64_t>(static_cast<std::uint64_t>(rounded), number > 0 ? 1 : 0);
  }
};

std::optional<Measure> parse_measure(std::string_view text) {
  Measure measure{0, {}, {}};
  const char* const end = text.data() + text.size();
  std::uint64_t whole = 0;
  const auto digits = std::from_chars(text.data(), end, whole);
  if (digits.ec == std::errc::result_out_of_range) return std::nullopt;
  const auto parsed = std::from_chars(text.data(), end, measure.number, std::chars_format::fixed);
  if (parsed.ec != std::errc() || !std::isfinite(measure.number) || measure.number < 0 ||
      text.starts_with('-')) {
    return std::nullopt;
  }
  if (digits.ec == std::errc() && digits.ptr == parsed.ptr) measure.whole = whole;
  measure.unit = text.substr(static_cast<std::size_t>(parsed.ptr - text.data()));
  return measure;
}

}  // namespace

void append_size(std::string& out, std::uint64_t bytes) {
  if (bytes < 1024) {
    append_number(out, bytes);
    out += " B";
    return;
  }
  constexpr const char* names[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  auto size = static_cast<double>(bytes) / 1024;
  std::size_t name = 0;
  for (; size >= 1023.95 && name + 1 < std::size(names); ++name) size /= 1024;
  fmt::format_to(std::back_inserter(out), "{:.1f} {}", size, names[name]);
}

std::string size_text(std::uint64_t bytes) {
  std::string text;
  append_size(text, bytes);
  return text;
}

void append_duration(std::string& out, milliseconds duration) {
  std::int64_t left = duration.count();
  if (left < 0) out += '-';
  if (left == std::numeric_limits<std::int64_t>::min()) ++left;
  left = std::abs(left);
  if (left < 1000) {
    append_number(out, left);
    out += "ms";
    return;
  }
  int shown = 0;
  for (const Unit& unit : units) {
    if (unit.length == units[0].length || unit.length == 1) continue;  // no weeks
    const std::int64_t count = left / unit.length;
    left %= unit.length;
    if (count == 0 && shown == 0) continue;
    if (count > 0) {
      if (shown > 0) out += ' ';
      append_number(out, count);
      out += unit.name;
    }
    if (++shown == 2) break;
  }
}

std::string duration_text(milliseconds duration) {
  std::string text;
  append_duration(text, duration);
  return text;
}

std::string count_text(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, " ");
  }
  return digits;
}

std::string time_text(std::chrono::sys_time<milliseconds> time) {
  const std::int64_t since_epoch = time.time_since_epoch().count();
  const auto seconds = static_cast<std::time_t>(
      std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
  std::tm parts{};
  if (::gmtime_r(&seconds, &parts) == nullptr) return fmt::format("{} ms", since_epoch);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}", parts.tm_year + 1900LL,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     since_epoch - static_cast<std::int64_t>(seconds) * 1000);
}

milliseconds parse_duration(std::string_view text) {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (const auto measure = parse_measure(text)) {
    for (const Unit& unit : units) {
      if (measure->unit != unit.name && !(measure->unit.empty() && unit.length == 1000)) continue;
      const auto length = measure->times(static_cast<std::uint64_t>(unit.length));
      if (length && *length <= most) return milliseconds(static_cast<std::int64_t>(*length));
    }
  }
  throw UsageError("'" + escape(text) +
                   "' is no duration; write 500ms, 30s, 5m, 2h, 7d or 1w, 2^63 ms at most");
}

std::uint64_t parse_size(std::string_view text) {
  if (const auto measure = parse_measure(text)) {
    std::string unit(measure->unit);
    std::transform(unit.begin(), unit.end(), unit.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    if (unit.ends_with('B')) unit.pop_back();
    if (unit.ends_with('I')) unit.pop_back();
    constexpr std::string_view names = "KMGT";
    const std::size_t name = unit.size() == 1 ? names.find(unit[0]) : std::string_view::npos;
    if (unit.empty() || name != std::string_view::npos) {
      const std::uint64_t factor = unit.empty() ? 1 : std::uint64_t{1} << (10 * (name + 1));
      if (const auto size = measure->times(factor)) return *size;
    }
  }
  throw UsageError("'" + escape(text) +
                   "' is no size; write 100, 4K, 2.5M or 1G, less than 2^64 bytes");
}

std::string base64(std::string_view bytes) {
  constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8 | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      out += j <= count ? letters[group >> (18 - 6 * j) & 63] : '=';
    }
  }
  return out;
}

}  // namespace cairn::tool
