#include "durability/child.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <system_error>
#include <utility>

extern char** environ;

namespace bench {

Child::Child(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"durability", "child"});
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "pipe");
  }
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::vector<char*> pointers;
  for (std::string& each : arguments) pointers.push_back(each.data());
  pointers.push_back(nullptr);
  const int error =
      ::posix_spawn(&pid_, "/proc/self/exe", &actions, nullptr, pointers.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  output_ = ends[0];
  if (error != 0) {
    ::close(output_);
    throw std::system_error(error, std::generic_category(), "posix_spawn");
  }
}

Child::~Child() {
  if (running_) kill();
  ::close(output_);
}

std::string Child::read(std::size_t size) {
  std::string bytes(size, '\0');
  ssize_t count = 0;
  do {
    count = ::read(output_, bytes.data(), bytes.size());
  } while (count < 0 && errno == EINTR);
  bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return bytes;
}

std::string Child::finish() {
  std::string all;
  for (std::string part; !(part = read(4096)).empty();) all += part;
  const int status = wait();
  if (status != 0) {
    throw std::runtime_error("a child ended with status " + std::to_string(status));
  }
  return all;
}

void Child::kill() {
  ::kill(pid_, SIGKILL);
  wait();
}

int Child::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  running_ = false;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int run_child(const std::vector<std::string>& arguments) try {
  const std::string kind = arguments.empty() ? "" : arguments.front();
  if (kind == "fill") return fill_and_wait(arguments);
  if (kind == "reopen") return reopen(arguments);
  if (kind == "write") return write_until_killed(arguments);
  if (kind == "count") return count_what_is_left(arguments);
  std::fputs("durability: no such child\n", stderr);
  return 2;
} catch (const std::exception& error) {
  std::fprintf(stderr, "durability child: %s\n", error.what());
  return 1;
}

}  // namespace bench
