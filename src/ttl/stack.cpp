// How far the stack of this thread may grow: the bound of an archive that is nested deeply.
#include <cairn/codec.h>

#include <pthread.h>

#include <cstddef>

namespace cairn::internal {
namespace {

// What the frames between two looks at the stack take, and after the last one the exception.
constexpr std::size_t reserve = 24u << 10;

struct Stack {
  const char* low = nullptr;  // null: unknown
  const char* high = nullptr;
};

Stack stack_of_this_thread() noexcept {
  pthread_attr_t attributes;
  if (::pthread_getattr_np(::pthread_self(), &attributes) != 0) return {};
  void* address = nullptr;
  std::size_t size = 0;
  const bool known = ::pthread_attr_getstack(&attributes, &address, &size) == 0;
  ::pthread_attr_destroy(&attributes);
  if (!known || address == nullptr) return {};
  return {static_cast<const char*>(address), static_cast<const char*>(address) + size};
}

}  // namespace

const char* lowest_stack_address() noexcept {
  // Costs a look into /proc for the first thread of a process, and is the same ever after.
  static thread_local const Stack stack = stack_of_this_thread();
  const auto* const here = static_cast<const char*>(__builtin_frame_address(0));
  // Elsewhere runs a fiber, on a stack that only its maker knows.
  if (here < stack.low || here >= stack.high) return nullptr;
  return stack.low + reserve;
}

}  // namespace cairn::internal
