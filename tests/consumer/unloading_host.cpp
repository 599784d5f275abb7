// Loads the plugin, uses it in two threads, one of which outlives it, and unloads it; three times.
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
  const auto count = find<long(const char*)>(plugin, "count");
  if (count(directory) != number) return 3;
  if (!find<bool(const char*)>(plugin, "was_closed")(directory)) return 4;
  std::latch used(1);
  std::latch unloaded(1);
  std::thread outlives([&] {
    find<void(const char*, long)>(plugin, "keep")(directory, number);
    used.count_down();
    unloaded.wait();
  });
  used.wait();
  ::dlclose(plugin);
  const bool gone = ::dlopen(PLUGIN, RTLD_NOW | RTLD_NOLOAD) == nullptr;
  unloaded.count_down();
  outlives.join();
  return gone ? 0 : 5;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 1;
  for (long number = 1; number <= 3; ++number) {
    const int status = round(arguments[1], number);
    if (status != 0) {
      std::fprintf(stderr, "round %ld: %d\n", number, status);
      return status;
    }
  }
  return 0;
}
