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

// Descriptors plus one, so that zero means free; atomic, and never given back: the handler runs in
// a child whose other threads are gone, so it may take no lock and allocate nothing.
struct Slots {
  std::array<std::atomic<int>, 1024> of_descriptors{};
  std::atomic<Slots*> next{nullptr};
};
constinit Slots first_slots;

// Calls `visit` with each slot, until it returns true; whether it has.
template <class Visit>
bool any_slot(const Visit& visit) {
  for (Slots* slots = &first_slots; slots != nullptr; slots = slots->next.load()) {
    for (std::atomic<int>& slot : slots->of_descriptors) {
      if (visit(slot)) return true;
    }
  }
  return false;
}

// Puts `next` in the place of `before`, wherever that is.
bool exchange_slot(int before, int next) {
  return any_slot([=](std::atomic<int>& slot) {
    int expected = before;
    return slot.compare_exchange_strong(expected, next);
  });
}

// False: there is no memory.
bool add_slots() {
  auto* const more = new (std::nothrow) Slots;
  if (more == nullptr) return false;
  Slots* last = &first_slots;
  for (Slots* none = nullptr; !last->next.compare_exchange_strong(none, more); none = nullptr) {
    last = last->next.load();
  }
  return true;
}

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
  any_slot([](std::atomic<int>& slot) {
    if (const int held = slot.exchange(0); held > 0) ::close(held - 1);
    return false;
  });
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
  while (!exchange_slot(0, descriptor + 1)) {
    if (!add_slots()) return;
  }
}

void ForkGuard::forget(int descriptor) noexcept { exchange_slot(descriptor + 1, 0); }

void ForkGuard::refuse() {
  throw Error(ErrorCode::forked_process,
              "this process was forked from one with an open cache, and cannot use it: the parent "
              "would lose data; fork first and open after, or exec");
}

}  // namespace cairn::process
