#include "report/axis.h"

#include <algorithm>
#include <cmath>

namespace bench {

LogScale::LogScale(const std::vector<double>& numbers) : lowest_(0), highest_(1) {
  if (numbers.empty()) return;
  const auto [smallest, largest] = std::minmax_element(numbers.begin(), numbers.end());
  lowest_ = static_cast<int>(std::floor(std::log10(*smallest)));
  highest_ = std::max(static_cast<int>(std::ceil(std::log10(*largest))), lowest_ + 1);
}

double LogScale::position(double number) const {
  return (std::log10(number) - lowest_) / (highest_ - lowest_);
}

std::vector<double> LogScale::decades() const {
  std::vector<double> powers;
  for (int each = lowest_; each <= highest_; ++each) powers.push_back(std::pow(10, each));
  return powers;
}

namespace {

// Calls draw(number, is_decade) for each line of the grid, the minor ones first.
template <class Draw>
void each_line(const LogScale& scale, const Draw& draw) {
  const std::vector<double> decades = scale.decades();
  for (std::size_t i = 0; i + 1 < decades.size(); ++i) {
    for (const int multiple : {2, 5}) draw(decades[i] * multiple, false);
  }
  for (const double each : decades) draw(each, true);
}

}  // namespace

void draw_vertical_axis(Svg& svg, const Frame& frame, const LogScale& scale, const Words& labels) {
  each_line(scale, [&](double number, bool decade) {
    const double y = frame.bottom() - frame.height * scale.position(number);
    svg.line({frame.left, y}, {frame.right(), y}, decade ? "grid" : "minor");
    if (decade && labels) svg.text({frame.left - 8, y + 4}, labels(number), "muted", Anchor::end);
  });
  svg.line({frame.left, frame.bottom()}, {frame.right(), frame.bottom()}, "axis");
}

void draw_horizontal_axis(Svg& svg, const Frame& frame, const LogScale& scale,
                          const Words& labels) {
  each_line(scale, [&](double number, bool decade) {
    const double x = frame.left + frame.width * scale.position(number);
    svg.line({x, frame.top}, {x, frame.bottom()}, decade ? "grid" : "minor");
    if (decade && labels) {
      svg.text({x, frame.bottom() + 16}, labels(number), "muted", Anchor::middle);
    }
  });
  svg.line({frame.left, frame.bottom()}, {frame.right(), frame.bottom()}, "axis");
}

void draw_legend(Svg& svg, Point at, const std::vector<LegendEntry>& entries) {
  for (const LegendEntry& each : entries) {
    if (each.has_line) svg.path({{at.x, at.y}, {at.x + 26, at.y}}, each.style);
    svg.mark({at.x + 13, at.y}, each.shape, each.style);
    svg.text({at.x + 32, at.y + 4}, each.words);
    at.x += 52 + 6.6 * static_cast<double>(each.words.size());
  }
}

}  // namespace bench
