// The timeout of a value: how long it is kept.
#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <ratio>
#include <type_traits>

#include <cairn/error.h>

namespace cairn {

/// A duration from now, in whole milliseconds, or `never`.
///
/// Any std::chrono duration converts, rounded up to a millisecond, so that 0.4 s is 400 ms and 1 us
/// is 1 ms; a bare number does not compile.  What is too long to count (or infinite) becomes
/// `never`.  Zero and less mean "act, but do not keep", as in Django: set() removes the key, add()
/// of a missing key succeeds and stores nothing, touch() removes.
class Timeout {
 public:
  /// That duration.  Throws InvalidOption if it is not a number.
  template <class Rep, class Period>
  constexpr Timeout(std::chrono::duration<Rep, Period> duration)  // NOLINT: meant to convert
      : ms_(milliseconds(duration)) {}

  /// Does not compile, and says what to write.
  template <class Number>
  requires std::is_arithmetic_v<Number>
  constexpr Timeout(Number) : ms_(0) {  // NOLINT: meant to be found
    static_assert(!std::is_arithmetic_v<Number>,
                  "a timeout has a unit: write {.timeout = 30s} with `using namespace "
                  "std::chrono_literals`, std::chrono::seconds(n), or cairn::never");
  }

  /// The timeout that does not run out: `cairn::never`.
  static constexpr Timeout forever() { return Timeout(); }

  /// True for `never`, and for what is too long to count.
  constexpr bool is_never() const { return ms_ == max; }
  /// False for zero and less: the operation acts, but keeps nothing.
  constexpr bool keeps() const { return ms_ > 0; }
  /// The duration; std::chrono::milliseconds::max() for `never`.
  constexpr std::chrono::milliseconds duration() const { return std::chrono::milliseconds(ms_); }

  /// Equal if they are the same number of milliseconds, or both `never`.
  friend constexpr bool operator==(Timeout, Timeout) = default;

 private:
  static constexpr std::int64_t max = std::numeric_limits<std::int64_t>::max();
  static constexpr std::int64_t min = std::numeric_limits<std::int64_t>::min();

  constexpr Timeout() : ms_(max) {}

  template <class Rep, class Period>
  static constexpr std::int64_t milliseconds(std::chrono::duration<Rep, Period> duration) {
    using InMs = std::ratio_divide<Period, std::milli>;
    if constexpr (std::is_integral_v<Rep> && (InMs::den == 1 || InMs::num == 1)) {
      if constexpr (std::is_unsigned_v<Rep>) {
        if (duration.count() > static_cast<std::uint64_t>(max)) return max;
      }
      const auto count = static_cast<std::int64_t>(duration.count());
      if constexpr (InMs::den == 1) {
        if (count > max / InMs::num) return max;
        return count < min / InMs::num ? min : count * InMs::num;
      } else {
        return count / InMs::den + (count % InMs::den > 0 ? 1 : 0);
      }
    } else {
      // In the type that was given: 0.4 is not 0.4 in binary, but 0.4 * 1000 rounds to 400 in it.
      using Real = std::conditional_t<std::is_floating_point_v<Rep>, Rep, long double>;
      const Real ms = static_cast<Real>(duration.count()) * static_cast<Real>(InMs::num) /
                      static_cast<Real>(InMs::den);
      if (std::isnan(ms))
        throw InvalidOption("timeout: not a number; give a duration or cairn::never");
      if (ms >= static_cast<Real>(max)) return max;
      if (ms <= 0) return 0;
      const auto whole = static_cast<std::int64_t>(ms);
      return static_cast<Real>(whole) < ms ? whole + 1 : whole;
    }
  }

  std::int64_t ms_;  // max means never
};

/// The timeout of a value that does not expire (Django: `timeout=None`).
inline constexpr Timeout never = Timeout::forever();

}  // namespace cairn
