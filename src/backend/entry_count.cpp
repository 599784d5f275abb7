#include "backend/entry_count.h"

#include <algorithm>
#include <bit>
#include <random>
#include <utility>

namespace cairn {
namespace {

constexpr std::size_t sampled = 16'384;
constexpr std::size_t below_each = 4;

SipSeed random_seed() {
  std::random_device random;
  const auto number = [&] { return std::uint64_t{random()} << 32 | random(); };
  const std::uint64_t first = number();
  return {first, number()};
}

// What a string takes besides itself.
std::size_t outside(const std::string& text) {
  constexpr std::size_t overhead = 16;
  return text.capacity() > std::string().capacity() ? text.capacity() + 1 + overhead : 0;
}

}  // namespace

EntryCount::EntryCount() : seed_(random_seed()), next_age_(ttl::latest_writing + 1) {}

std::optional<EntryCount::Age> EntryCount::age(std::string_view key) const {
  const Number number = find(key);
  if (number == none) return std::nullopt;
  return entries_[number].age;
}

bool EntryCount::stored(std::string_view key, ttl::Instant expires_at) {
  const Number number = find(key);
  if (number == none) {
    add(key, next_age_, expires_at);
  } else {
    set_expiry(number, expires_at);
    entries_[number].age = next_age_;
  }
  ++next_age_;
  return number == none;
}

void EntryCount::found(std::string_view key, ttl::Instant written_at, ttl::Instant expires_at) {
  if (!contains(key)) add(key, std::min(written_at, ttl::latest_writing), expires_at);
}

void EntryCount::used(std::string_view key) {
  if (const Number number = find(key); number != none) entries_[number].age = next_age_++;
}

void EntryCount::expires(std::string_view key, ttl::Instant expires_at) {
  if (const Number number = find(key); number != none) set_expiry(number, expires_at);
}

void EntryCount::set_expiry(Number number, ttl::Instant expires_at) {
  if (entries_[number].expires_at == expires_at) return;
  heap_.reserve_one();
  out_of_heap(number);
  entries_[number].expires_at = expires_at;
  into_heap(number);
}

void EntryCount::erase(std::string_view key) {
  if (const Number number = find(key); number != none) erase_entry(number);
}

void EntryCount::clear() {
  entries_ = {};
  buckets_ = {};
  heap_ = {};
  forget_keys();
  keeps_keys_ = true;
}

std::size_t EntryCount::forget_expired(ttl::Instant now, std::size_t most) {
  std::size_t gone = 0;
  for (; gone < most && heap_.size() > 0; ++gone) {
    const Number first = heap_[0];
    if (!ttl::expired(entries_[first].expires_at, now)) break;
    erase_entry(first);
  }
  return gone;
}

EntryCount::Oldest EntryCount::oldest(std::size_t count) const {
  count = std::min(count, size());
  if (count == 0) return {};
  const bool all = size() <= exactly;
  const std::size_t looked_at = all ? size() : sampled;
  std::vector<Age> ages;
  ages.reserve(looked_at);
  for (std::size_t i = 0; i < looked_at; ++i) {
    ages.push_back(entries_[all ? i : i * size() / looked_at].age);
  }
  const std::size_t last = (count * looked_at + size() - 1) / size() - 1;
  std::nth_element(ages.begin(), ages.begin() + static_cast<std::ptrdiff_t>(last), ages.end());
  const Age age = ages[last];
  if (!all) return {age, count, count};
  const auto older = static_cast<std::size_t>(
      std::count_if(ages.begin(), ages.end(), [age](Age each) { return each < age; }));
  return {age, count - older, count};
}

// From the end, since what is erased is replaced by the last one.
std::size_t EntryCount::forget(const Oldest& oldest) {
  const std::size_t before = size();
  for (std::size_t i = before; i > 0; --i) {
    const auto number = static_cast<Number>(i - 1);
    if (oldest.includes(entries_[number].age)) erase_entry(number);
  }
  return before - size();
}

std::vector<std::string> EntryCount::oldest_keys(const Oldest& oldest) const {
  std::vector<Number> numbers;
  for (Number each = 0; each < keys_.size(); ++each) {
    if (entries_[each].age <= oldest.age) numbers.push_back(each);
  }
  std::sort(numbers.begin(), numbers.end(), [this](Number a, Number b) {
    return entries_[a].age != entries_[b].age ? entries_[a].age < entries_[b].age
                                              : keys_[a] < keys_[b];
  });
  if (numbers.size() > oldest.count) numbers.resize(oldest.count);
  std::vector<std::string> keys;
  keys.reserve(numbers.size());
  for (const Number each : numbers) keys.push_back(keys_[each]);
  return keys;
}

// ---- entries ----

EntryCount::Number EntryCount::find(std::string_view key) const noexcept {
  if (buckets_.size() == 0) return none;
  const std::uint64_t wanted = hash(key);
  Number number = buckets_[bucket(wanted)];
  while (number != none && entries_[number].hash != wanted) number = entries_[number].next;
  return number;
}

void EntryCount::add(std::string_view key, Age age, ttl::Instant expires_at) {
  entries_.reserve_one();
  buckets_.reserve_one();
  heap_.reserve_one();
  if (keeps_keys_) {
    keys_.emplace_back(key);  // the last thing that can fail
    key_bytes_ += outside(keys_.back());
  }
  const auto number = static_cast<Number>(size());
  if (buckets_.size() <= number) split();
  const std::uint64_t hashed = hash(key);
  Number& first = buckets_[bucket(hashed)];
  entries_.push({hashed, age, expires_at, first, none});
  first = number;
  into_heap(number);
  if (keeps_keys_ && memory_bytes() > memory_with_keys) {
    forget_keys();
    keeps_keys_ = false;
  }
}

// The last entry takes the place.
void EntryCount::erase_entry(Number number) noexcept {
  out_of_heap(number);
  link_to(number) = entries_[number].next;
  const auto last = static_cast<Number>(size() - 1);
  if (keeps_keys_) {
    key_bytes_ -= outside(keys_[number]);
    if (number != last) keys_[number] = std::move(keys_.back());
    keys_.pop_back();
  }
  if (number != last) {
    link_to(last) = number;
    entries_[number] = entries_[last];
    if (entries_[number].place != none) heap_[entries_[number].place] = number;
  }
  entries_.pop();
  while (buckets_.size() > 2 * size()) join();
  if (size() == 0) keeps_keys_ = true;
}

void EntryCount::forget_keys() noexcept {
  std::vector<std::string>().swap(keys_);
  key_bytes_ = 0;
}

// ---- buckets ----

std::size_t EntryCount::bucket(std::uint64_t hash) const noexcept {
  const std::uint64_t mask = std::bit_ceil(buckets_.size()) - 1;
  const std::uint64_t wide = hash & mask;
  return wide < buckets_.size() ? wide : hash & (mask >> 1);
}

// What refers to the entry: its bucket, or the one before it.
EntryCount::Number& EntryCount::link_to(Number number) noexcept {
  Number* link = &buckets_[bucket(entries_[number].hash)];
  while (*link != number) link = &entries_[*link].next;
  return *link;
}

// One more bucket, which takes what is its own of the one that had it.  Room for it is reserved.
void EntryCount::split() noexcept {
  const std::size_t fresh = buckets_.size();
  buckets_.push(none);
  if (fresh == 0) return;
  const std::size_t old = fresh - std::bit_floor(fresh);
  Number left = std::exchange(buckets_[old], none);
  while (left != none) {
    const Number number = std::exchange(left, entries_[left].next);
    Number& first = buckets_[bucket(entries_[number].hash)];
    entries_[number].next = std::exchange(first, number);
  }
}

// One bucket less: the one that it came from takes what it has.
void EntryCount::join() noexcept {
  const std::size_t last = buckets_.size() - 1;
  Number moved = buckets_[last];
  buckets_.pop();
  if (last == 0) return;
  Number& first = buckets_[last - std::bit_floor(last)];
  while (moved != none) {
    const Number number = std::exchange(moved, entries_[moved].next);
    entries_[number].next = std::exchange(first, number);
  }
}

// ---- expiry ----

void EntryCount::put(std::size_t place, Number number) noexcept {
  heap_[place] = number;
  entries_[number].place = static_cast<Number>(place);
}

// Room for it is reserved.
void EntryCount::into_heap(Number number) noexcept {
  if (entries_[number].expires_at == ttl::never_expires) return;
  heap_.push(number);
  put(heap_.size() - 1, number);
  rise(heap_.size() - 1);
}

void EntryCount::out_of_heap(Number number) noexcept {
  const std::size_t place = std::exchange(entries_[number].place, none);
  if (place == none) return;
  const Number last = heap_[heap_.size() - 1];
  heap_.pop();
  if (last == number) return;
  put(place, last);
  rise(place);
  sink(entries_[last].place);
}

void EntryCount::rise(std::size_t place) noexcept {
  const Number number = heap_[place];
  while (place > 0) {
    const std::size_t above = (place - 1) / below_each;
    if (!sooner(number, heap_[above])) break;
    put(place, heap_[above]);
    place = above;
  }
  put(place, number);
}

void EntryCount::sink(std::size_t place) noexcept {
  const Number number = heap_[place];
  for (;;) {
    const std::size_t first = place * below_each + 1;
    const std::size_t end = std::min(first + below_each, heap_.size());
    if (first >= end) break;
    std::size_t least = first;
    for (std::size_t each = first + 1; each < end; ++each) {
      if (sooner(heap_[each], heap_[least])) least = each;
    }
    if (!sooner(heap_[least], number)) break;
    put(place, heap_[least]);
    place = least;
  }
  put(place, number);
}

}  // namespace cairn
