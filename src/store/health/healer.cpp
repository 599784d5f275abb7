#include "store/health/healer.h"

#include <algorithm>
#include <chrono>
#include <system_error>

#include <cairn/error.h>
#include "process/callback_scope.h"

namespace cairn::store {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds first_pause(10);
constexpr milliseconds longest_wait(200);
constexpr milliseconds longest_pause(5000);

}  // namespace

Healer::Healer(HealthMonitor& monitor, Heal heal, Tell tell)
    : monitor_(monitor), heal_(std::move(heal)), tell_(std::move(tell)), pause_(first_pause) {
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& error) {
    throw IoError("open: no thread for mending: " + error.code().message() +
                  "; raise the limit of threads (ulimit -u, pids.max)");
  }
}

Healer::~Healer() {
  stop();
  thread_.join();
}

void Healer::stop() noexcept {
  stopping_ = true;
  monitor_.wake();
}

void Healer::run() {
  while (!stopping_) {
    monitor_.wait_for_change(told_, stopping_);
    engaged_ = true;
    tell();
    if (monitor_.troubled()) heal_while_troubled();
    tell();
    engaged_ = false;
  }
  ended_ = true;
}

bool Healer::stop_until(const process::ProcessEnd::Circumstances& end) noexcept {
  stop();
  if (thread_.get_id() == end.thread) return false;
  while (!ended_ && std::chrono::steady_clock::now() < end.patience) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return ended_;
}

// Some disks fail again as soon as the store is back: then the pauses go on from where they were.
void Healer::heal_while_troubled() {
  using Steady = std::chrono::steady_clock;
  if (Steady::now() - healed_at_ > 2 * longest_pause) pause_ = first_pause;
  while (!stopping_ && monitor_.troubled()) {
    monitor_.rest(pause_, stopping_);
    if (stopping_) return;
    tell();
    const Attempt attempt = try_to_heal();
    tell();
    pause_ = std::min(2 * pause_, attempt == Attempt::waiting ? longest_wait : longest_pause);
  }
  healed_at_ = Steady::now();
}

// An exception has nowhere to go from here.
Attempt Healer::try_to_heal() noexcept {
  try {
    return heal_();
  } catch (...) {
    return Attempt::failed;
  }
}

void Healer::tell() {
  const Health now = monitor_.health();
  if (now.condition == told_) return;
  told_ = now.condition;
  try {
    const process::CallbackScope scope;
    if (tell_) tell_(now);
  } catch (...) {
  }
}

}  // namespace cairn::store
