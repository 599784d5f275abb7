#include "soak/churn.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <string_view>
#include <thread>
#include <utility>

namespace soak {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t batch_size = 10;
constexpr std::uint64_t calls_between_counts = 1000;
constexpr std::size_t leaked_bytes = 1024;
constexpr std::uint64_t calls_between_descriptors = 100;
constexpr std::uint64_t calls_between_lies = 1000;

cairn::Timeout timeout(std::int64_t ms) {
  return ms == 0 ? cairn::never : cairn::Timeout(std::chrono::milliseconds(ms));
}

Expiry expiry(std::int64_t begin, std::int64_t ms) {
  return ms == 0 ? Expiry{} : Expiry{begin + ms, now() + ms};
}

}  // namespace

Churn::Churn(std::size_t thread, std::uint64_t seed, const Work& work)
    : thread_(thread), work_(work), random_(seed * 1000 + thread), slots_(work.slots) {}

void Churn::run(cairn::Cache& cache, const std::atomic<bool>& stop) {
  const SteadyClock::time_point begin = SteadyClock::now();
  std::uint64_t done = 0;
  while (!stop) {
    const std::chrono::duration<double> due(static_cast<double>(done) / work_.calls_per_second);
    const auto ahead = begin + due - SteadyClock::now();
    if (ahead > std::chrono::milliseconds(1)) std::this_thread::sleep_for(ahead);
    step(cache);
    sabotage();
    calls_ = ++done;
    if (done % calls_between_counts == 0) count_live();
  }
  count_live();
}

void Churn::step(cairn::Cache& cache) {
  const std::size_t at = random_() % slots_.size();
  const std::uint64_t dice = random_() % 100;
  if (dice < 40) return set(cache, at);
  if (dice < 65) return compare(cache, at);
  if (dice < 80) return incr(cache, at);
  if (dice < 88) return touch(cache, at);
  if (dice < 96) return erase(cache, at);
  set_many(cache, at);
}

std::string Churn::fresh_key(std::size_t at) {
  Slot& slot = slots_[at];
  const std::int64_t moment = now();
  if (slot.presence(moment, moment) == Presence::must_not_be) {
    slot = {.generation = slot.generation + 1, .version = slot.version};
  }
  return key(at);
}

// Mostly short; one in fifty for ever, until it is erased or written over.
std::int64_t Churn::random_timeout() {
  if (random_() % 50 == 0) return 0;
  const auto longest = static_cast<std::uint64_t>(work_.longest_timeout);
  return static_cast<std::int64_t>(1 + random_() % longest);
}

void Churn::set(cairn::Cache& cache, std::size_t at) {
  const std::string name = fresh_key(at);
  const std::uint64_t version = ++versions_;
  const std::int64_t ms = random_timeout();
  const std::int64_t begin = now();
  cache.set(name, text_of(version), {.timeout = timeout(ms)});
  slots_[at] = {slots_[at].generation, version, 0, Kind::text, expiry(begin, ms)};
}

void Churn::set_many(cairn::Cache& cache, std::size_t at) {
  std::array<std::pair<std::string, std::string>, batch_size> batch;
  const std::uint64_t first = versions_ + 1;
  for (std::size_t i = 0; i < batch_size; ++i) {
    batch[i] = {fresh_key((at + i) % slots_.size()), text_of(++versions_)};
  }
  const std::int64_t ms = random_timeout();
  const std::int64_t begin = now();
  cache.set_many(batch, {.timeout = timeout(ms)});
  for (std::size_t i = 0; i < batch_size; ++i) {
    Slot& slot = slots_[(at + i) % slots_.size()];
    slot = {slot.generation, first + i, 0, Kind::text, expiry(begin, ms)};
  }
}

// A text is made way for first, so that there are counters to count.
void Churn::incr(cairn::Cache& cache, std::size_t at) try {
  if (slots_[at].kind == Kind::text) erase(cache, at);
  const std::string name = fresh_key(at);
  const std::int64_t ms = random_timeout();
  const std::int64_t begin = now();
  const std::int64_t result = cache.incr(name, 1, {.initial = 0, .timeout = timeout(ms)});
  Slot& slot = slots_[at];
  const Presence before = slot.presence(begin, now());
  // A counter that lives has counted something, so the two cannot be taken for each other.
  const bool counted_on = result == slot.count + 1 && before != Presence::must_not_be;
  const bool begun_anew = result == 1 && before != Presence::must_be;
  if (!counted_on && !begun_anew) mismatch(at, fmt::format("incr gave {}", result));
  if (counted_on) {
    slot.count = result;
  } else {
    slot = {slot.generation, slot.version, result, Kind::counter, expiry(begin, ms)};
  }
} catch (const cairn::WrongType& error) {
  mismatch(at, error.what());
}

