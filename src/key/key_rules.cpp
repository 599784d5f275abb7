#include "key/key_rules.h"

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>

#include <cairn/error.h>
#include "process/fork_guard.h"

namespace cairn {
namespace {

// Each distinct key once, and no more than so many: the log of a program that makes keys from user
// input must not grow for ever.
class LoggedKeys {
 public:
  void log(const KeyWarning& warning) {
    constexpr std::size_t most = 1000;
    const std::lock_guard lock(mutex_);
    // The message shows only the beginning of a long key.
    const std::size_t which = std::hash<std::string_view>{}(warning.key) * 2 +
                              (warning.reason == KeyWarning::Reason::too_long ? 1 : 0);
    if (seen_.size() >= most || !seen_.insert(which).second) return;
    std::fprintf(stderr, "cairn: %.*s\n", static_cast<int>(warning.message.size()),
                 warning.message.data());
    if (seen_.size() == most) std::fputs("cairn: further key warnings are not logged\n", stderr);
  }

 private:
  process::StaticMutex mutex_;
  std::unordered_set<std::size_t> seen_;
};

// The handler of the process.  One in use stays alive; it is copied and destroyed, which may be the
// program's own code, without the lock.
class ProcessHandler {
 public:
  using Shared = std::shared_ptr<const KeyWarningHandler>;

  static ProcessHandler& instance() {
    static ProcessHandler* const handler = new ProcessHandler;  // outlives whatever else is static
    return *handler;
  }
  KeyWarningHandler exchange(KeyWarningHandler next) {
    Shared shared = next ? std::make_shared<const KeyWarningHandler>(std::move(next)) : nullptr;
    {
      const std::lock_guard lock(mutex_);
      handler_.swap(shared);
    }
    return shared ? *shared : KeyWarningHandler();
  }
  Shared get() {
    const std::lock_guard lock(mutex_);
    if (!handler_) handler_ = logging_;
    return handler_;
  }

 private:
  const Shared logging_ = std::make_shared<const KeyWarningHandler>(log_key_warnings());
  process::StaticMutex mutex_;
  Shared handler_;
};

}  // namespace

KeyWarningHandler ignore_key_warnings() {
  return [](const KeyWarning&) {};
}

KeyWarningHandler log_key_warnings() {
  static LoggedKeys* const logged = new LoggedKeys;  // outlives whatever else is static
  return [](const KeyWarning& warning) { logged->log(warning); };
}

KeyWarningHandler throw_key_warnings() {
  return [](const KeyWarning& warning) { throw InvalidKey(std::string(warning.message)); };
}

KeyWarningHandler set_key_warning_handler(KeyWarningHandler handler) {
  return ProcessHandler::instance().exchange(std::move(handler));
}

namespace key {
namespace {

// Whether any of eight bytes is up to a space, or DEL: of a byte below the bound the subtraction
// sets the highest bit, and where it borrows from a neighbour there was one.
bool any_bad(std::uint64_t bytes) {
  constexpr std::uint64_t each = 0x0101010101010101;
  const std::uint64_t below = (bytes - each * 0x21) & ~bytes;
  const std::uint64_t del = bytes ^ each * 0x7f;
  return ((below | ((del - each) & ~del)) & each * 0x80) != 0;
}

bool has_bad_character(std::string_view key) {
  std::uint64_t bytes = 0;
  for (; key.size() >= sizeof bytes; key.remove_prefix(sizeof bytes)) {
    std::memcpy(&bytes, key.data(), sizeof bytes);
    if (any_bad(bytes)) return true;
  }
  if (key.empty()) return false;
  std::memset(&bytes, 'x', sizeof bytes);
  std::memcpy(&bytes, key.data(), key.size());
  return any_bad(bytes);
}

}  // namespace

void KeyRules::check(std::string_view final_key) const {
  check_size(final_key);
  if (validator_) return validator_(final_key);
  if (final_key.size() > warned_key_size) {
    warn(final_key, KeyWarning::Reason::too_long,
         "Cache key will cause errors if used with memcached: " + quote(final_key) +
             " (longer than " + std::to_string(warned_key_size) + ")");
  }
  if (has_bad_character(final_key)) {
    warn(final_key, KeyWarning::Reason::bad_character,
         "Cache key contains characters that will cause errors if used with memcached: " +
             quote(final_key));
  }
}

void KeyRules::refuse_size(std::string_view key) {
  throw InvalidKey("key " + quote(key) + " is too long: it has " + std::to_string(key.size()) +
                   " bytes, and with prefix and version at most " + std::to_string(max_key_size) +
                   " are allowed; store a hash of it");
}

void KeyRules::warn(std::string_view final_key, KeyWarning::Reason reason,
                    const std::string& message) const {
  const KeyWarning warning{reason, final_key, message};
  if (warnings_) {
    warnings_(warning);
  } else {
    const ProcessHandler::Shared handler = ProcessHandler::instance().get();
    (*handler)(warning);
  }
}

}  // namespace key
}  // namespace cairn
