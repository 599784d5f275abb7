// What is checked of a final key before anything is read or written.
#pragma once

#include <string_view>

#include <cairn/key.h>

namespace cairn::key {

/// The rules of one cache.
class KeyRules {
 public:
  KeyRules(KeyWarningHandler warnings, KeyValidator validator)
      : warnings_(std::move(warnings)), validator_(std::move(validator)) {}

  /// Throws InvalidKey beyond max_key_size, then runs the validator or, if there is none, reports
  /// to the warning handler each of memcached's two rules that the key breaks.
  void check(std::string_view final_key) const;
  /// The first of them alone, for a key that is not worth making a final key of.
  static void check_size(std::string_view key) {
    if (key.size() > max_key_size) [[unlikely]]
      refuse_size(key);
  }

 private:
  [[noreturn]] static void refuse_size(std::string_view key);
  void warn(std::string_view final_key, KeyWarning::Reason reason,
            const std::string& message) const;

  KeyWarningHandler warnings_;  // empty: the process's
  KeyValidator validator_;
};

}  // namespace cairn::key
