// The log of one shard of a record tier: segments in two queues, filled one after the other.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "tier/words.h"

namespace cairn::tier {

/// S3-FIFO's two: newcomers, and what was asked for again.
enum class Queue : std::uint8_t { small, main };

/// The segments of all shards.  Each is taken from here once, in the order in which they lie, so
/// that memory is touched from its beginning on, and then belongs to a shard.
class Segments {
 public:
  struct Segment {
    std::uint32_t used = 0;        ///< words
    std::uint32_t generation = 0;  ///< grows whenever it is given up
    Queue queue = Queue::small;
  };
  using Number = std::uint32_t;

  /// `offset`: of the first, in words from the beginning of all memory.
  Segments(std::size_t offset, std::size_t segment_words, std::size_t count)
      : offset_(offset), segment_words_(segment_words), all_(count) {}

  Number take() noexcept { return taken_.fetch_add(1, std::memory_order_relaxed); }

  Segment& operator[](Number number) noexcept { return all_[number]; }
  std::size_t start(Number number) const noexcept { return offset_ + number * segment_words_; }
  Number number_of(std::size_t offset) const noexcept {
    return static_cast<Number>((offset - offset_) / segment_words_);
  }
  std::size_t segment_words() const noexcept { return segment_words_; }

 private:
  std::size_t offset_;
  std::size_t segment_words_;
  std::vector<Segment> all_;
  std::atomic<Number> taken_{0};
};

/// Who is given up is read from its beginning on: the oldest segment of a queue.  Used under the
/// shard's lock.  Offsets are in words from the beginning of all memory.
class Log {
 public:
  /// At most `quota` segments; the small queue is to have `small_target`.
  Log(Segments& segments, std::size_t quota, std::size_t small_target);

  /// Room for so many words at the head of a queue; at most a segment's.  Needs spare() > 0.
  std::size_t append(Queue queue, std::size_t words) noexcept;

  /// Segments that could be opened.
  std::size_t spare() const noexcept { return quota_ - held_; }

  /// The segment that is being given up.
  struct Victim {
    Segments::Number number;
    Queue queue;
    std::size_t next;  ///< the record that comes next
    std::size_t end;
  };
  /// Chooses one if there is none yet; null if there is nothing to give up.
  Victim* victim() noexcept;
  bool giving_up() const noexcept { return victim_.has_value(); }
  /// Nothing leads to its records any more.
  void reuse_victim() noexcept;

  Queue queue_of(std::size_t offset) const noexcept {
    return segments_[segments_.number_of(offset)].queue;
  }
  std::uint32_t generation_of(std::size_t offset) const noexcept {
    return segments_[segments_.number_of(offset)].generation;
  }
  /// A place whose words may be written once more.
  bool lasting(std::size_t offset, std::uint32_t generation) const noexcept {
    const Segments::Number number = segments_.number_of(offset);
    return segments_[number].generation == generation && !(victim_ && victim_->number == number);
  }

 private:
  // Numbers of segments, the oldest first.
  class Fifo {
   public:
    explicit Fifo(std::size_t most) : numbers_(most) {}
    std::size_t size() const noexcept { return size_; }
    void push(Segments::Number number) noexcept {
      numbers_[(first_ + size_++) % numbers_.size()] = number;
    }
    Segments::Number pop() noexcept {
      const Segments::Number number = numbers_[first_];
      first_ = (first_ + 1) % numbers_.size();
      --size_;
      return number;
    }
    Segments::Number newest() const noexcept {
      return numbers_[(first_ + size_ - 1) % numbers_.size()];
    }

   private:
    std::vector<Segments::Number> numbers_;
    std::size_t first_ = 0;
    std::size_t size_ = 0;
  };

  void open(Queue queue) noexcept;
  Fifo& fifo(Queue queue) noexcept { return queue == Queue::small ? small_ : main_; }

  Segments& segments_;
  const std::size_t quota_;
  const std::size_t small_target_;
  std::size_t held_ = 0;  // in the queues, or being given up
  Fifo small_;
  Fifo main_;
  Fifo free_;
  std::optional<Victim> victim_;
};

}  // namespace cairn::tier
