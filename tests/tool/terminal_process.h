// A program that believes it is talking to a person.
#pragma once

#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/child.h"

namespace cairn::test {

/// A pseudo-terminal, as this side of it sees it.
class Screen {
 public:
  Screen() : screen_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    if (screen_ < 0 || ::grantpt(screen_) != 0 || ::unlockpt(screen_) != 0) {
      throw std::runtime_error("no pseudo-terminal");
    }
    name_ = ::ptsname(screen_);
    // While it is open here, the screen does not end with the program.
    terminal_ = ::open(name_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  }
  ~Screen() { ::close(terminal_); }  // the other end is the child's to close
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  int descriptor() const { return screen_; }
  const std::string& name() const { return name_; }
  void resize(unsigned short columns) const {
    const winsize size{40, columns, 0, 0};
    if (::ioctl(screen_, TIOCSWINSZ, &size) != 0) throw std::runtime_error("TIOCSWINSZ");
  }
  /// Its modes, in a form that can be compared.
  std::string modes() const {
    termios now{};
    if (::tcgetattr(terminal_, &now) != 0) throw std::runtime_error("tcgetattr");
    return std::to_string(now.c_iflag) + ' ' + std::to_string(now.c_oflag) + ' ' +
           std::to_string(now.c_cflag) + ' ' + std::to_string(now.c_lflag) + ' ' +
           std::string(now.c_cc, now.c_cc + NCCS);
  }

 private:
  int screen_;
  int terminal_ = -1;
  std::string name_;
};

/// A running program whose session a pseudo-terminal controls: Ctrl-C typed there interrupts it.
/// The terminal is its standard output and error and, unless `input` is a descriptor, its standard
/// input.  Killed at the end if it still runs.
class TerminalProcess : private Screen, public Child {
 public:
  struct Options {
    int input = -1;
    int output = -1;
    unsigned short columns = 80;
  };
  explicit TerminalProcess(std::vector<std::string> arguments)
      : TerminalProcess(std::move(arguments), Options()) {}
  TerminalProcess(std::vector<std::string> arguments, const Options& options)
      : Child(start(std::move(arguments), options), Screen::descriptor()), before_(modes()) {}

  static constexpr char ctrl_c = '\x03';

  void type(const std::string& text) {
    if (::write(Screen::descriptor(), text.data(), text.size()) < 0) {
      throw std::runtime_error("type");
    }
  }
  void resize(unsigned short columns) { Screen::resize(columns); }
  /// Whether the screen shows a text, so many times, now or within the time.
  bool shows(const std::string& text, std::chrono::milliseconds time, std::size_t times = 1) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (count(text) < times) {
      if (hear(seen_, end) != Heard::something) return false;
    }
    return true;
  }
  std::size_t count(const std::string& text) const {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = seen_.find(text, at)) != std::string::npos; at += text.size()) {
      ++count;
    }
    return count;
  }
  /// Waits for the end, and takes what is shown until then, so that the program can show it.
  int wait() {
    const auto soon = [] {
      return std::chrono::steady_clock::now() + std::chrono::milliseconds(5);
    };
    std::optional<int> status;
    while (!(status = ended())) hear(seen_, soon());
    while (hear(seen_, soon()) == Heard::something) {
    }
    return *status;
  }
  const std::string& seen() const { return seen_; }
  /// The terminal does what it did before.
  bool has_its_modes() const { return modes() == before_; }

 private:
  pid_t start(std::vector<std::string> arguments, const Options& options) {
    Screen::resize(options.columns);
    SpawnPlan plan;
    plan.control_by(name().c_str(), 2);
    plan.duplicate(options.input < 0 ? 2 : options.input, 0);
    plan.duplicate(options.output < 0 ? 2 : options.output, 1);
    return plan.start(std::move(arguments));
  }

  const std::string before_;
  std::string seen_;
};

}  // namespace cairn::test
