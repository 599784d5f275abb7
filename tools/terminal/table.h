// Aligned columns, for tables of any length in little memory.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "terminal/terminal.h"

namespace cairn::tool {

/// The cells of a row, one after the other in one text: append to it what a cell has, escaped, and
/// end the cell.  Meant to be cleared and used for the next row.
class Row {
 public:
  static constexpr std::size_t most_cells = 16;
  std::string text;

  void end_cell(std::optional<Colour> colour = {}) { cells_[size_++] = {text.size(), colour}; }
  void add(std::string_view cell, std::optional<Colour> colour = {}) {
    text += cell;
    end_cell(colour);
  }
  void clear() {
    text.clear();
    size_ = 0;
  }

  std::size_t size() const { return size_; }
  std::string_view cell(std::size_t at) const {
    const std::size_t begin = at == 0 ? 0 : cells_[at - 1].end;
    return std::string_view(text).substr(begin, cells_[at].end - begin);
  }
  std::optional<Colour> colour(std::size_t at) const { return cells_[at].colour; }

 private:
  struct Cell {
    std::size_t end;
    std::optional<Colour> colour;
  };
  std::array<Cell, most_cells> cells_;
  std::size_t size_ = 0;
};

/// The first rows are held back to see how wide the columns are; from then on rows are written as
/// they come.  On a terminal a row takes one line: what is too long is cut, and columns are left
/// out where that is not enough.  Elsewhere everything is shown, so that output can be searched.
class Table {
 public:
  struct Column {
    std::string title;
    bool right = false;     ///< numbers
    bool flexible = false;  ///< is cut where the terminal is narrow
    /// Left out where cutting is not enough, 1 before 2 and so on; 0: never.
    int dispensable = 0;
    bool hidden = false;
  };

  Table(Output& output, std::vector<Column> columns);

  void add(const Row& row);
  /// Writes what was held back.
  void finish();

 private:
  void settle();
  void narrow();
  bool shrink(std::size_t least);
  void write(const Row& row);

  static constexpr std::size_t sample = 500;
  Output& output_;
  std::vector<Column> columns_;
  std::vector<std::size_t> widths_;
  std::vector<Row> held_;
  std::string line_;
  bool settled_ = false;
};

}  // namespace cairn::tool
