// Aligned columns, for tables of any length in little memory.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "terminal.h"

namespace cairn::tool {

/// The first rows are held back to see how wide the columns are; from then on rows are written as
/// they come.  On a terminal a row takes one line: what is too long is cut.  Elsewhere nothing is
/// cut, so that output can be searched.
class Table {
 public:
  struct Column {
    std::string title;
    bool right = false;     ///< numbers
    bool flexible = false;  ///< gives way where the terminal is narrow
  };
  struct Cell {
    std::string text;  ///< escaped
    Colour colour = Colour::bold;
    bool coloured = false;
  };

  Table(Output& output, std::vector<Column> columns);

  void add(std::vector<Cell> row);
  /// Writes what was held back.
  void finish();

 private:
  void settle();
  void write(const std::vector<Cell>& row);

  static constexpr std::size_t sample = 500;
  Output& output_;
  std::vector<Column> columns_;
  std::vector<std::size_t> widths_;
  std::vector<std::vector<Cell>> held_;
  bool settled_ = false;
};

}  // namespace cairn::tool
