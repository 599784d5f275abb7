#include <fmt/format.h>

#include "durability/targets.h"
#include "report/axis.h"
#include "report/charts.h"
#include "report/numbers.h"

namespace bench {
namespace {

constexpr double width = 960;
constexpr double row_height = 24;
constexpr double group_height = 2 * row_height + 14;
constexpr double top = 106;
constexpr double panel_width = 374;
constexpr int shown_threads[] = {1, 16};

void draw_row(Svg& svg, const Frame& frame, const LogScale& scale, double y, const Side& side,
              const std::string& style) {
  const auto at = [&](double us) {
    return Point{frame.left + frame.width * scale.position(us), y};
  };
  const Latency& latency = side.latency;
  svg.line(at(latency.p50_us), at(latency.max_us), "thin " + style);
  svg.mark(at(latency.max_us), Shape::bar, style);
  svg.mark(at(latency.p999_us), Shape::triangle, style);
  svg.mark(at(latency.p99_us), Shape::diamond, style);
  svg.mark(at(latency.p50_us), Shape::dot, style);
}

void draw_panel(Svg& svg, const Frame& frame, const LogScale& scale, const Results& results,
                const Subjects& subjects, int threads) {
  svg.text({frame.left + frame.width / 2, frame.top - 10}, thread_words(threads), "panel",
           Anchor::middle);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const double y = frame.top + group_height * (static_cast<double>(i) + 0.5);
    const CellResult* const found =
        find(results, {levels[i], subjects.operation, subjects.value_bytes, threads});
    if (found == nullptr) continue;
    draw_row(svg, frame, scale, y - row_height / 2, found->cairn, "cairn");
    draw_row(svg, frame, scale, y + row_height / 2, found->raw, "raw");
  }
}

std::vector<double> latencies(const Results& results, const Subjects& subjects) {
  std::vector<double> all;
  for (const CellResult& each : results.cells) {
    if (each.cell.operation != subjects.operation) continue;
    if (each.cell.value_bytes != subjects.value_bytes) continue;
    for (const Side& side : {each.cairn, each.raw}) {
      all.insert(all.end(), {side.latency.p50_us, side.latency.max_us});
    }
  }
  return all;
}

}  // namespace

Chart draw_latency(const Results& results, const Subjects& subjects) {
  const std::string title = words(subjects) + ": latency of one call";
  const double panel_height = group_height * static_cast<double>(levels.size());
  Svg svg(width, top + panel_height + 48, title,
          "Two panels, with 1 and with 16 threads. In each, for every level of durability, the "
          "median, 99th and 99.9th percentile and the longest latency of Cairn and of raw RocksDB, "
          "on a logarithmic axis.");
  svg.text({20, 28}, title, "title");
  draw_legend(svg, {20, 50},
              {{"Cairn", Shape::dot, "cairn"},
               {"raw RocksDB", Shape::dot, "raw"},
               {"median", Shape::dot, "key", false},
               {"99 %", Shape::diamond, "key", false},
               {"99.9 %", Shape::triangle, "key", false},
               {"longest", Shape::bar, "key", false}});

  const LogScale scale(latencies(results, subjects));
  double left = 120;
  for (const int threads : shown_threads) {
    const Frame frame{left, top, panel_width, panel_height};
    draw_horizontal_axis(svg, frame, scale, time_words);
    draw_panel(svg, frame, scale, results, subjects, threads);
    left += panel_width + 62;
  }
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const double y = top + group_height * (static_cast<double>(i) + 0.5);
    svg.text({108, y + 4}, name(levels[i]), "ink", Anchor::end);
    if (i > 0) {
      svg.line({20, y - group_height / 2}, {left - 62, y - group_height / 2}, "grid");
    }
  }
  return {fmt::format("latency-{}-{}", name(subjects.operation), subjects.value_bytes),
          title + ": the median, 99 %, 99.9 % and the longest, over all calls of all rounds.",
          svg.finish()};
}

}  // namespace bench
