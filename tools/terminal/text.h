// Numbers, times and sizes as people write and read them.
#pragma once

#include <charconv>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace cairn::tool {

/// Appends a number, in digits.
template <std::integral Number>
void append_number(std::string& out, Number number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

// What a table has in every row can be appended to it.

/// "17 B", "4.2 KiB", "1.0 GiB".
void append_size(std::string& out, std::uint64_t bytes);
std::string size_text(std::uint64_t bytes);
/// "250ms", "12s", "3m 20s", "5h 2m", "4d 3h": the two largest units.
void append_duration(std::string& out, std::chrono::milliseconds duration);
std::string duration_text(std::chrono::milliseconds duration);
/// "1 234 567".
std::string count_text(std::uint64_t count);
/// "2026-03-01 12:00:00.123", in UTC, without saying so.
std::string time_text(std::chrono::sys_time<std::chrono::milliseconds> time);

/// "500ms", "30" and "30s", "5m", "2h", "7d", "1w".  Throws UsageError.
std::chrono::milliseconds parse_duration(std::string_view text);
/// "100", "4K", "2.5M", "1G"; units of 1024, and "KiB" or "KB" mean the same.  Throws UsageError.
std::uint64_t parse_size(std::string_view text);

std::string base64(std::string_view bytes);

}  // namespace cairn::tool
