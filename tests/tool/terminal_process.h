// A program that believes it is talking to a person.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

extern char** environ;

namespace cairn::test {

/// A running program with a pseudo-terminal for standard error and, unless `input` is a descriptor,
/// for standard input.  Killed at the end if it still runs.
class TerminalProcess {
 public:
  explicit TerminalProcess(std::vector<std::string> arguments, int input = -1) {
    screen_ = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (screen_ < 0 || ::grantpt(screen_) != 0 || ::unlockpt(screen_) != 0) {
      throw std::runtime_error("no pseudo-terminal");
    }
    const int terminal = ::open(::ptsname(screen_), O_RDWR | O_NOCTTY | O_CLOEXEC);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, input < 0 ? terminal : input, 0);
    ::posix_spawn_file_actions_adddup2(&actions, terminal, 1);
    ::posix_spawn_file_actions_adddup2(&actions, terminal, 2);
    std::vector<char*> pointers;
    for (std::string& each : arguments) pointers.push_back(each.data());
    pointers.push_back(nullptr);
    const int error =
        ::posix_spawn(&pid_, pointers[0], &actions, nullptr, pointers.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(terminal);
    if (error != 0) throw std::runtime_error("cannot start " + arguments[0]);
  }
  ~TerminalProcess() {
    if (running_) {
      ::kill(pid_, SIGKILL);
      wait();
    }
    ::close(screen_);
  }
  TerminalProcess(const TerminalProcess&) = delete;
  TerminalProcess& operator=(const TerminalProcess&) = delete;

  pid_t pid() const { return pid_; }

  void type(const std::string& text) {
    if (::write(screen_, text.data(), text.size()) < 0) throw std::runtime_error("type");
  }
  /// Whether the screen shows a text, now or within the time.
  bool shows(const std::string& text, std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (seen_.find(text) == std::string::npos) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
      if (left.count() <= 0) return false;
      pollfd ready{screen_, POLLIN, 0};
      if (::poll(&ready, 1, static_cast<int>(left.count())) <= 0) continue;
      char part[4096];
      const ssize_t count = ::read(screen_, part, sizeof part);
      if (count <= 0) return false;
      seen_.append(part, static_cast<std::size_t>(count));
    }
    return true;
  }
  const std::string& seen() const { return seen_; }

  int wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    running_ = false;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
  int screen_ = -1;
  bool running_ = true;
  std::string seen_;
};

}  // namespace cairn::test
