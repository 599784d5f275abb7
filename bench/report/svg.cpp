#include "report/svg.h"

#include <fmt/format.h>

#include <iterator>

namespace bench {
namespace {

// Blue and vermilion of Okabe and Ito's palette, which people with any colour vision can tell
// apart; lighter in the dark.  The classes have the file's own prefix, since a page that holds
// several drawings shares their styles.
constexpr std::string_view style_sheet = R"(
.d{font:12px system-ui,"Segoe UI","DejaVu Sans",sans-serif}
.d .paper{fill:#fff} .d .ink{fill:#1f2328} .d .muted{fill:#59636e;font-size:11px}
.d .title{fill:#1f2328;font-size:15px;font-weight:600} .d .panel{fill:#1f2328;font-weight:600}
.d .small{fill:#59636e;font-size:10px} .d .bound{fill:#8a3b00;font-size:11px}
.d .grid{stroke:#e4e7eb;stroke-width:1} .d .minor{stroke:#f1f3f5;stroke-width:1}
.d .axis{stroke:#8c959f;stroke-width:1} .d .target{stroke:#8a3b00;stroke-width:1.5;stroke-dasharray:2 3}
.d .line{fill:none;stroke-width:2;stroke-linejoin:round}
.d .thin{fill:none;stroke-width:1.5;opacity:.6}
.d .cairn{stroke:#0072b2} .d .raw{stroke:#d55e00} .d .limit{stroke:#6e7781}
.d .unsynced{stroke:#00875f} .d .key{stroke:#59636e}
.d .raw.line{stroke-dasharray:6 3} .d .limit.line{stroke-dasharray:2 3}
.d .mark{stroke-width:2} .d .cairn.full{fill:#0072b2} .d .raw.full{fill:#d55e00}
.d .limit.full{fill:#6e7781} .d .unsynced.full{fill:#00875f} .d .key.full{fill:#59636e}
.d .hollow{fill:#fff}
@media (prefers-color-scheme:dark){
.d .paper,.d .hollow{fill:#0d1117} .d .ink,.d .title,.d .panel{fill:#e6edf3}
.d .muted,.d .small{fill:#9aa4b0} .d .bound{fill:#ffb77c}
.d .grid{stroke:#2a313a} .d .minor{stroke:#1a2028} .d .axis{stroke:#6e7781} .d .target{stroke:#ffb77c}
.d .cairn{stroke:#56b4e9} .d .raw{stroke:#f08a3c} .d .limit{stroke:#a8b1bb}
.d .unsynced{stroke:#2bc49a} .d .key{stroke:#9aa4b0}
.d .cairn.full{fill:#56b4e9} .d .raw.full{fill:#f08a3c} .d .limit.full{fill:#a8b1bb}
.d .unsynced.full{fill:#2bc49a} .d .key.full{fill:#9aa4b0}
}
)";

constexpr double radius = 4;

std::string_view word(Anchor anchor) {
  switch (anchor) {
    case Anchor::start:
      return "start";
    case Anchor::middle:
      return "middle";
    case Anchor::end:
      break;
  }
  return "end";
}

std::string outline(Point at, Shape shape) {
  const auto [x, y] = at;
  const double r = radius;
  switch (shape) {
    case Shape::dot:
    case Shape::ring:
      return fmt::format("M{:.1f} {:.1f}a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0 -{d} 0z", x - r, y,
                         fmt::arg("r", r), fmt::arg("d", 2 * r));
    case Shape::square:
      return fmt::format("M{:.1f} {:.1f}h{d}v{d}h-{d}z", x - r, y - r, fmt::arg("d", 2 * r));
    case Shape::diamond:
      return fmt::format("M{:.1f} {:.1f}l{s} {s}l-{s} {s}l-{s} -{s}z", x, y - r - 1,
                         fmt::arg("s", r + 1));
    case Shape::triangle:
      return fmt::format("M{:.1f} {:.1f}l{s} {h}h-{h}z", x, y - r - 1, fmt::arg("s", r + 1),
                         fmt::arg("h", 2 * r + 2));
    case Shape::bar:
      break;
  }
  return fmt::format("M{:.1f} {:.1f}v{}", x, y - r - 1, 2 * r + 2);
}

bool is_hollow(Shape shape) {
  return shape == Shape::ring || shape == Shape::square || shape == Shape::triangle;
}

}  // namespace

std::string escaped(std::string_view words) {
  std::string safe;
  for (const char each : words) {
    switch (each) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += each;
    }
  }
  return safe;
}

Svg::Svg(double width, double height, std::string_view title, std::string_view description)
    : drawn_(fmt::format(
          R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" )"
          R"(width="{w}" height="{h}" class="d" role="img">)"
          "\n<title>{title}</title>\n<desc>{description}</desc>\n"
          "<style>{style}</style>\n"
          R"(<rect class="paper" width="{w}" height="{h}" rx="6"/>)"
          "\n",
          fmt::arg("w", width), fmt::arg("h", height), fmt::arg("title", escaped(title)),
          fmt::arg("description", escaped(description)), fmt::arg("style", style_sheet))) {}

void Svg::text(Point at, std::string_view words, std::string_view style, Anchor anchor) {
  fmt::format_to(std::back_inserter(drawn_),
                 "<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\" text-anchor=\"{}\">{}</text>\n",
                 at.x, at.y, style, word(anchor), escaped(words));
}

void Svg::line(Point from, Point to, std::string_view style) {
  fmt::format_to(std::back_inserter(drawn_),
                 "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n",
                 from.x, from.y, to.x, to.y, style);
}

void Svg::path(const std::vector<Point>& points, std::string_view style) {
  std::string steps;
  for (const Point& each : points) {
    fmt::format_to(std::back_inserter(steps), "{}{:.1f} {:.1f}", steps.empty() ? 'M' : 'L', each.x,
                   each.y);
  }
  fmt::format_to(std::back_inserter(drawn_), "<path d=\"{}\" class=\"line {}\"/>\n", steps, style);
}

void Svg::mark(Point at, Shape shape, std::string_view style) {
  fmt::format_to(std::back_inserter(drawn_), "<path d=\"{}\" class=\"mark {} {}\"/>\n",
                 outline(at, shape), style, is_hollow(shape) ? "hollow" : "full");
}

std::string Svg::finish() {
  drawn_ += "</svg>\n";
  return drawn_;
}

}  // namespace bench
