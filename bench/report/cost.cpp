#include <fmt/format.h>

#include <utility>

#include "durability/targets.h"
#include "report/axis.h"
#include "report/charts.h"
#include "report/numbers.h"

namespace bench {
namespace {

constexpr double width = 960;
constexpr double row_height = 34;
constexpr double top = 106;
constexpr double panel_width = 270;
constexpr double panel_left[] = {120, 548};
constexpr double first_column = 62;  // behind a panel, for Cairn's times in words
constexpr double second_column = 126;
constexpr Subjects shown[] = {{Operation::set, 100},
                              {Operation::set, 4096},
                              {Operation::set_many, 100},
                              {Operation::incr_one_key, counter_bytes}};

double us_a_call(const Side& side) { return 1e6 / side.calls_per_second; }

// One thread is a dot, sixteen are a ring; Cairn above, raw RocksDB below.
void draw_row(Svg& svg, const Frame& frame, const LogScale& scale, double y, const CellResult& one,
              const CellResult& many) {
  const auto draw = [&](double height, const Side& first, const Side& second,
                        const std::string& style) {
    const auto at = [&](const Side& side) {
      return Point{frame.left + frame.width * scale.position(us_a_call(side)), height};
    };
    svg.line(at(first), at(second), "thin " + style);
    svg.mark(at(first), Shape::dot, style);
    svg.mark(at(second), Shape::ring, style);
  };
  draw(y - 6, one.cairn, many.cairn, "cairn");
  draw(y + 6, one.raw, many.raw, "raw");
  svg.text({frame.right() + first_column, y + 4}, time_words(us_a_call(one.cairn)), "ink",
           Anchor::end);
  svg.text({frame.right() + second_column, y + 4}, time_words(us_a_call(many.cairn)), "ink",
           Anchor::end);
}

void draw_panel(Svg& svg, const Frame& frame, const LogScale& scale, const Results& results,
                const Subjects& subjects) {
  svg.text({frame.left, frame.top - 10}, words(subjects), "panel");
  svg.text({frame.right() + first_column, frame.top - 10}, "1 thread", "small", Anchor::end);
  svg.text({frame.right() + second_column, frame.top - 10}, "16 threads", "small", Anchor::end);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const double y = frame.top + row_height * (static_cast<double>(i) + 0.5);
    const auto cell = [&](int threads) {
      return find(results, {levels[i], subjects.operation, subjects.value_bytes, threads});
    };
    if (frame.left == panel_left[0]) {
      svg.text({frame.left - 12, y + 4}, name(levels[i]), "ink", Anchor::end);
    }
    if (cell(1) != nullptr && cell(16) != nullptr) {
      draw_row(svg, frame, scale, y, *cell(1), *cell(16));
    }
  }
}

}  // namespace

Chart draw_cost(const Results& results) {
  const std::string title = "What each promise costs: wall time divided by calls";
  const double panel_height = row_height * static_cast<double>(levels.size());
  Svg svg(width, top + 2 * panel_height + 118, title,
          "For four operations and four levels of durability: the time that one call costs with "
          "one thread and with sixteen, of Cairn and of raw RocksDB, on a logarithmic axis.");
  svg.text({20, 28}, title, "title");
  draw_legend(svg, {20, 50},
              {{"Cairn, 1 thread", Shape::dot, "cairn", false},
               {"16 threads", Shape::ring, "cairn", false},
               {"raw RocksDB at the same settings, 1 thread", Shape::dot, "raw", false},
               {"16 threads", Shape::ring, "raw", false}});

  for (std::size_t i = 0; i < std::size(shown); ++i) {
    std::vector<double> times;
    for (const CellResult& each : results.cells) {
      if (each.cell.operation != shown[i].operation) continue;
      if (each.cell.value_bytes != shown[i].value_bytes) continue;
      times.insert(times.end(), {us_a_call(each.cairn), us_a_call(each.raw)});
    }
    const LogScale scale(times);
    const Frame frame{panel_left[i % 2], top + (i < 2 ? 0 : panel_height + 70), panel_width,
                      panel_height};
    draw_horizontal_axis(svg, frame, scale, time_words);
    draw_panel(svg, frame, scale, results, shown[i]);
  }
  return {"cost",
          "What each promise costs: wall time divided by the number of calls, with one thread and "
          "with sixteen.",
          svg.finish()};
}

}  // namespace bench
