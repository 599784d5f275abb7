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
  others,   ///< caches of other locations; what uses this one throws would_deadlock
  apart,    ///< caches of other locations; waiting for a use of this one may wait for ever
  refused,  ///< no cache on disk: that throws would_deadlock
  never,    ///< no cache on disk: waiting for a use of one may wait for ever
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
  /// Uses a column family of its own, which in `memory:` is another cache.
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
    case Rule::others:
      return "other locations; this one is refused";
    case Rule::apart:
      return "other locations only";
    case Rule::refused:
      return "nothing on disk; it is refused";
    case Rule::never:
      return "nothing on disk";
  }
  return {};
}

}  // namespace cairn::test
