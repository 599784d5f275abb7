// The verbs of counters and versions.
#include <cairn/cache.h>

#include "api/cache_impl.h"

namespace cairn {
namespace {

using Outcome = Incremented::Outcome;

constexpr std::uint64_t integer_size = 8;

// What a message calls a step.
std::string verb(const Step& step, std::string_view suffix = {}) {
  return (step.direction == Direction::up ? "incr" : "decr") + std::string(suffix);
}

std::int64_t existing(const std::optional<std::int64_t>& value, std::string_view key,
                      const Step& step) {
  if (value) return *value;
  throw KeyNotFound("Key " + quote(key) + " not found; to create it, give " + verb(step) +
                    " what to count from: {.initial = 0}");
}

}  // namespace

std::optional<std::int64_t> Cache::Impl::increment(std::string_view key, const Step& step,
                                                   const IncrOptions& asked) {
  const key::FinalKey final_key = keys.make(key, asked.version);
  std::optional<Seed> seed;
  if (asked.initial) seed = Seed{*asked.initial, timeout(asked.timeout)};
  // One that exists may be counted on; it does not grow.
  const bool too_large = seed && seed->timeout.keeps() && options.max_value_size < integer_size;
  if (too_large) seed.reset();
  Backend& backend = use(Intent::write);
  const Incremented result = backend.increment(final_key, step, seed, mode(asked.durability));
  switch (result.outcome) {
    case Outcome::missing:
      if (too_large) refuse_too_large(verb(step), key, integer_size);
      return std::nullopt;
    case Outcome::not_an_integer:
      throw WrongType(verb(step) + " " + quote(key) + ": holds a value of kind " +
                      std::string(kind_name(result.kind)) + ", not integer; set an integer first");
    case Outcome::overflow:
      throw Overflow(verb(step) + " " + quote(key) + " by " + std::to_string(step.amount) +
                     ": the result does not fit in 64 bits; the value is unchanged");
    case Outcome::done:
      break;
  }
  backend.tally().count(Event::incr);
  return result.value;
}

std::int64_t Cache::Impl::move(std::string_view key, const Step& step, const ChangeOptions& asked) {
  const std::int64_t from = asked.version.value_or(options.version);
  const std::optional<std::int64_t> to = step.from(from);
  if (!to) {
    throw Overflow(verb(step, "_version") + " " + quote(key) +
                   ": the version does not fit in 64 bits");
  }
  const key::FinalKey source = keys.make(key, from);
  const key::FinalKey target = keys.make(key, *to);
  Backend& backend = use(Intent::write);
  bool found = false;
  if (source.view() == target.view()) {
    // A key function may ignore the version: then there is nowhere to move to.
    found = backend.peek(source).has_value();
    backend.settle(mode(asked.durability));
  } else {
    found = backend.move(source, target, mode(asked.durability));
  }
  if (!found) throw KeyNotFound("Key " + quote(key) + " not found");
  return *to;
}

std::int64_t Cache::incr(std::string_view key, std::int64_t delta, IncrOptions options) {
  const Step step{delta, Direction::up};
  return existing(impl_->increment(key, step, options), key, step);
}

std::int64_t Cache::decr(std::string_view key, std::int64_t delta, IncrOptions options) {
  const Step step{delta, Direction::down};
  return existing(impl_->increment(key, step, options), key, step);
}

std::optional<std::int64_t> Cache::try_incr(std::string_view key, std::int64_t delta,
                                            IncrOptions options) {
  return impl_->increment(key, {delta, Direction::up}, options);
}

void Cache::incr_many(std::initializer_list<std::pair<std::string_view, std::int64_t>> deltas,
                      ChangeOptions options) {
  increment_many({deltas.begin(), deltas.end()}, options);
}

void Cache::increment_many(std::vector<std::pair<std::string, std::int64_t>> deltas,
                           const ChangeOptions& options) {
  if (deltas.empty()) return;
  for (auto& [key, delta] : deltas) key = impl_->keys.make(key, options.version).view();
  Backend& backend = impl_->use(Intent::write);
  backend.increment_many(deltas, impl_->mode(options.durability));
  backend.tally().count(Event::incr, deltas.size());
}

std::int64_t Cache::incr_version(std::string_view key, std::int64_t delta, ChangeOptions options) {
  return impl_->move(key, {delta, Direction::up}, options);
}

std::int64_t Cache::decr_version(std::string_view key, std::int64_t delta, ChangeOptions options) {
  return impl_->move(key, {delta, Direction::down}, options);
}

}  // namespace cairn
