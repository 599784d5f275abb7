#include "store/healer.h"

#include <algorithm>
#include <chrono>
#include <system_error>

#include <cairn/error.h>

namespace cairn::store {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds first_pause(10);
constexpr milliseconds longest_wait(200);
constexpr milliseconds longest_pause(5000);

}  // namespace

Healer::Healer(HealthMonitor& monitor, Mend mend, Tell tell)
    : monitor_(monitor), mend_(std::move(mend)), tell_(std::move(tell)) {
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& error) {
    throw IoError(std::string("open: no thread: ") + error.what());
  }
}

Healer::~Healer() {
  stopping_ = true;
  monitor_.wake();
  thread_.join();
}

void Healer::run() {
  while (!stopping_) {
    monitor_.wait_for_trouble(stopping_);
    tell();
    mend_until_healthy();
    tell();
  }
}

void Healer::mend_until_healthy() {
  milliseconds pause = first_pause;
  while (!stopping_ && !monitor_.healthy()) {
    monitor_.rest(pause, stopping_);
    if (stopping_) return;
    tell();
    const Attempt attempt = mend_();
    tell();
    pause = std::min(2 * pause, attempt == Attempt::failed ? longest_pause : longest_wait);
  }
}

// What a caller's function throws has nowhere to go.
void Healer::tell() {
  const Health now = monitor_.health();
  if (now.condition == told_) return;
  told_ = now.condition;
  try {
    if (tell_) tell_(now);
  } catch (...) {
  }
}

}  // namespace cairn::store
