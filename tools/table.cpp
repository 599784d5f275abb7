#include "table.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace cairn::tool {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t least_width = 12;

}  // namespace

Table::Table(Output& output, std::vector<Column> columns)
    : output_(output), columns_(std::move(columns)) {
  for (const Column& each : columns_) widths_.push_back(display_width(each.title));
}

void Table::add(std::vector<Cell> row) {
  if (settled_) return write(row);
  held_.push_back(std::move(row));
  if (held_.size() == sample) settle();
}

void Table::finish() {
  if (!settled_) settle();
}

void Table::settle() {
  settled_ = true;
  for (const auto& row : held_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths_[i] = std::max(widths_[i], display_width(row[i].text));
    }
  }
  // The widest of the flexible columns gives way until a row fits.
  const std::size_t gaps = gap * (columns_.size() - 1);
  while (output_.terminal().interactive) {
    const std::size_t all = std::accumulate(widths_.begin(), widths_.end(), gaps);
    if (all <= output_.terminal().width) break;
    std::size_t* widest = nullptr;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].flexible && (widest == nullptr || widths_[i] > *widest)) widest = &widths_[i];
    }
    if (widest == nullptr || *widest <= least_width) break;
    --*widest;
  }
  std::vector<Cell> titles;
  for (const Column& each : columns_) titles.push_back({each.title, Colour::bold, true});
  write(titles);
  for (const auto& row : held_) write(row);
  held_.clear();
}

void Table::write(const std::vector<Cell>& row) {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const bool cut = output_.terminal().interactive && columns_[i].flexible;
    const std::string text = cut ? clip(row[i].text, widths_[i]) : row[i].text;
    const std::size_t width = display_width(text);
    const std::string space(width < widths_[i] ? widths_[i] - width : 0, ' ');
    const bool last = i + 1 == row.size();
    if (columns_[i].right) line += space;
    line += row[i].coloured ? paint(output_.terminal(), row[i].colour, text) : text;
    if (!columns_[i].right && !last) line += space;
    if (!last) line.append(gap, ' ');
  }
  output_.line(line);
}

}  // namespace cairn::tool
