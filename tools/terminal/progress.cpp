#include "terminal/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <stop_token>
#include <string_view>
#include <thread>
#include <utility>

#include <fmt/core.h>
#include "terminal/text.h"

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

void Progress::reached(std::uint64_t records, std::uint64_t bytes) {
  records_ = records;
  bytes_ = bytes;
  if (!shown_) return;
  const Steady::time_point now = Steady::now();
  if (!on_screen_ || now - drawn_ >= redraw_interval) draw(now);
}

void Progress::draw(Steady::time_point now) {
  const double seconds = std::max(Seconds(now - start_).count(), 1e-3);
  const auto rate = [&](std::uint64_t done) {
    return static_cast<std::uint64_t>(static_cast<double>(done) / seconds);
  };
  std::string line = doing_;
  if (records_ > 0) line += fmt::format(" {} records,", count_text(records_));
  if (bytes_ > 0) line += " " + size_text(bytes_) + ",";
  if (records_ > 0) {
    line += " " + count_text(rate(records_)) + "/s";
  } else if (bytes_ > 0) {
    line += " " + size_text(rate(bytes_)) + "/s";
  } else {
    line += " ...";
  }
  double share = 0;
  if (total_.bytes > 0) {
    share = static_cast<double>(bytes_) / static_cast<double>(total_.bytes);
  } else if (total_.records > 0) {
    share = static_cast<double>(records_) / static_cast<double>(total_.records);
  }
  if (share > 0 && share < 1) {  // more than was expected: who knows how much more
    const auto left = std::chrono::ceil<std::chrono::seconds>(Seconds(seconds / share - seconds));
    line += fmt::format(", {:.0f} %, {} left", 100 * share, duration_text(left));
  }
  line.resize(std::min(line.size(), width() - 1));
  std::fputs(("\r" + line + "\033[K").c_str(), stderr);
  std::fflush(stderr);
  drawn_ = now;
  on_screen_ = true;
}

void with_progress(std::string doing, std::uint64_t bytes,
                   const std::function<std::uint64_t()>& measure,
                   const std::function<void()>& work) {
  Progress progress(std::move(doing), {.bytes = bytes});
  if (!progress.shown()) return work();
  progress.reached(0, 0);
  const std::jthread watcher([&](const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    while (!wake.wait_for(lock, stop, redraw_interval, [&] { return stop.stop_requested(); })) {
      progress.reached(0, measure());
    }
  });
  work();
}

}  // namespace cairn::tool
