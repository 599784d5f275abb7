// Comparing the functions that options carry.
#pragma once

#include <functional>

namespace cairn {

/// Whether two functions are the same as far as can be told: both empty, or of one type and, if
/// that is a plain function's, one address.  Closures of one lambda cannot be told apart.
template <class Result, class... Arguments>
bool same_function(const std::function<Result(Arguments...)>& a,
                   const std::function<Result(Arguments...)>& b) {
  using Plain = Result (*)(Arguments...);
  if (a.target_type() != b.target_type()) return false;
  const Plain* const left = a.template target<Plain>();
  const Plain* const right = b.template target<Plain>();
  return left == nullptr || right == nullptr || *left == *right;
}

}  // namespace cairn
