#include "backend/rocksdb/admission.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include <cairn/error.h>
#include "store/border/status.h"

namespace cairn {

using store::Session;

namespace {

// Who asks for the number of entries waits so long for the turn.
constexpr std::chrono::milliseconds a_moment(10);

// Growth of less is charged with what follows.
constexpr std::uint64_t charged_at_once = 64 << 10;

constexpr int count_bits = 40;
constexpr std::uint64_t unknown = (std::uint64_t{1} << count_bits) - 1;

}  // namespace

// Whoever begins to count stores first and looks for writers then; a writer does it the other way
// round, so that one of the two sees the other.
bool Admission::counted_for_writer() noexcept {
  if (counted_.load()) return true;
  if (!written_uncounted_.load()) written_uncounted_.store(true);
  return counted_.load();
}

void Admission::Turn::release() noexcept {
  if (!lock_.owns_lock()) return;
  admission_->publish();
  lock_.unlock();
}

void Admission::publish() noexcept {
  published_.store(opening_ << count_bits | (complete_ ? count_.size() : unknown));
}

std::optional<std::uint64_t> Admission::published() const noexcept {
  const std::uint64_t published = published_.load();
  const std::uint64_t opening = store_.store().openings() << count_bits;
  if (opening != (published & ~unknown) || (published & unknown) == unknown) return std::nullopt;
  return published & unknown;
}

std::optional<std::uint64_t> Admission::entries() {
  using Steady = std::chrono::steady_clock;
  const KeptOpen open(store_.store());  // what was counted before a closing counts no more
  const Steady::time_point end = Steady::now() + a_moment;
  for (;;) {
    if (const auto known = published()) return known;
    if (std::unique_lock lock(mutex_, std::try_to_lock); lock.owns_lock()) {
      const Turn turn(*this, std::move(lock));
      count_on();
      publish();
      return published();
    }
    if (Steady::now() >= end) return std::nullopt;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void Admission::begin_again(std::uint64_t opening) noexcept {
  count_.clear();
  cull = {};
  opening_ = opening;
  next_.clear();
  complete_ = false;
  charged_ = 0;
  admitted = 0;
}

void Admission::count_on() {
  if (complete()) return;
  if (!alone_) {
    if (written_uncounted_.load()) store_.store().wait_for_those_inside();
    alone_ = true;
  }
  Session reader(store_.store(), family_, Session::Intent::read, "count");
  if (opening_ != reader.opening()) begin_again(reader.opening());
  charge(reader);
  reader.step_aside();
  const ttl::Instant time = store_.clock().now();
  const auto count = [&](std::string_view key, std::string_view value) {
    if (const auto record = ttl::parse_live(value, time)) {
      count_.found(key, record->written_at, record->expires_at);
    }
  };
  const auto count_one = [&](std::string_view key, std::string_view value) {
    count(key, value);
    return true;
  };
  try {
    next_ = reader.scan(next_, "", count_one, step);
    complete_ = next_.empty();
    return;
  } catch (const Error& error) {
    if (!store::unreadable(error)) throw;
  }
  const Session::Read read = reader.scan_readable(count);
  if (read == Session::Read::until_closing) return;  // it is begun again
  if (read == Session::Read::what_is_sound) {
    store_.store().logger().say("count of '" + family_.name +
                                "': a table is damaged, and what it holds is not counted");
  }
  complete_ = true;
}

// A count of another opening than that which the family was cleared in is begun again anyway.
void Admission::cleared(EntryCount& empty) noexcept {
  std::swap(count_, empty);
  cull = {};
  complete_ = true;
}

void Admission::charge(Session& session) {
  const std::uint64_t now = count_.memory_bytes();
  const std::uint64_t change = now > charged_ ? now - charged_ : charged_ - now;
  if (change < charged_at_once) return;
  session.charge(charged_, now);
  charged_ = now;
}

}  // namespace cairn
