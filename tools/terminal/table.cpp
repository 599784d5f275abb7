#include "terminal/table.h"

#include <algorithm>
#include <utility>

namespace cairn::tool {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t least_width = 12;

// Few at a time, as they are: std::string fills by a call for each.
void append_spaces(std::string& line, std::size_t count) {
  constexpr std::string_view few = "                                ";
  for (; count > few.size(); count -= few.size()) line += few;
  line += few.substr(0, count);
}

}  // namespace

Table::Table(Output& output, std::vector<Column> columns)
    : output_(output), columns_(std::move(columns)) {
  for (const Column& each : columns_) widths_.push_back(display_width(each.title));
}

void Table::add(const Row& row) {
  if (settled_) return write(row);
  held_.push_back(row);
  if (held_.size() == sample) settle();
}

void Table::finish() {
  if (!settled_) settle();
}

void Table::settle() {
  settled_ = true;
  for (const Row& row : held_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths_[i] = std::max(widths_[i], display_width(row.cell(i)));
    }
  }
  if (output_.terminal().interactive) narrow();
  Row titles;
  for (const Column& each : columns_) titles.add(each.title, Colour::bold);
  write(titles);
  for (const Row& row : held_) write(row);
  held_.clear();
}

void Table::narrow() {
  const std::vector<std::size_t> natural = widths_;
  for (int step = 1; !shrink(least_width); ++step) {
    const auto next = std::find_if(columns_.begin(), columns_.end(), [&](const Column& column) {
      return column.dispensable == step;
    });
    if (next == columns_.end()) break;
    next->hidden = true;
    widths_ = natural;
  }
  shrink(1);
}

// The widest of the flexible columns gives way until a row fits; false if that is not enough.
bool Table::shrink(std::size_t least) {
  for (;;) {
    std::size_t all = 0;
    std::size_t* widest = nullptr;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].hidden) continue;
      all += (all > 0 ? gap : 0) + widths_[i];
      if (columns_[i].flexible && (widest == nullptr || widths_[i] > *widest)) widest = &widths_[i];
    }
    if (all <= output_.terminal().width) return true;
    if (widest == nullptr || *widest <= least) return false;
    --*widest;
  }
}

void Table::write(const Row& row) {
  const Terminal& terminal = output_.terminal();
  line_.clear();
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (columns_[i].hidden) continue;
    const bool last = i + 1 == row.size();
    const bool right = columns_[i].right;
    const bool cut = terminal.interactive && columns_[i].flexible;
    std::string_view cell = row.cell(i);
    // How wide the last one is matters only where it may be cut or moved.
    std::size_t width = last && !cut && !right ? widths_[i] : display_width(cell);
    std::string shorter;
    if (cut && width > widths_[i]) {
      shorter = clip(cell, widths_[i]);
      cell = shorter;
      width = display_width(cell);
    }
    const std::size_t space = width < widths_[i] ? widths_[i] - width : 0;
    if (right) append_spaces(line_, space);
    const std::optional<Colour> colour = row.colour(i);
    colour&& terminal.colours ? line_ += paint(terminal, *colour, cell) : line_ += cell;
    if (last) break;
    append_spaces(line_, (right ? 0 : space) + gap);
  }
  line_ += '\n';
  output_.write(line_);
}

}  // namespace cairn::tool
