// Logarithmic axes.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "report/svg.h"

namespace bench {

/// The rectangle that data is drawn in.
struct Frame {
  double left;
  double top;
  double width;
  double height;

  double right() const { return left + width; }
  double bottom() const { return top + height; }
};

/// Whole decades from the largest power of ten below all numbers to the smallest above; numbers
/// must be positive.
class LogScale {
 public:
  explicit LogScale(const std::vector<double>& numbers);

  /// From 0 at the lower to 1 at the upper end.
  double position(double number) const;
  /// The powers of ten, both ends included.
  std::vector<double> decades() const;

 private:
  int lowest_;
  int highest_;
};

using Words = std::function<std::string(double)>;

/// Grid and, where `labels` are given, what the lines mean, left of or below the frame.
void draw_vertical_axis(Svg& svg, const Frame& frame, const LogScale& scale, const Words& labels);
void draw_horizontal_axis(Svg& svg, const Frame& frame, const LogScale& scale, const Words& labels);

struct LegendEntry {
  std::string words;
  Shape shape;
  std::string style;
  bool has_line = true;
};
/// In one line, from there to the right.
void draw_legend(Svg& svg, Point at, const std::vector<LegendEntry>& entries);

}  // namespace bench
