// How the tool ends.  Documented in --help, the man page and docs/tool.md.
#pragma once

#include <stdexcept>

#include <cairn/error.h>

namespace cairn::tool {

enum class ExitCode : int {
  fine = 0,
  no = 1,       ///< not found, or a check failed
  usage = 2,    ///< a command line that makes no sense
  no_open = 3,  ///< the store, or a file, cannot be opened, read or written
  damaged = 4,  ///< the store's data fails its checks
  busy = 5,     ///< the store's owner changes it faster than it can be read
};

/// Thrown by a command that has said what there is to say: main ends with this code.
struct Leave {
  ExitCode code;
};

/// A command line that makes no sense; becomes one line and ExitCode::usage.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline ExitCode exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::corruption:
      return ExitCode::damaged;
    case ErrorCode::key_not_found:
    case ErrorCode::wrong_type:
    case ErrorCode::overflow:
    case ErrorCode::serialization:
      return ExitCode::no;
    case ErrorCode::busy:
      return ExitCode::busy;
    case ErrorCode::invalid_key:
    case ErrorCode::value_too_large:
      return ExitCode::usage;
    default:
      return ExitCode::no_open;
  }
}

}  // namespace cairn::tool
