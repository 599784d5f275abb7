#include "process/fork_guard.h"

#include <pthread.h>
#include <unistd.h>

#include <array>
#include <mutex>

#include <cairn/error.h>

namespace cairn::process {
namespace {

// Fixed and atomic: the handler runs in a child whose other threads are gone, so it may take no
// lock and allocate nothing.
std::array<std::atomic<int>, 1024> descriptors{};

}  // namespace

std::atomic<bool> ForkGuard::forked_{false};

void after_fork_in_child() {
  ForkGuard::forked_.store(true);
  for (std::atomic<int>& slot : descriptors) {
    // Stored plus one, so that zero means free.
    if (const int held = slot.exchange(0); held > 0) ::close(held - 1);
  }
}

void ForkGuard::install() {
  static std::once_flag once;
  std::call_once(once, [] { pthread_atfork(nullptr, nullptr, after_fork_in_child); });
}

void ForkGuard::close_in_child(int descriptor) noexcept {
  for (std::atomic<int>& slot : descriptors) {
    int expected = 0;
    if (slot.compare_exchange_strong(expected, descriptor + 1)) return;
  }
}

void ForkGuard::forget(int descriptor) noexcept {
  for (std::atomic<int>& slot : descriptors) {
    int expected = descriptor + 1;
    if (slot.compare_exchange_strong(expected, 0)) return;
  }
}

void ForkGuard::refuse() {
  throw Error(ErrorCode::forked_process,
              "this process was forked from one with an open cache, and cannot use it: the parent "
              "would lose data; fork first and open after, or exec");
}

}  // namespace cairn::process
