// How far long work is: one line on a terminal, drawn again and again; nothing anywhere else.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace cairn::tool {

/// Drawn on standard error if that is a terminal, ten times a second at most; wiped when the object
/// goes.
class Progress {
 public:
  /// How much there is to do, as far as it is known; 0: not known.
  struct Total {
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
  };
  /// `doing` is what the line begins with: "exporting".
  explicit Progress(std::string doing, Total total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// So much more is done.  In the first moments nothing is drawn.
  void add(std::uint64_t records, std::uint64_t bytes) {
    records_ += records;
    bytes_ += bytes;
    if (!shown_) return;
    if (++calls_ % calls_between_looks_ == 0 || records != 1 || bytes >= large_) look();
  }

  /// So much is done by now.  The first time it is drawn at once.
  void reached(std::uint64_t records, std::uint64_t bytes);

  /// Whether there is a terminal to draw on.
  bool shown() const { return shown_; }

 private:
  using Steady = std::chrono::steady_clock;

  void look();
  void draw(Steady::time_point now);

  // The clock is not read for every one of ten million records.
  static constexpr std::uint64_t calls_between_looks_ = 1024;
  static constexpr std::uint64_t large_ = 1 << 16;

  const std::string doing_;
  const Total total_;
  const bool shown_;
  const Steady::time_point start_ = Steady::now();
  Steady::time_point drawn_ = start_;
  bool on_screen_ = false;
  std::uint64_t calls_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t bytes_ = 0;
};

/// Does work that says nothing until it is over, and shows meanwhile how far it is.  `measure`
/// gives the bytes that are done, of `bytes` if that is not 0; another thread calls it, ten times a
/// second and only if there is a terminal.
void with_progress(std::string doing, std::uint64_t bytes,
                   const std::function<std::uint64_t()>& measure,
                   const std::function<void()>& work);

}  // namespace cairn::tool
