#include "process/process_end.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <vector>

#include <cairn/error.h>
#include "process/callback_scope.h"
#include "process/fork_guard.h"
#include "process/mutex.h"
#include "process/update_scope.h"

namespace cairn::process {
namespace {

// How long others are waited for; less from inside a callback, where what it holds up never comes.
constexpr std::chrono::seconds patience(5);
constexpr std::chrono::milliseconds little_patience(200);

struct Participants {
  // Recursive, since closing one may end it or another.
  std::recursive_mutex mutex;
  std::vector<ProcessEnd::Participant*> first;
  std::vector<ProcessEnd::Participant*> last;
  std::vector<std::shared_ptr<void>> kept;

  static Participants& instance() {
    static Participants* const participants = new Participants;  // outlives whatever else is static
    return *participants;
  }
};

// How long a second thread is held that calls exit(): it may be what the first waits for.
constexpr std::chrono::seconds longest_hold(15);

// By then RocksDB has done everything at least once.
constexpr int most_renewals = 1000;
std::atomic<int> renewals{0};
constexpr int most_handles = 10'000;  // each takes 64 bytes
std::atomic<int> handles{0};

// The thread that ends the process, and whether it has done what is to be done here.
std::atomic<std::thread::id> ending{};
std::atomic<bool> done{false};

// Each is given a little time of its own, whatever those before it have used up.
void end_all(std::vector<ProcessEnd::Participant*>& all, ProcessEnd::Circumstances end) noexcept {
  while (!all.empty()) {
    ProcessEnd::Participant* const each = all.back();
    all.pop_back();
    end.patience = std::max(end.patience, std::chrono::steady_clock::now() + little_patience);
    each->at_end(end);
  }
}

}  // namespace

std::atomic<bool> ProcessEnd::begun_{false};

void ProcessEnd::enrol(Participant& participant, Turn turn) {
  Participants& all = Participants::instance();
  const std::lock_guard lock(all.mutex);
  (turn == Turn::first ? all.first : all.last).push_back(&participant);
}

void ProcessEnd::leave(Participant& participant) noexcept {
  Participants& all = Participants::instance();
  const std::lock_guard lock(all.mutex);
  std::erase(all.first, &participant);
  std::erase(all.last, &participant);
}

// Of all that are registered the last is the first to run, and does the work.
void ProcessEnd::renew(std::atomic<int>& count, int most) noexcept {
  if (count.load(std::memory_order_relaxed) >= most) return;
  if (count.fetch_add(1) >= most) return;
  // Twice: another thread that calls exit() meanwhile meets the second, and is held there.
  for (int i = 0; i < 2; ++i) ::on_exit([](int status, void*) { run(status); }, nullptr);
}

void ProcessEnd::renew() noexcept { renew(renewals, most_renewals); }

void ProcessEnd::renew_for_handle() noexcept { renew(handles, most_handles); }

bool ProcessEnd::awaited() noexcept { return renewals.load(std::memory_order_relaxed) > 0; }

void ProcessEnd::keep(std::shared_ptr<void> unfinished) noexcept try {
  Participants& all = Participants::instance();
  const std::lock_guard lock(all.mutex);
  all.kept.push_back(std::move(unfinished));
} catch (...) {
  new (std::nothrow) std::shared_ptr<void>(std::move(unfinished));
}

void ProcessEnd::run(int status) noexcept {
  if (ForkGuard::forked()) return end_child(status);
  std::thread::id nobody;
  if (!ending.compare_exchange_strong(nobody, std::this_thread::get_id())) {
    // What comes after this in exit() must not come before the stores are closed.
    const auto end = std::chrono::steady_clock::now() + longest_hold;
    while (nobody != std::this_thread::get_id() && !done && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return;
  }
  begun_ = true;
  close_all();
  done = true;
}

void ProcessEnd::close_all() noexcept {
  const bool inside = CallbackScope::inside() || UpdateScope::inside_any();
  const auto now = std::chrono::steady_clock::now();
  const Circumstances end{std::this_thread::get_id(),
                          inside ? now + little_patience : now + patience};
  Participants& all = Participants::instance();
  if (!claim_until(all.mutex, end.patience)) return;
  const std::lock_guard lock(all.mutex, std::adopt_lock);
  end_all(all.first, end);
  CallbackScope::wait_for_others(end.patience);
  end_all(all.last, end);
}

// RocksDB's timer would wait in its destructor for a thread that the child has not.  So the child
// ends here, and static objects that were made before the first store are not destroyed.
void ProcessEnd::end_child(int status) noexcept {
  const Participants& all = Participants::instance();
  if (all.first.empty()) return;  // nothing was open
  std::fflush(nullptr);
  ::_exit(status);
}

void ProcessEnd::refuse() {
  throw Error(ErrorCode::process_ending,
              "the process is ending, and its stores have been closed; close() what has to be "
              "written last before main() returns or exit() is called");
}

}  // namespace cairn::process