void Churn::touch(cairn::Cache& cache, std::size_t at) {
  Slot& slot = slots_[at];
  const std::int64_t ms = random_timeout();
  const std::int64_t begin = now();
  const bool found = cache.touch(key(at), {.timeout = timeout(ms)});
  const Presence before = slot.presence(begin, now());
  if (found && before == Presence::must_not_be) mismatch(at, "touch found what is not there");
  if (!found && before == Presence::must_be) mismatch(at, "touch missed");
  if (found) {
    slot.expiry = expiry(begin, ms);
  } else {
    slot.kind = Kind::missing;
  }
}

void Churn::erase(cairn::Cache& cache, std::size_t at) {
  Slot& slot = slots_[at];
  const std::int64_t begin = now();
  const bool found = cache.erase(key(at));
  const Presence before = slot.presence(begin, now());
  if (found && before == Presence::must_not_be) mismatch(at, "erase found what is not there");
  if (!found && before == Presence::must_be) mismatch(at, "erase missed");
  slot.kind = Kind::missing;
}

void Churn::compare(const cairn::Cache& cache, std::size_t at) try {
  Slot& slot = slots_[at];
  const std::int64_t begin = now();
  bool found = false;
  bool equal = true;
  if (slot.kind == Kind::counter) {
    const auto count = cache.get<std::int64_t>(key(at));
    found = count.has_value();
    equal = !found || *count == slot.count;
  } else {
    const auto text = cache.get(key(at));
    found = text.has_value();
    equal = !found || *text == text_of(slot.version);
  }
  const Presence expected = slot.presence(begin, now());
  if (found && expected == Presence::must_not_be) return mismatch(at, "found what is not there");
  if (!found && expected == Presence::must_be) return mismatch(at, "lost");
  if (!equal) return mismatch(at, "another value");
  if (!found) slot.kind = Kind::missing;
} catch (const cairn::WrongType& error) {
  mismatch(at, error.what());
}

std::size_t Churn::verify(const cairn::Cache& cache) {
  std::size_t certain = 0;
  for (std::size_t at = 0; at < slots_.size(); ++at) {
    compare(cache, at);
    const std::int64_t moment = now();
    if (slots_[at].presence(moment, moment) == Presence::must_be) ++certain;
  }
  count_live();
  return certain;
}

bool Churn::may_be(std::string_view key) const {
  std::size_t at = 0;
  const std::size_t begin = key.find(':') + 1;
  std::from_chars(key.data() + begin, key.data() + key.size(), at);
  // The key was seen a moment ago.
  const std::int64_t moment = now() - 1000;
  return at < slots_.size() && key == this->key(at) &&
         slots_[at].presence(moment, moment) != Presence::must_not_be;
}

void Churn::count_live() {
  constexpr std::uint64_t overhead = 60;  // key, header, and what a table keeps besides
  const std::int64_t moment = now();
  std::uint64_t bytes = 0;
  for (const Slot& each : slots_) {
    if (each.presence(moment, moment) == Presence::must_not_be) continue;
    bytes += overhead + (each.kind == Kind::text ? text_bytes(each.version) : 8);
  }
  live_bytes_ = bytes;
}

void Churn::mismatch(std::size_t at, std::string_view what) {
  if (mismatches_++ > 0) return;
  first_mismatch_ =
      fmt::format("{}: {} (generation {}, version {}, count {}, call {})", key(at), what,
                  slots_[at].generation, slots_[at].version, slots_[at].count, calls_.load());
}

void Churn::sabotage() {
  switch (work_.sabotage) {
    case Sabotage::none:
      break;
    case Sabotage::memory:
      hoard_.emplace_back(leaked_bytes, 'x');
      break;
    case Sabotage::descriptors:
      if (calls_ % calls_between_descriptors == 0) (void)::open("/dev/null", O_RDONLY | O_CLOEXEC);
      break;
    case Sabotage::value:
      if (calls_ % calls_between_lies == 0) {
        Slot& slot = slots_[random_() % slots_.size()];
        slot = {slot.generation, 0, 0, Kind::text, Expiry{}};
      }
      break;
  }
}

}  // namespace soak
