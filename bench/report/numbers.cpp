#include "report/numbers.h"

#include <fmt/format.h>

#include <cmath>

namespace bench {
namespace {

// Three digits, but no exponent and no zeros behind the point of a round number.
std::string digits(double number) {
  if (number >= 99.95) return fmt::format("{:.0f}", number);
  if (number >= 9.995) return fmt::format("{:.3g}", std::round(number * 10) / 10);
  return fmt::format("{:.3g}", number);
}

}  // namespace

std::string rate_words(double per_second) {
  if (per_second >= 999'500) return digits(per_second / 1e6) + " M";
  if (per_second >= 999.5) return digits(per_second / 1e3) + " k";
  return digits(per_second);
}

std::string time_words(double us) {
  if (us >= 999'500) return digits(us / 1e6) + " s";
  if (us >= 999.5) return digits(us / 1e3) + " ms";
  return digits(us) + " µs";
}

std::string ratio_words(double ratio) {
  return ratio >= 9.995 ? fmt::format("{:.1f}x", ratio) : fmt::format("{:.2f}x", ratio);
}

std::string bytes_words(double bytes) {
  if (bytes >= 999'500) return digits(bytes / 1e6) + " MB";
  if (bytes >= 999.5) return digits(bytes / 1e3) + " kB";
  return digits(bytes) + " B";
}

}  // namespace bench
