#include "store/border/engine_hooks.h"

#include <rocksdb/env.h>

#include <map>
#include <mutex>
#include <stdexcept>

namespace cairn::store {
namespace {

struct Hooks {
  std::mutex mutex;
  std::map<std::filesystem::path, rocksdb::Env*> envs;  // by canonical path

  static Hooks& instance() {
    static Hooks* const hooks = new Hooks;  // outlives whatever else is static
    return *hooks;
  }
};

std::filesystem::path one_spelling(const std::filesystem::path& directory) {
  std::filesystem::path path =
      std::filesystem::weakly_canonical(std::filesystem::absolute(directory));
  return path.has_filename() ? path : path.parent_path();  // of what is not there yet: "new/"
}

}  // namespace

HookedDirectory::HookedDirectory(const std::filesystem::path& directory, rocksdb::Env& env)
    : directory_(one_spelling(directory)) {
  Hooks& hooks = Hooks::instance();
  const std::lock_guard lock(hooks.mutex);
  if (!hooks.envs.emplace(directory_, &env).second) {
    throw std::logic_error("HookedDirectory: " + directory_.native() + " has an Env already");
  }
}

HookedDirectory::~HookedDirectory() {
  Hooks& hooks = Hooks::instance();
  const std::lock_guard lock(hooks.mutex);
  hooks.envs.erase(directory_);
}

rocksdb::Env& env_of(const std::filesystem::path& directory) {
  Hooks& hooks = Hooks::instance();
  const std::lock_guard lock(hooks.mutex);
  if (hooks.envs.empty()) return *rocksdb::Env::Default();
  const auto found = hooks.envs.find(one_spelling(directory));
  return found == hooks.envs.end() ? *rocksdb::Env::Default() : *found->second;
}

}  // namespace cairn::store
