// What every program has in common that a test starts: it is spawned, heard and ended.  Started by
// exec, so that nothing of the test's own process is in it.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

extern char** environ;

namespace cairn::test {

/// What the kernel does between fork and exec.
class SpawnPlan {
 public:
  SpawnPlan() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
  }
  ~SpawnPlan() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&actions_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  void duplicate(int from, int to) { ::posix_spawn_file_actions_adddup2(&actions_, from, to); }
  /// A session of its own, with this terminal as what controls it, open under that number.
  void control_by(const char* terminal, int number) {
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSID);
    ::posix_spawn_file_actions_addopen(&actions_, number, terminal, O_RDWR, 0);
  }
  /// Starts the program that the first argument names.
  pid_t start(std::vector<std::string> arguments) const {
    std::vector<char*> pointers;
    for (std::string& each : arguments) pointers.push_back(each.data());
    pointers.push_back(nullptr);
    pid_t pid = -1;
    if (::posix_spawnp(&pid, pointers[0], &actions_, &attributes_, pointers.data(), environ) != 0) {
      throw std::runtime_error("cannot start " + arguments[0]);
    }
    return pid;
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

/// A running program, and a descriptor from which comes what it says.  Killed at the end if it
/// still runs.
class Child {
 public:
  Child(pid_t pid, int output) : pid_(pid), output_(output) {}
  ~Child() {
    if (running_) kill();
    ::close(output_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  int descriptor() const { return output_; }

  enum class Heard { something, nothing, end };
  /// Appends what has come, waiting for it so long.
  Heard hear(std::string& bytes, std::chrono::steady_clock::time_point until) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return Heard::nothing;
    pollfd ready{output_, POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(left.count())) <= 0) return hear(bytes, until);
    char part[4096];
    const ssize_t count = ::read(output_, part, sizeof part);
    if (count <= 0) return Heard::end;
    bytes.append(part, static_cast<std::size_t>(count));
    return Heard::something;
  }

  void kill() {
    ::kill(pid_, SIGKILL);
    wait();
  }
  /// The exit status; 128 and the signal if one ended it.
  int wait() { return waited(0).value(); }
  /// The same if it has ended.
  std::optional<int> ended() { return waited(WNOHANG); }

 private:
  std::optional<int> waited(int options) {
    int status = 0;
    if (::waitpid(pid_, &status, options) != pid_) return std::nullopt;
    running_ = false;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  const pid_t pid_;
  const int output_;
  bool running_ = true;
};

}  // namespace cairn::test
