// A thread whose stack has exactly so many bytes.
#pragma once

#include <pthread.h>
#include <sys/mman.h>

#include <cstddef>
#include <exception>
#include <functional>
#include <stdexcept>

namespace cairn::test {

/// Runs `work` in a thread of its own; what it throws is thrown here.  The stack is not one of the
/// C library's, which may be the larger one of a thread that has ended.  Behind it lies a page that
/// nobody may touch.
inline void with_stack_of(std::size_t bytes, std::function<void()> work) {
  constexpr std::size_t guard = 64u << 10;
  void* const memory = ::mmap(nullptr, guard + bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("mmap");
  ::mprotect(memory, guard, PROT_NONE);

  std::exception_ptr failure;
  std::function<void()> guarded = [&] {
    try {
      work();
    } catch (...) {
      failure = std::current_exception();
    }
  };
  const auto body = [](void* argument) -> void* {
    (*static_cast<std::function<void()>*>(argument))();
    return nullptr;
  };
  pthread_attr_t attributes;
  pthread_t thread;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstack(&attributes, static_cast<char*>(memory) + guard, bytes);
  const bool started = ::pthread_create(&thread, &attributes, body, &guarded) == 0;
  if (started) ::pthread_join(thread, nullptr);
  ::pthread_attr_destroy(&attributes);
  ::munmap(memory, guard + bytes);
  if (!started) throw std::runtime_error("pthread_create");
  if (failure) std::rethrow_exception(failure);
}

}  // namespace cairn::test
