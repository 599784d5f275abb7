#include "resources/supply.h"

#include <dlfcn.h>
#include <pthread.h>

#include <cerrno>
#include <cstdlib>
#include <new>

namespace {

struct Count {
  bool take() noexcept { return !counting || ++taken != refused; }
  bool counting = false;
  long taken = 0;
  long refused = 0;
  std::size_t least = 0;
};
thread_local Count counts[2];

}  // namespace

// Instead of the C++ library's.
void* operator new(std::size_t size) {
  Count& count = counts[cairn::test::Supply::memory];
  const bool there = size < count.least || count.take();
  void* const made = there ? std::malloc(size == 0 ? 1 : size) : nullptr;
  if (made == nullptr) throw std::bad_alloc();
  return made;
}
void operator delete(void* made) noexcept { std::free(made); }
void operator delete(void* made, std::size_t) noexcept { std::free(made); }

// Instead of the C library's, which it calls.
extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                              void* (*run)(void*), void* argument) noexcept {
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto create = reinterpret_cast<Create>(::dlsym(RTLD_NEXT, "pthread_create"));
  const bool there = counts[cairn::test::Supply::threads].take();
  return there ? create(thread, attributes, run, argument) : EAGAIN;
}

namespace cairn::test {

Supply::Supply(Of kind, long refused, std::size_t least) : kind_(kind) {
  counts[kind] = {true, 0, refused, least};
}
Supply::~Supply() { counts[kind_].counting = false; }
long Supply::taken() const { return counts[kind_].taken; }

}  // namespace cairn::test
