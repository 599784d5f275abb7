// The end of the process: what is open is closed in time.
//
// RocksDB's own static objects are made when a database is opened first, and so are destroyed
// before most of those of a program.  A store that was closed by a static object of the program
// would be closed too late.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

namespace cairn::process {

/// Runs once: when exit() is called or main() returns.  Where two threads call exit() at once, the
/// second waits until it is over.  A forked child whose parent had something
/// open ends then and there, with its streams flushed.
class ProcessEnd {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// The circumstances of the end.
  struct Circumstances {
    std::thread::id thread;  ///< the one that ends the process
    Time patience;           ///< until then others may be waited for
  };

  /// Something to be closed.
  class Participant {
   public:
    /// Called in the thread that ends the process, which may be one of the participant's own, and
    /// may be inside a callback.
    virtual void at_end(const Circumstances& end) noexcept = 0;

   protected:
    ~Participant() = default;
  };

  /// When it is closed: stores first, what they stand on last.
  enum class Turn { first, last };
  static void enrol(Participant& participant, Turn turn);
  static void leave(Participant& participant) noexcept;

  /// To be called where RocksDB may have constructed static objects, which the end has to come
  /// before: after an opening, a new table, a closing.  It costs nothing from the thousandth time
  /// on.
  static void renew() noexcept;
  /// To be called where a static object may have been made that holds a handle (FirstUses).  It
  /// costs nothing from the ten-thousandth time on.
  static void renew_for_handle() noexcept;
  /// Whether renew() has been called: something has been opened.
  static bool awaited() noexcept;

  /// True from the moment when the end begins.
  static bool begun() noexcept { return begun_.load(std::memory_order_relaxed); }
  /// Throws Error with code process_ending if begun().
  static void check() {
    if (begun()) [[unlikely]]
      refuse();
  }

  /// Keeps what could not be closed, since threads that have not ended use it.
  static void keep(std::shared_ptr<void> unfinished) noexcept;

 private:
  [[noreturn]] static void refuse();
  static void renew(std::atomic<int>& count, int most) noexcept;
  static void run(int status) noexcept;
  static void close_all() noexcept;
  static void end_child(int status) noexcept;
  static std::atomic<bool> begun_;
};

}  // namespace cairn::process
