#include "process/fork_guard.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <mutex>
#include <new>

#include <cairn/error.h>

namespace cairn::process {
namespace {

// Fixed and atomic: the handler runs in a child whose other threads are gone, so it may take no
// lock and allocate nothing.
std::array<std::atomic<int>, 1024> descriptors{};

std::array<std::atomic<StaticMutex*>, 8> static_mutexes{};

// Whether the fork that is under way has them locked.  A process that is astray must not wait for
// what nobody will unlock.
std::atomic<bool> locked{false};

void before_fork() {
  locked = !ForkGuard::astray();
  if (!locked) return;
  for (const std::atomic<StaticMutex*>& each : static_mutexes) {
    if (StaticMutex* const mutex = each.load()) mutex->lock();
  }
}

void after_fork() {
  if (!locked) return;
  for (const std::atomic<StaticMutex*>& each : static_mutexes) {
    if (StaticMutex* const mutex = each.load()) mutex->unlock();
  }
}

}  // namespace

std::atomic<bool> ForkGuard::refuses_{false};
ForkGuard::Word ForkGuard::kept_{State::home};
std::atomic<ForkGuard::Word*> ForkGuard::state_{&kept_};
std::atomic<int> ForkGuard::forks_{0};

StaticMutex::StaticMutex() {
  for (std::atomic<StaticMutex*>& slot : static_mutexes) {
    StaticMutex* none = nullptr;
    if (slot.compare_exchange_strong(none, this)) return;
  }
}

void after_fork_in_child() {
  after_fork();
  ForkGuard::forks_.fetch_add(1);
  if (locked) {
    const bool refuses = ForkGuard::refuses_.load();
    ForkGuard::state_.load()->store(refuses ? ForkGuard::State::child : ForkGuard::State::home);
  }
  for (std::atomic<int>& slot : descriptors) {
    // Stored plus one, so that zero means free.
    if (const int held = slot.exchange(0); held > 0) ::close(held - 1);
  }
}

void ForkGuard::notice() {
  static std::once_flag once;
  std::call_once(once, [] {
    pthread_atfork(before_fork, after_fork, after_fork_in_child);
    watch();
  });
}

// After the handlers are there: they restore the word in a child that they know of.
void ForkGuard::watch() noexcept {
  const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* const page =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return;
  if (::madvise(page, size, MADV_WIPEONFORK) != 0) {
    ::munmap(page, size);
    return;
  }
  state_.store(new (page) Word(kept_.load()));
}

void ForkGuard::install() {
  notice();
  refuses_.store(true);
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
