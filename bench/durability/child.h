// Programs that are killed.  Each is this program, started by exec with `child` for its first
// argument, so that nothing of the parent's stores is in it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

namespace bench {

/// A running child, whose standard output comes here.  Killed at the end if it still runs.
class Child {
 public:
  explicit Child(std::vector<std::string> arguments);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Up to `size` bytes, as soon as there are some; empty at the end of the output.
  std::string read(std::size_t size);
  /// Everything up to the end; throws unless the child then ends well.
  std::string finish();
  /// SIGKILL; what the child has written before can still be read.
  void kill();
  int descriptor() const { return output_; }

 private:
  int wait();

  pid_t pid_ = -1;
  int output_ = -1;
  bool running_ = true;
};

/// What the child does: `arguments` are those behind `child`.  Gives the exit status.
int run_child(const std::vector<std::string>& arguments);

// One for each kind of child, by its first argument.
int fill_and_wait(const std::vector<std::string>& arguments);
int reopen(const std::vector<std::string>& arguments);
int write_until_killed(const std::vector<std::string>& arguments);
int count_what_is_left(const std::vector<std::string>& arguments);

}  // namespace bench
