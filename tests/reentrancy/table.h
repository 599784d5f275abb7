// The table of the reentrancy suite: what may be done inside which function of the caller's.
//
// docs/architecture.md has the same table for people; a test compares the two.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "reentrancy/scene.h"

namespace cairn::test {

/// What is allowed inside a function of the caller's.
enum class Rule {
  everything,
  reads,    ///< reads of any cache, close() and opening; what writes throws would_deadlock
  earlier,  ///< locations that were opened before this one; the others throw would_deadlock
  apart,    ///< the same; waiting for a use of another may wait for ever
  refused,  ///< what was opened before the first directory; the others throw would_deadlock
  never,    ///< the same; waiting for a use of another may wait for ever
};

/// A row: a function of the caller's, and a call that makes the library call it.
struct Callback {
  const char* name;
  Rule rule;    ///< for the thread that is inside
  Rule helper;  ///< for a thread that the function waits for
  bool on_disk_only;
  /// Arms the scene, and makes the library call the function, which calls Scene::call().
  std::function<void(Scene& scene)> provoke;
  /// Options of the first cache that have the function.
  std::function<void(Scene& scene, CacheOptions& options)> cache = {};
  /// Options of its store that have the function.
  std::function<void(Scene& scene, StoreOptions& options)> store = {};
  /// Is provoked once for all operations, since each time takes long.
  bool slow = false;
};

/// A column: an operation on a cache.
struct Operation {
  const char* name;
  bool writes;
  /// Throws what the operation throws; false if its result is not the right one.  `scene.seed()`
  /// was called before.
  std::function<bool(Scene& scene, Cache& cache, const std::filesystem::path& location)> run;
  /// Closing is never refused.
  bool always_allowed = false;
  /// Uses a column family of its own, which in `memory:` is another location, opened last.
  bool own_family = false;
};

const std::vector<Callback>& callbacks();
const std::vector<Operation>& operations();

/// As docs/architecture.md writes it.
inline std::string words(Rule rule) {
  switch (rule) {
    case Rule::everything:
      return "everything";
    case Rule::reads:
      return "reads; what writes is refused";
    case Rule::earlier:
      return "locations opened before this one; the others are refused";
    case Rule::apart:
      return "locations opened before this one";
    case Rule::refused:
      return "what was opened before any directory; the rest is refused";
    case Rule::never:
      return "what was opened before any directory";
  }
  return {};
}

}  // namespace cairn::test
