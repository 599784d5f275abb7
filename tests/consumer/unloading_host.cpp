// Loads the plugin, uses it in a thread that outlives it, and unloads it with its store open;
// twice. The plugin has NUMBER values already.
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <latch>
#include <thread>

namespace {

template <class Function>
Function* find(void* plugin, const char* name) {
  void* const found = ::dlsym(plugin, name);
  if (found == nullptr) std::exit(2);
  return reinterpret_cast<Function*>(found);
}

int round(const char* directory, long number) {
  void* const plugin = ::dlopen(PLUGIN, RTLD_NOW | RTLD_LOCAL);
  if (plugin == nullptr) {
    std::fprintf(stderr, "%s\n", ::dlerror());
    return 2;
  }
  if (find<long(const char*)>(plugin, "count")(directory) != number) return 3;
  if (!find<bool(const char*)>(plugin, "was_closed")(directory)) return 4;
  const auto keep = find<void(const char*, long)>(plugin, "keep");
  std::latch used(1);
  std::latch unloaded(1);
  std::thread outlives([&] {
    keep(directory, number);
    used.count_down();
    unloaded.wait();
  });
  used.wait();
  const bool closed = ::dlclose(plugin) == 0;
  unloaded.count_down();
  outlives.join();
  return closed ? 0 : 5;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 1;
  const long number = std::strtol(arguments[2], nullptr, 10);
  for (const long next : {number + 1, number + 2}) {
    if (const int status = round(arguments[1], next); status != 0) {
      std::fprintf(stderr, "round %ld: %d\n", next, status);
      return status;
    }
  }
  return 0;
}
