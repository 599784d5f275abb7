#include <algorithm>
#include <utility>

#include "report/axis.h"
#include "report/charts.h"
#include "report/numbers.h"

namespace bench {
namespace {

constexpr double width = 960;
constexpr double height = 380;
constexpr double panel_width = 400;
constexpr double target_ms = 1000;
constexpr std::pair<const char*, const char*> panels[] = {
    {"written", "as it was written: log and tables"},
    {"compacted", "compacted before: tables only"},
};

std::vector<std::uint64_t> sizes(const Results& results) {
  std::vector<std::uint64_t> all;
  for (const Reopening& each : results.reopenings) all.push_back(each.keys);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

void draw_panel(Svg& svg, const Frame& frame, const LogScale& scale, const Results& results,
                const std::string& state) {
  const auto y_of = [&](double ms) { return frame.bottom() - frame.height * scale.position(ms); };
  const std::vector<std::uint64_t> columns = sizes(results);
  std::vector<Point> cairn_points;
  std::vector<Point> raw_points;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const double x = frame.left + frame.width * (static_cast<double>(i) + 0.5) /
                                      static_cast<double>(columns.size());
    svg.text({x, frame.bottom() + 17}, rate_words(static_cast<double>(columns[i])) + " keys",
             "muted", Anchor::middle);
    for (const Reopening& each : results.reopenings) {
      if (each.keys != columns[i] || each.state != state) continue;
      const bool ours = each.store == "cairn";
      (ours ? cairn_points : raw_points).push_back({x, y_of(each.median_ms)});
      if (!ours) continue;
      svg.text({x, y_of(each.median_ms) - 12}, time_words(each.median_ms * 1000), "ink",
               Anchor::middle);
      svg.text({x, frame.bottom() + 33}, "log " + bytes_words(static_cast<double>(each.log_bytes)),
               "small", Anchor::middle);
      svg.text({x, frame.bottom() + 47},
               "tables " + bytes_words(static_cast<double>(each.table_bytes)), "small",
               Anchor::middle);
    }
  }
  svg.path(raw_points, "raw");
  for (const Point& each : raw_points) svg.mark(each, Shape::square, "raw");
  svg.path(cairn_points, "cairn");
  for (const Point& each : cairn_points) svg.mark(each, Shape::dot, "cairn");
  svg.line({frame.left, y_of(target_ms)}, {frame.right(), y_of(target_ms)}, "target");
  svg.text({frame.left + 6, y_of(target_ms) - 5}, "target, for a million keys", "bound");
}

}  // namespace

Chart draw_reopening(const Results& results) {
  const std::string title = "Opening after kill -9";
  Svg svg(width, height, title,
          "Two panels: stores as they were written, and compacted before the kill. In each, the "
          "time to open by the number of keys, of Cairn and of raw RocksDB, on a logarithmic axis, "
          "with the target of one second.");
  svg.text({20, 28}, title, "title");
  draw_legend(svg, {20, 50},
              {{"Cairn", Shape::dot, "cairn"}, {"raw RocksDB", Shape::square, "raw"}});
  std::vector<double> times = {target_ms * 1.5};
  for (const Reopening& each : results.reopenings) times.push_back(each.median_ms);
  const LogScale scale(times);
  double left = 70;
  for (const auto& [state, heading] : panels) {
    const Frame frame{left, 100, panel_width, 220};
    draw_vertical_axis(svg, frame, scale, [](double ms) { return time_words(ms * 1000); });
    draw_panel(svg, frame, scale, results, state);
    svg.text({frame.left + frame.width / 2, frame.top - 12}, heading, "panel", Anchor::middle);
    left += panel_width + 70;
  }
  return {"reopening",
          "How long opening takes after kill -9, by the number of keys of 100 bytes each (median; "
          "files in the system's cache).",
          svg.finish()};
}

}  // namespace bench
