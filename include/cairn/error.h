// The exceptions of Cairn: everything that it reports as a failure.
//
// A miss is not a failure: it is an empty optional or `false`.  Everything else is one exception
// type, Error, whose code says what happened.  The subclasses exist only where a program would
// catch by name (`catch (const cairn::KeyNotFound&)`); all the others are told apart by code().
// Every message names the key, path or option that it is about, and what to do.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include <cairn/export.h>

#if !defined(__cpp_exceptions)
#error \
    "cairn reports failures by exceptions, which -fno-exceptions takes away: compile the files \
that include it with -fexceptions"
#endif

namespace cairn {

/// What went wrong.  Values may be added; none is renumbered.
enum class ErrorCode {
  key_not_found,          ///< incr, decr, incr_version, decr_version on a key that is not there
  invalid_cache_backend,  ///< unknown alias or back end
  invalid_key,            ///< a key that a rule refuses, or one beyond the size limit
  wrong_type,             ///< the stored value is not of the type asked for
  overflow,               ///< an integer result that does not fit; nothing was changed
  serialization,          ///< a value that cannot be encoded, or whose stored bytes do not decode
  value_too_large,        ///< a value beyond max_value_size
  invalid_option,         ///< an option with a value that makes no sense, or two that contradict
  io,                     ///< the operating system refused a read or a write
  no_space,               ///< the disk is full; reads go on
  corruption,             ///< stored data that fails its checks
  busy,                   ///< the store cannot take the write now; try again
  locked,                 ///< another process has the directory open
  newer_format,           ///< the directory was written by a newer Cairn
  forked_process,         ///< a handle inherited through fork() was used in the child
  would_deadlock,         ///< a use of a cache from inside a function that must not use it
  process_ending,         ///< a store on disk was used after the end of the process had begun
};

/// The base of every exception that Cairn throws.  Copyable; what() is the message.
class CAIRN_EXPORT Error : public std::runtime_error {
 public:
  /// An error with that code and message.
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  /// What happened, for programs; what() says it for people.
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

/// incr, decr, incr_version or decr_version of a missing or expired key (Django: ValueError).
class CAIRN_EXPORT KeyNotFound : public Error {
 public:
  /// An error with code key_not_found.
  explicit KeyNotFound(const std::string& message) : Error(ErrorCode::key_not_found, message) {}
};

/// An alias that is not configured, or a location that names no known back end (Django:
/// InvalidCacheBackendError).
class CAIRN_EXPORT InvalidCacheBackend : public Error {
 public:
  /// An error with code invalid_cache_backend.
  explicit InvalidCacheBackend(const std::string& message)
      : Error(ErrorCode::invalid_cache_backend, message) {}
};

/// A key that was refused (Django: InvalidCacheKey).
class CAIRN_EXPORT InvalidKey : public Error {
 public:
  /// An error with code invalid_key.
  explicit InvalidKey(const std::string& message) : Error(ErrorCode::invalid_key, message) {}
};

/// The stored value has another type than the one asked for (Django: TypeError).
class CAIRN_EXPORT WrongType : public Error {
 public:
  /// An error with code wrong_type.
  explicit WrongType(const std::string& message) : Error(ErrorCode::wrong_type, message) {}
};

/// An integer that does not fit; the stored value is unchanged.
class CAIRN_EXPORT Overflow : public Error {
 public:
  /// An error with code overflow.
  explicit Overflow(const std::string& message) : Error(ErrorCode::overflow, message) {}
};

/// A value that could not be encoded or decoded.  What a codec or serialize() threw is nested in
/// it, if it was a std::exception: std::rethrow_if_nested throws that.
class CAIRN_EXPORT SerializationError : public Error {
 public:
  /// An error with code serialization.
  explicit SerializationError(const std::string& message)
      : Error(ErrorCode::serialization, message) {}
};

/// The operating system refused: codes io, no_space or locked.
class CAIRN_EXPORT IoError : public Error {
 public:
  /// An error with code io, no_space or locked.
  explicit IoError(const std::string& message, ErrorCode code = ErrorCode::io)
      : Error(code, message) {}
};

/// Stored data that fails its checks, or a store of a newer format.
class CAIRN_EXPORT Corruption : public Error {
 public:
  /// An error with code corruption or newer_format.
  explicit Corruption(const std::string& message, ErrorCode code = ErrorCode::corruption)
      : Error(code, message) {}
};

/// An option whose value makes no sense (Django: ImproperlyConfigured).
class CAIRN_EXPORT InvalidOption : public Error {
 public:
  /// An error with code invalid_option.
  explicit InvalidOption(const std::string& message) : Error(ErrorCode::invalid_option, message) {}
};

/// A key as messages show it: in single quotes, bytes that are not printable ASCII as `\xNN`, at
/// most 80 bytes of it.  No key can forge a line of a log or move a terminal's cursor.
CAIRN_EXPORT std::string quote(std::string_view key);

}  // namespace cairn
