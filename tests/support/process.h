// Programs that a test starts, listens to and kills; the test's process need never open a store
// itself.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/child.h"

namespace cairn::test {

/// A running program whose standard output comes here.  Killed at the end if it still runs.
class Process : public Child {
 public:
  explicit Process(std::vector<std::string> arguments) : Process(std::move(arguments), Pipe()) {}

  /// Appends what comes until `wanted` bytes are there, the time is over or the program's end of
  /// the pipe is closed; false in the last case.
  bool read(std::string& bytes, std::chrono::milliseconds time, std::size_t wanted) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (bytes.size() < wanted) {
      const Heard heard = hear(bytes, end);
      if (heard != Heard::something) return heard == Heard::nothing;
    }
    return true;
  }
  /// Gives `take` each line, without its end, up to the program's end, and returns its status;
  /// empty if it was silent for a minute, and was killed.
  template <class Take>
  std::optional<int> lines(const Take& take) {
    std::string bytes;
    for (;;) {
      const std::size_t before = bytes.size();
      const bool more = read(bytes, std::chrono::seconds(60), before + 1);
      const bool silent = bytes.size() == before;
      for (std::size_t end = bytes.find('\n'); end != std::string::npos; end = bytes.find('\n')) {
        take(bytes.substr(0, end));
        bytes.erase(0, end + 1);
      }
      if (!more) return wait();
      if (silent) break;
    }
    kill();
    return std::nullopt;
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

 private:
  struct Pipe {
    Pipe() {
      if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    }
    int ends[2];
  };
  Process(std::vector<std::string> arguments, const Pipe& pipe)
      : Child(start(std::move(arguments), pipe), pipe.ends[0]) {}

  static pid_t start(std::vector<std::string> arguments, const Pipe& pipe) {
    SpawnPlan plan;
    plan.duplicate(pipe.ends[1], 1);
    const pid_t pid = plan.start(std::move(arguments));
    ::close(pipe.ends[1]);
    return pid;
  }
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
