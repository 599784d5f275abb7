// The figures as tables, for text and for the page.
#pragma once

#include <string>
#include <vector>

#include "durability/results.h"

namespace bench {

struct Table {
  std::string title;
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  ///< each as long as the header
};

Table target_table(const Results& results);
/// One row for each operation, with the levels beside each other.
Table cost_table(const Results& results, int threads);
Table latency_table(const Results& results, int threads);
Table reopening_table(const Results& results);
Table loss_table(const Results& results);
/// Everything about the cells of one operation and size.
Table cell_table(const Results& results, Operation operation, std::size_t value_bytes);

/// With an empty line behind it.
std::string markdown(const Table& table);
std::string html(const Table& table);

/// The machine and the run, in sentences.
std::string machine_words(const Context& context);
/// What speaks against relying on these figures, in sentences; empty if nothing does.
std::string reservations(const Results& results);

}  // namespace bench
