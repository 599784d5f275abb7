// A program that loads the plugin in argv[1], lets it use the cache in argv[2], and unloads it.
// It is not linked with cairn, and knows of its headers those of the errors.
#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cairn/error.h>

#include <cstdint>
#include <iostream>
#include <thread>

namespace {

template <class Function>
Function* find(void* plugin, const char* name) {
  return reinterpret_cast<Function*>(::dlsym(plugin, name));
}

// Whether the error of the plugin's library is known here by its type.
bool misses(void* plugin) try {
  find<void()>(plugin, "miss")();
  return false;
} catch (const cairn::KeyNotFound& error) {
  return error.code() == cairn::ErrorCode::key_not_found;
}

bool use(const char* path, const char* directory, std::int64_t visits) {
  void* const plugin = ::dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (plugin == nullptr) {
    std::cerr << ::dlerror() << '\n';
    return false;
  }
  bool well = false;
  // In a thread that ends before the plugin goes.
  std::thread([&] {
    well = find<std::int64_t(const char*)>(plugin, "visit")(directory) == visits && misses(plugin);
    find<void()>(plugin, "leave")();
  }).join();
  return ::dlclose(plugin) == 0 && well;
}

// A process that forks after the plugin has gone calls none of its handlers.
bool forks() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  int status = -1;
  return ::waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  for (const std::int64_t visits : {1, 2}) {
    if (!use(argv[1], argv[2], visits) || !forks()) return 1;
  }
  std::cout << "two visits\n";
  return 0;
}
