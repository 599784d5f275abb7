#include <fmt/format.h>

#include "durability/targets.h"
#include "report/axis.h"
#include "report/charts.h"
#include "report/numbers.h"

namespace bench {
namespace {

constexpr double width = 960;
constexpr double height = 372;
constexpr double panel_width = 200;
constexpr double panel_gap = 22;
constexpr double first_left = 64;

double column(const Frame& frame, std::size_t index) {
  return frame.left + frame.width * (static_cast<double>(index) + 0.5) /
                          static_cast<double>(thread_counts.size());
}

void draw_series(Svg& svg, const std::vector<Point>& points, Shape shape,
                 const std::string& style) {
  if (points.empty()) return;
  svg.path(points, style);
  for (const Point& each : points) svg.mark(each, shape, style);
}

void draw_panel(Svg& svg, const Frame& frame, const LogScale& scale, const Results& results,
                const Subjects& subjects, cairn::Durability level) {
  std::vector<Point> cairn_points;
  std::vector<Point> raw_points;
  std::vector<Point> limit_points;
  std::vector<Point> unsynced_points;
  const auto point = [&](double x, const Side& side) {
    return Point{x, frame.bottom() - frame.height * scale.position(side.calls_per_second)};
  };
  for (std::size_t i = 0; i < thread_counts.size(); ++i) {
    const double x = column(frame, i);
    svg.text({x, frame.bottom() + 17}, fmt::format("{}", thread_counts[i]), "muted",
             Anchor::middle);
    const CellResult* const found =
        find(results, {level, subjects.operation, subjects.value_bytes, thread_counts[i]});
    if (found == nullptr) continue;
    cairn_points.push_back(point(x, found->cairn));
    raw_points.push_back(point(x, found->raw));
    if (found->limit) limit_points.push_back(point(x, *found->limit));
    if (found->unsynced) unsynced_points.push_back(point(x, *found->unsynced));
    svg.text({x, frame.bottom() + 49}, ratio_words(found->of_raw.median), "ink", Anchor::middle);
  }
  draw_series(svg, limit_points, Shape::triangle, "limit");
  draw_series(svg, unsynced_points, Shape::diamond, "unsynced");
  draw_series(svg, raw_points, Shape::square, "raw");
  draw_series(svg, cairn_points, Shape::dot, "cairn");
  svg.text({frame.left + frame.width / 2, frame.top - 10}, name(level), "panel", Anchor::middle);
}

std::vector<double> rates(const Results& results, const Subjects& subjects) {
  std::vector<double> all;
  for (const CellResult& each : results.cells) {
    if (each.cell.operation != subjects.operation) continue;
    if (each.cell.value_bytes != subjects.value_bytes) continue;
    all.insert(all.end(), {each.cairn.calls_per_second, each.raw.calls_per_second});
    if (each.limit) all.push_back(each.limit->calls_per_second);
    if (each.unsynced) all.push_back(each.unsynced->calls_per_second);
  }
  return all;
}

}  // namespace

Chart draw_throughput(const Results& results, const Subjects& subjects) {
  const std::string title = words(subjects) + ": calls a second";
  Svg svg(width, height, title,
          "Four panels, one for each level of durability. In each, calls a second of Cairn and of "
          "raw RocksDB with 1, 2, 4 and 16 threads, on a logarithmic axis.");
  svg.text({20, 28}, title, "title");
  std::vector<LegendEntry> legend = {{"Cairn", Shape::dot, "cairn"},
                                     {"raw RocksDB, same settings", Shape::square, "raw"}};
  if (subjects.operation == Operation::set) {
    legend.push_back({"raw RocksDB, never synced", Shape::diamond, "unsynced"});
  }
  legend.push_back({"one append per thread, one fdatasync", Shape::triangle, "limit"});
  draw_legend(svg, {20, 50}, legend);

  const LogScale scale(rates(results, subjects));
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const Frame frame{first_left + static_cast<double>(i) * (panel_width + panel_gap), 100,
                      panel_width, 200};
    draw_vertical_axis(svg, frame, scale, i == 0 ? Words(rate_words) : Words());
    draw_panel(svg, frame, scale, results, subjects, levels[i]);
  }
  const double bottom = 300;
  svg.text({first_left - 8, bottom + 17}, "threads", "muted", Anchor::end);
  svg.text({first_left - 8, bottom + 49}, "of raw", "muted", Anchor::end);
  return {fmt::format("throughput-{}-{}", name(subjects.operation), subjects.value_bytes),
          title +
              ", by level and threads (medians). Below: Cairn's rate divided by raw RocksDB's, "
              "the median of rounds next to each other.",
          svg.finish()};
}

}  // namespace bench
