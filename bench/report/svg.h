// A drawing in SVG that carries its own colours, for light and dark surroundings.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bench {

struct Point {
  double x;
  double y;
};

enum class Anchor { start, middle, end };
enum class Shape { dot, ring, square, diamond, triangle, bar };

/// Shapes differ as well as colours, so that no series is told by its colour alone.  `style` names
/// classes of the style sheet in svg.cpp: ink, muted, grid, axis, cairn, raw, limit, unsynced, ...
class Svg {
 public:
  /// `title` and `description` are for those who do not see the drawing.
  Svg(double width, double height, std::string_view title, std::string_view description);

  void text(Point at, std::string_view words, std::string_view style = "ink",
            Anchor anchor = Anchor::start);
  void line(Point from, Point to, std::string_view style);
  void path(const std::vector<Point>& points, std::string_view style);
  void mark(Point at, Shape shape, std::string_view style);

  /// The whole drawing.  Requires that nothing is drawn afterwards.
  std::string finish();

 private:
  std::string drawn_;
};

/// The text with &, <, > and quotes escaped.
std::string escaped(std::string_view words);

}  // namespace bench
