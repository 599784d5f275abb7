#include "tier/log.h"

namespace cairn::tier {

Log::Log(Segments& segments, std::size_t quota, std::size_t small_target)
    : segments_(segments),
      quota_(quota),
      small_target_(small_target),
      small_(quota),
      main_(quota),
      free_(quota) {}

void Log::open(Queue queue) noexcept {
  ++held_;
  const Segments::Number number = free_.size() > 0 ? free_.pop() : segments_.take();
  segments_[number].used = 0;
  segments_[number].queue = queue;
  fifo(queue).push(number);
}

std::size_t Log::append(Queue queue, std::size_t words) noexcept {
  Fifo& filled = fifo(queue);
  if (filled.size() == 0 || segments_[filled.newest()].used + words > segments_.segment_words()) {
    open(queue);
  }
  const Segments::Number number = filled.newest();
  const std::size_t offset = segments_.start(number) + segments_[number].used;
  segments_[number].used += static_cast<std::uint32_t>(words);
  return offset;
}

Log::Victim* Log::victim() noexcept {
  if (victim_) return &*victim_;
  // The newest of a queue is being filled.
  const bool from_small = small_.size() > 1 && (small_.size() > small_target_ || main_.size() <= 1);
  const Queue queue = from_small ? Queue::small : Queue::main;
  if (fifo(queue).size() <= 1) return nullptr;
  const Segments::Number number = fifo(queue).pop();
  const std::size_t start = segments_.start(number);
  victim_ = Victim{number, queue, start, start + segments_[number].used};
  return &*victim_;
}

void Log::reuse_victim() noexcept {
  ++segments_[victim_->number].generation;
  free_.push(victim_->number);
  --held_;
  victim_.reset();
}

}  // namespace cairn::tier
