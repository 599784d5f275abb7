// Ctrl-C, noticed at a moment that suits.
#pragma once

#include <csignal>

namespace cairn::tool {

/// While one lives, the first SIGINT, SIGTERM or SIGHUP only sets a flag; a second signal of the
/// same kind ends the program.  Only one Interrupt may exist.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  /// The signal that came; 0: none.
  static int signal() noexcept;
  static bool requested() noexcept { return signal() != 0; }
  /// Ends the program as that signal does, for whoever started it to see.  Call it when everything
  /// is closed.
  [[noreturn]] static void end();

 private:
  struct sigaction before_[3];
};

/// From now on a signal that ends the program, and is not looked after by an Interrupt, leaves
/// the terminals sane first: colours off on standard output, no progress line on standard error.
void tidy_terminals_on_signals();

}  // namespace cairn::tool
