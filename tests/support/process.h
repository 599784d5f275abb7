// Programs that a test starts, listens to and kills.  Started by exec, so that nothing of the
// test's own process is in them, and the test's process need never open a store itself.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

extern char** environ;

namespace cairn::test {

/// A running program whose standard output comes here.  Killed at the end if it still runs.
class Process {
 public:
  explicit Process(std::vector<std::string> arguments) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    std::vector<char*> pointers;
    for (std::string& each : arguments) pointers.push_back(each.data());
    pointers.push_back(nullptr);
    const int error =
        ::posix_spawn(&pid_, pointers[0], &actions, nullptr, pointers.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    output_ = ends[0];
    if (error != 0) throw std::runtime_error("cannot start " + arguments[0]);
  }
  ~Process() {
    if (running_) kill();
    ::close(output_);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }

  /// Appends what comes until `wanted` bytes are there, the time is over or the program's end of
  /// the pipe is closed; false in the last case.
  bool read(std::string& bytes, std::chrono::milliseconds time, std::size_t wanted) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (bytes.size() < wanted) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
      if (left.count() <= 0) return true;
      pollfd ready{output_, POLLIN, 0};
      if (::poll(&ready, 1, static_cast<int>(left.count())) <= 0) continue;
      char part[4096];
      const ssize_t count = ::read(output_, part, sizeof part);
      if (count <= 0) return false;
      bytes.append(part, static_cast<std::size_t>(count));
    }
    return true;
  }
  /// Everything up to the end.
  std::string rest() {
    std::string bytes;
    while (read(bytes, std::chrono::seconds(60), std::string::npos)) {
    }
    return bytes;
  }
  /// One line, without its end; what there is if no more comes.
  std::string line() {
    std::string bytes;
    while (bytes.empty() || bytes.back() != '\n') {
      const std::size_t before = bytes.size();
      if (!read(bytes, std::chrono::seconds(30), before + 1) || bytes.size() == before)
        return bytes;
    }
    bytes.pop_back();
    return bytes;
  }

  void kill() {
    ::kill(pid_, SIGKILL);
    wait();
  }
  /// The exit status; 128 and the signal if one ended it.
  int wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    running_ = false;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
  int output_ = -1;
  bool running_ = true;
};

struct Result {
  int status;
  std::string output;
};

/// Runs a program to its end.
inline Result run(std::vector<std::string> arguments) {
  Process process(std::move(arguments));
  std::string output = process.rest();
  return {process.wait(), std::move(output)};
}

}  // namespace cairn::test
