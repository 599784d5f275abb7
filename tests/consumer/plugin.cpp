// A plugin that keeps a cache: what a program loads with dlopen, or an interpreter as its module.
#include <cairn/caches.h>

#include <cstdint>
#include <memory>

namespace {
std::unique_ptr<cairn::Caches> caches;
}

// Opens the cache in `directory` and counts one visit; how many there were.
extern "C" std::int64_t visit(const char* directory) {
  caches = std::make_unique<cairn::Caches>(
      directory, cairn::Caches::Configuration{{"default", {.timeout = cairn::never}}});
  return (*caches)["default"].incr("visits", 1, {.initial = 0});
}

// Throws what the library throws, through the plugin's border.
extern "C" void miss() { (*caches)["default"].incr("no such counter"); }

extern "C" void leave() { caches.reset(); }
