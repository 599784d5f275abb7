// A clock that tests turn.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>

#include <cairn/clock.h>

namespace cairn::test {

/// Copies share one time; pass source() as StoreOptions::clock.
class FakeClock {
 public:
  using Ms = std::chrono::milliseconds;

  ClockSource source() const {
    return [state = state_] {
      return ClockReading{Ms(state->wall.load()), Ms(state->boot.load())};
    };
  }
  /// Time passes.
  void advance(Ms by) {
    state_->boot += by.count();
    state_->wall += by.count();
  }
  /// Somebody sets the wall clock.
  void jump_wall(Ms by) { state_->wall += by.count(); }
  Ms wall() const { return Ms(state_->wall.load()); }
  std::chrono::system_clock::time_point time_point() const {
    return std::chrono::system_clock::time_point(wall());
  }

 private:
  struct State {
    std::atomic<Ms::rep> wall{1'700'000'000'000};
    std::atomic<Ms::rep> boot{1'000'000};
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace cairn::test
