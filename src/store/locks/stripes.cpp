#include "store/locks/stripes.h"

#include <thread>

namespace cairn::store {
namespace {

// A write that waits for nothing takes about as long.
constexpr int spins = 20;

}  // namespace

struct Stripes::Queue::Waiter {
  const std::size_t number;
  Waiter* next = nullptr;
  bool called = false;
  process::Condition changed = {};
};

Stripes::Locks::Locks(Stripes& stripes, std::vector<std::size_t> numbers)
    : stripes_(stripes), numbers_(std::move(numbers)) {
  std::sort(numbers_.begin(), numbers_.end());
  numbers_.erase(std::unique(numbers_.begin(), numbers_.end()), numbers_.end());
  for (const std::size_t each : numbers_) stripes_.acquire(each);
}

Stripes::Locks::~Locks() {
  for (const std::size_t each : numbers_) stripes_.release(each);
}

// A waiter stays listed until it has the stripe, so that it keeps its turn where a thread that was
// running anyway is quicker.
void Stripes::wait(std::size_t number) {
  for (int i = 0; i < spins; ++i) {
    std::this_thread::yield();
    if (try_acquire(number)) return;
  }
  Queue& queue = this->queue(number);
  process::UniqueLock lock(queue.mutex);
  queue.waiting.fetch_add(1);
  Queue::Waiter self{number};
  Queue::Waiter** end = &queue.first;
  while (*end != nullptr) end = &(*end)->next;
  *end = &self;
  while (!try_acquire(number)) {
    self.called = false;
    while (!self.called) self.changed.wait(lock);
  }
  Queue::Waiter** at = &queue.first;
  while (*at != &self) at = &(*at)->next;
  *at = self.next;
  queue.waiting.fetch_sub(1);
}

// A waiter that was called already is on its way, and calls the next when it releases the stripe.
void Stripes::wake(std::size_t number) {
  Queue& queue = this->queue(number);
  const process::LockGuard lock(queue.mutex);
  Queue::Waiter* first = queue.first;
  while (first != nullptr && first->number != number) first = first->next;
  if (first == nullptr || first->called) return;
  first->called = true;
  first->changed.notify_one();  // under the lock: the waiter's end must not come first
}

}  // namespace cairn::store
