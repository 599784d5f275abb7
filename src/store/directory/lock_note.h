// The content of CAIRN.lock: its holder, told to processes that do not ask for the lock.
#pragma once

#include <optional>
#include <string>

namespace cairn::store {

/// Three lines of text.  Only a holder writes them, and whoever dies leaves them: they say who
/// holds the lock if somebody does.
struct LockNote {
  std::string process;  ///< the holder's number in its own pid namespace; empty: not written
  std::string note;     ///< "log", or no_log_note
  /// The holder's pid namespace; unknown_space if it could not read that.  Empty: the holder's lock
  /// cannot be seen by is_locked().
  std::string space;

  std::string text() const;
};

/// The note in an open file; all of it empty if there is none.
LockNote read_lock_note(int file);

/// Takes the lock that is_locked() sees, on a file that is open for reading and writing, until the
/// file is closed.  False where the file system has no such locks.
bool show_lock(int file);
/// Gives up the open file's lock of this kind, also where a child has inherited the file.
void unlock_file(int file);
/// Whether another open file has it; nothing is taken.  Empty if that cannot be known.
std::optional<bool> is_locked(int file);

/// The name of this process's pid namespace; unknown_space without /proc.
std::string pid_namespace();
inline constexpr const char* unknown_space = "unknown";
/// The name of the pid namespace that sees every process of the machine.
inline constexpr const char* initial_space = "pid:[4026531836]";

}  // namespace cairn::store
