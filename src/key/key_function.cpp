#include <charconv>
#include <map>
#include <memory>
#include <mutex>

#include <cairn/error.h>
#include <cairn/key.h>
#include "process/fork_guard.h"

namespace cairn {
namespace {

void append_number(std::string& out, std::int64_t number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

// The named key functions of the process.  They are copied and destroyed, which may be the
// program's own code, without the lock.
class Registry {
 public:
  Registry() {
    add("default", KeyFunction());
    add("unambiguous", KeyFunction(unambiguous_key, [](auto prefix, auto version) {
          return unambiguous_key({}, prefix, version);
        }));
  }
  static Registry& instance() {
    static Registry* const registry = new Registry;  // outlives whatever else is static
    return *registry;
  }
  void add(std::string name, KeyFunction function) {
    auto shared = std::make_shared<const KeyFunction>(std::move(function));
    const std::lock_guard lock(mutex_);
    functions_[std::move(name)].swap(shared);
  }
  std::shared_ptr<const KeyFunction> find(std::string_view name) const {
    const std::lock_guard lock(mutex_);
    if (const auto found = functions_.find(name); found != functions_.end()) return found->second;
    throw InvalidCacheBackend("key_function: no function named " + quote(name) +
                              "; register_key_function() adds one");
  }

 private:
  mutable process::StaticMutex mutex_;
  std::map<std::string, std::shared_ptr<const KeyFunction>, std::less<>> functions_;
};

}  // namespace

std::string make_key(std::string_view key, std::string_view prefix, std::int64_t version) {
  std::string made;
  made.reserve(prefix.size() + key.size() + 24);
  made.append(prefix);
  made += ':';
  append_number(made, version);
  made += ':';
  made.append(key);
  return made;
}

std::string unambiguous_key(std::string_view key, std::string_view prefix, std::int64_t version) {
  std::string made;
  made.reserve(prefix.size() + key.size() + 48);
  append_number(made, static_cast<std::int64_t>(prefix.size()));
  made += ':';
  made += make_key(key, prefix, version);
  return made;
}

KeyFunction::KeyFunction(std::string_view name) : KeyFunction(*Registry::instance().find(name)) {}

void register_key_function(std::string name, KeyFunction function) {
  Registry::instance().add(std::move(name), std::move(function));
}

}  // namespace cairn
