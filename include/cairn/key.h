// Keys: from the key that a caller writes to the key that is stored.
//
// A caller's key, the cache's prefix and a version are joined by a key function to the *final key*,
// which is checked and then stored.  The default function is Django's, byte for byte:
// `prefix:version:key`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <cairn/export.h>

namespace cairn {

/// Final keys longer than this many bytes are refused with InvalidKey by every operation.
inline constexpr std::size_t max_key_size = 64 * 1024;

/// Final keys longer than this many bytes draw a KeyWarning.  The limit is memcached's; it counts
/// bytes, as memcached does (Django counts code points and so lets keys pass that memcached
/// refuses).
inline constexpr std::size_t warned_key_size = 250;

/// Django's default key function: `prefix:version:key`.  An empty prefix leaves its colon,
/// `:1:key`.
///
/// This function is ambiguous, as Django's is: prefix "p", version 1, key "2:k" and prefix "p:1",
/// version 2, key "k" are one stored key.  Where prefixes or keys come from outside use
/// unambiguous_key.
CAIRN_EXPORT std::string make_key(std::string_view key, std::string_view prefix = {},
                                  std::int64_t version = 1);

/// A key function in which no two different inputs meet: `length(prefix):prefix:version:key`.
CAIRN_EXPORT std::string unambiguous_key(std::string_view key, std::string_view prefix,
                                         std::int64_t version);

/// A rule that makes the final key (Django: KEY_FUNCTION).
///
/// Converts from any callable `std::string(std::string_view key, std::string_view prefix,
/// std::int64_t version)`, or from the name of a registered function: "default", "unambiguous", or
/// what register_key_function added.  Empty means the default.  The callable is called from any
/// thread and must give the same result for the same input.
class KeyFunction {
 public:
  /// Makes the final key of a caller's key, a prefix and a version.
  using Make =
      std::function<std::string(std::string_view key, std::string_view prefix, std::int64_t)>;
  /// Makes what every final key of a prefix and a version begins with.
  using Head = std::function<std::string(std::string_view prefix, std::int64_t version)>;

  /// Django's default: make_key().
  KeyFunction() = default;
  /// A function whose keys cannot be listed: keys() and erase_prefix() throw InvalidOption.
  template <class F>
  requires std::is_invocable_r_v<std::string, F&, std::string_view, std::string_view, std::int64_t>
  KeyFunction(F make) : make_(std::move(make)) {}  // NOLINT: meant to convert

  /// A function whose final keys are `head(prefix, version) + key`.  Knowing the head is what lets
  /// keys() and erase_prefix() find a cache's keys; without it they throw InvalidOption.
  template <class F>
  requires std::is_invocable_r_v<std::string, F&, std::string_view, std::string_view, std::int64_t>
  KeyFunction(F make, Head head) : make_(std::move(make)), head_(std::move(head)) {}

  /// The function that is registered under a name.  Throws InvalidCacheBackend if there is none.
  KeyFunction(const char* name) : KeyFunction(std::string_view(name)) {}  // NOLINT
  /// The same, by a string.
  KeyFunction(const std::string& name) : KeyFunction(std::string_view(name)) {}  // NOLINT
  /// The same, by a view.
  CAIRN_EXPORT KeyFunction(std::string_view name);  // NOLINT

  /// True for the default function, whose keys are made without calling anything.
  bool is_default() const { return !make_; }
  /// The final key.  Throws what the function throws.
  std::string operator()(std::string_view key, std::string_view prefix,
                         std::int64_t version) const {
    return make_ ? make_(key, prefix, version) : make_key(key, prefix, version);
  }
  /// True if the keys of a cache can be listed: for the default function, and one given with its
  /// head.
  bool has_head() const { return is_default() || head_; }
  /// What every final key of this prefix and version begins with.  Requires has_head().
  std::string head(std::string_view prefix, std::int64_t version) const {
    return is_default() ? make_key({}, prefix, version) : head_(prefix, version);
  }

 private:
  Make make_;
  Head head_;
};

/// Makes a function known under a name for the whole process (Django: a dotted path).  A name that
/// is taken is replaced for caches opened later.  Safe from any thread.
CAIRN_EXPORT void register_key_function(std::string name, KeyFunction function);

/// A final key that memcached would refuse.  It is a warning: the operation still runs, unless the
/// handler throws.
struct KeyWarning {
  /// Which of memcached's two rules the key breaks.
  enum class Reason {
    too_long,       ///< more than warned_key_size bytes
    bad_character,  ///< a space or a control character
  };
  Reason reason;             ///< the rule
  std::string_view key;      ///< the final key
  std::string_view message;  ///< Django's wording
};

/// A function that is told about every such key, by every operation, before anything is read or
/// written.  It is called from any thread.  If it throws, the operation is abandoned and nothing
/// has been written.
using KeyWarningHandler = std::function<void(const KeyWarning&)>;

/// A handler that says nothing.
CAIRN_EXPORT KeyWarningHandler ignore_key_warnings();
/// The default handler, which writes each distinct key once to standard error (at most 1,000 keys a
/// process).
CAIRN_EXPORT KeyWarningHandler log_key_warnings();
/// A handler that throws InvalidKey: what Django's memcached back ends do.
CAIRN_EXPORT KeyWarningHandler throw_key_warnings();

/// Sets the handler of every cache that has none of its own, and returns the one before; an empty
/// function means the default.  Safe from any thread.
CAIRN_EXPORT KeyWarningHandler set_key_warning_handler(KeyWarningHandler handler);

/// A rule in place of those two (Django: an overridden validate_key): it is called with every final
/// key, from any thread, and may throw, which abandons the operation.  The limit of max_key_size
/// stays.
using KeyValidator = std::function<void(std::string_view final_key)>;

}  // namespace cairn
