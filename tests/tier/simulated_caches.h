// Policies as their papers have them, without the bytes: what the tier's hit ratio is compared
// with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <vector>

namespace cairn::tier {

/// Keys are numbers below `keys`; each entry takes `entry_bytes` of `bytes`.
struct SimulatedSize {
  std::size_t keys;
  std::size_t bytes;
  std::size_t entry_bytes;

  std::size_t entries() const { return bytes / entry_bytes; }
};

/// Whoever was not asked for for longest goes.
class SimulatedLru {
 public:
  explicit SimulatedLru(const SimulatedSize& size) : most_(size.entries()), places_(size.keys) {}

  bool request(std::size_t key) {
    if (places_[key]) {
      order_.splice(order_.begin(), order_, *places_[key]);
      return true;
    }
    if (order_.size() >= most_) {
      places_[order_.back()].reset();
      order_.pop_back();
    }
    places_[key] = order_.insert(order_.begin(), key);
    return false;
  }

 private:
  std::size_t most_;
  std::list<std::size_t> order_;  // the newest first
  std::vector<std::optional<std::list<std::size_t>::iterator>> places_;
};

/// Zhang et al., NSDI 2024: a hand that moves from the oldest to the newest and passes who was
/// asked for.
class SimulatedSieve {
 public:
  explicit SimulatedSieve(const SimulatedSize& size)
      : most_(size.entries()), visited_(size.keys), there_(size.keys) {}

  bool request(std::size_t key) {
    if (there_[key]) {
      visited_[key] = true;
      return true;
    }
    if (order_.size() >= most_) give_up();
    order_.push_front(key);
    there_[key] = true;
    visited_[key] = false;
    return false;
  }

 private:
  void give_up() {
    if (hand_ == order_.end()) hand_ = std::prev(order_.end());
    while (visited_[*hand_]) {
      visited_[*hand_] = false;
      step();
    }
    const auto victim = hand_;
    step();
    there_[*victim] = false;
    const bool wrapped = hand_ == victim;
    order_.erase(victim);
    if (wrapped) hand_ = order_.end();
  }
  void step() { hand_ = hand_ == order_.begin() ? std::prev(order_.end()) : std::prev(hand_); }

  std::size_t most_;
  std::vector<bool> visited_;
  std::vector<bool> there_;
  std::list<std::size_t> order_;  // the newest first
  std::list<std::size_t>::iterator hand_ = order_.end();
};

/// Yang et al., SOSP 2023: a tenth for newcomers; who is asked for twice there, or comes back soon,
/// gets into the rest.
class SimulatedS3Fifo {
 public:
  explicit SimulatedS3Fifo(const SimulatedSize& size)
      : small_most_(size.entries() / 10),
        main_most_(size.entries() - small_most_),
        uses_(size.keys),
        where_(size.keys),
        ghost_since_(size.keys) {}

  bool request(std::size_t key) {
    if (where_[key] != nowhere) {
      if (uses_[key] < 3) ++uses_[key];
      return true;
    }
    while (small_.size() + main_.size() >= small_most_ + main_most_) give_up();
    const bool ghost = ghost_since_[key] != 0 && ghosts_ - ghost_since_[key] < main_most_;
    ghost_since_[key] = 0;
    uses_[key] = 0;
    (ghost ? main_ : small_).push_back(key);
    where_[key] = there;
    return false;
  }

 private:
  enum : std::uint8_t { nowhere, there };

  void give_up() {
    if (small_.size() >= small_most_) {
      const std::size_t key = take(small_);
      if (uses_[key] > 1) {
        uses_[key] = 0;
        main_.push_back(key);
      } else {
        where_[key] = nowhere;
        ghost_since_[key] = ++ghosts_;
      }
    } else {
      const std::size_t key = take(main_);
      if (uses_[key] > 0) {
        --uses_[key];
        main_.push_back(key);
      } else {
        where_[key] = nowhere;
      }
    }
  }
  static std::size_t take(std::deque<std::size_t>& queue) {
    const std::size_t key = queue.front();
    queue.pop_front();
    return key;
  }

  std::size_t small_most_;
  std::size_t main_most_;
  std::vector<std::uint8_t> uses_;
  std::vector<std::uint8_t> where_;
  std::vector<std::uint64_t> ghost_since_;
  std::uint64_t ghosts_ = 0;
  std::deque<std::size_t> small_;
  std::deque<std::size_t> main_;
};

}  // namespace cairn::tier
