#include "progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <fmt/core.h>
#include "text.h"

namespace cairn::tool {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr std::chrono::milliseconds redraw_interval(100);

bool drawable() {
  const char* const terminal = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 &&
         !(terminal != nullptr && std::string_view(terminal) == "dumb");
}

std::size_t width() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

}  // namespace

Progress::Progress(std::string doing, Total total)
    : doing_(std::move(doing)), total_(total), shown_(drawable()) {}

Progress::~Progress() {
  if (!on_screen_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
}

void Progress::look() {
  const Steady::time_point now = Steady::now();
  if (now - drawn_ >= redraw_interval) draw(now);
}

void Progress::draw(Steady::time_point now) {
  const double seconds = std::max(Seconds(now - start_).count(), 1e-3);
  std::string line =
      fmt::format("{} {} records, {}, {}/s", doing_, count_text(records_), size_text(bytes_),
                  count_text(static_cast<std::uint64_t>(static_cast<double>(records_) / seconds)));
  double share = 0;
  if (total_.bytes > 0) {
    share = static_cast<double>(bytes_) / static_cast<double>(total_.bytes);
  } else if (total_.records > 0) {
    share = static_cast<double>(records_) / static_cast<double>(total_.records);
  }
  if (share > 0) {
    share = std::min(share, 1.0);
    const auto left = std::chrono::ceil<std::chrono::seconds>(Seconds(seconds / share - seconds));
    line += fmt::format(", {:.0f} %, {} left", 100 * share, duration_text(left));
  }
  line.resize(std::min(line.size(), width() - 1));
  std::fputs(("\r" + line + "\033[K").c_str(), stderr);
  std::fflush(stderr);
  drawn_ = now;
  on_screen_ = true;
}

}  // namespace cairn::tool
