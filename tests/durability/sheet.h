// How large a durability suite runs, with which seed, and where it says what it found.
//
//   CAIRN_DURABILITY        smoke (the default: seconds) or full (the published figures)
//   CAIRN_DURABILITY_SEED   repeats the choices of an earlier run; else a new seed, which is
//   printed CAIRN_DURABILITY_SHEET  a file to which every claim is appended as one line of JSON
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace cairn::test::durability {

/// Throws std::invalid_argument if CAIRN_DURABILITY is neither smoke nor full.
bool full();
/// As much as the size of the run asks for.
template <class T>
T amount(T smoke, T of_full) {
  return full() ? of_full : smoke;
}

/// The seed of this process, the same at every call.
std::uint64_t seed();

/// What was claimed, how often it was tried and how often it did not hold.
struct Claim {
  using Figure = std::variant<std::int64_t, std::uint64_t, double, std::string>;

  std::string claim;
  std::uint64_t trials = 0;
  std::uint64_t violations = 0;
  double seconds = 0;
  /// What else is worth knowing; after the fields above, in this order.
  std::vector<std::pair<std::string, Figure>> figures = {};
  std::uint64_t seed = durability::seed();
};

/// The line of a claim: {"claim":...,"trials":...,"violations":...,"seed":...,"seconds":...,...}.
std::string line(const Claim& claim);
/// Prints the line, and appends it to the sheet if there is one; throws if that fails.  Safe from
/// several processes at once.
void publish(const Claim& claim);

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace cairn::test::durability
