// What the figures should be.
#pragma once

#include <string>
#include <vector>

#include "durability/results.h"

namespace bench {

enum class Bound { at_most, at_least };

struct Target {
  std::string claim;  ///< "process_crash: time of set beside raw Put without sync"
  std::string where;  ///< "100 B, 4 threads"
  double figure = 0;
  Bound bound = Bound::at_most;
  double wanted = 0;
  std::string unit = {};

  bool met() const { return bound == Bound::at_most ? figure <= wanted : figure >= wanted; }
};

/// One for each figure that there is and that has a target.
std::vector<Target> judge(const Results& results);

/// As lines of text in columns.
std::string table(const std::vector<Target>& targets);

/// "1 thread", "4 threads"; "100 B", "4 KiB".
std::string thread_words(int threads);
std::string size_words(std::size_t bytes);

}  // namespace bench
