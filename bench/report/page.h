// The page that holds everything.
#pragma once

#include <string>
#include <vector>

#include "durability/results.h"
#include "report/charts.h"

namespace bench {

/// HTML that needs no other file.
std::string page(const Results& results, const std::vector<Chart>& charts);

/// The short tables, as Markdown.
std::string summary(const Results& results);

}  // namespace bench
