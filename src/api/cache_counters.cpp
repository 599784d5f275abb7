// The verbs of counters and versions.
#include <cairn/cache.h>

#include "api/cache_impl.h"

namespace cairn {
namespace {

[[noreturn]] void not_found(std::string_view key) {
  throw KeyNotFound("Key " + quote(key) + " not found");
}

[[noreturn]] void no_counter(std::string_view verb, std::string_view key) {
  throw KeyNotFound("Key " + quote(key) + " not found; to create it, give " + std::string(verb) +
                    " what to count from: {.initial = 0}");
}

}  // namespace

std::optional<std::int64_t> Cache::step(std::string_view verb, std::string_view key,
                                        std::int64_t amount, const IncrOptions& options) {
  const key::FinalKey full = impl_->keys.make(key, options.version);
  std::optional<Seed> seed;
  if (options.initial) seed = Seed{*options.initial, impl_->timeout(options.timeout)};
  Backend& backend = impl_->use();
  const Added added = backend.add(full, {.amount = amount, .down = verb == "decr"}, seed,
                                  impl_->mode(options.durability));
  switch (added.outcome) {
    case Added::Outcome::missing:
      return std::nullopt;
    case Added::Outcome::not_an_integer:
      throw WrongType(std::string(verb) + " " + quote(key) + ": holds a value of kind " +
                      std::string(kind_name(added.kind)) + ", not integer; set an integer first");
    case Added::Outcome::overflow:
      throw Overflow(std::string(verb) + " " + quote(key) + " by " + std::to_string(amount) +
                     ": the result does not fit in 64 bits; the value is unchanged");
    case Added::Outcome::done:
      break;
  }
  backend.counters().count(Event::incr);
  return added.value;
}

std::int64_t Cache::incr(std::string_view key, std::int64_t delta, IncrOptions options) {
  const std::optional<std::int64_t> value = step("incr", key, delta, options);
  return value ? *value : (no_counter("incr", key), 0);
}

std::int64_t Cache::decr(std::string_view key, std::int64_t delta, IncrOptions options) {
  const std::optional<std::int64_t> value = step("decr", key, delta, options);
  return value ? *value : (no_counter("decr", key), 0);
}

std::optional<std::int64_t> Cache::try_incr(std::string_view key, std::int64_t delta,
                                            IncrOptions options) {
  return step("incr", key, delta, options);
}

void Cache::incr_many(std::initializer_list<std::pair<std::string_view, std::int64_t>> deltas,
                      ChangeOptions options) {
  add_many({deltas.begin(), deltas.end()}, options);
}

void Cache::add_many(std::vector<std::pair<std::string, std::int64_t>> deltas,
                     const ChangeOptions& options) {
  if (deltas.empty()) return;
  for (auto& [key, delta] : deltas) key = impl_->keys.make(key, options.version).view();
  Backend& backend = impl_->use();
  backend.add_many(deltas, impl_->mode(options.durability));
  backend.counters().count(Event::incr, deltas.size());
}

std::int64_t Cache::move_version(std::string_view verb, std::string_view key, std::int64_t delta,
                                 const ChangeOptions& options) {
  const std::int64_t from = options.version.value_or(impl_->options.version);
  std::int64_t to = 0;
  const bool fits = verb == "decr_version" ? !__builtin_sub_overflow(from, delta, &to)
                                           : !__builtin_add_overflow(from, delta, &to);
  if (!fits) {
    throw Overflow(std::string(verb) + " " + quote(key) + ": the version does not fit in 64 bits");
  }
  const key::FinalKey source = impl_->keys.make(key, from);
  const key::FinalKey target = impl_->keys.make(key, to);
  Backend& backend = impl_->use();
  // A key function may ignore the version: then there is nowhere to move to.
  const bool found = source.view() == target.view()
                         ? backend.find(source).has_value()
                         : backend.move(source, target, impl_->mode(options.durability));
  if (!found) not_found(key);
  return to;
}

std::int64_t Cache::incr_version(std::string_view key, std::int64_t delta, ChangeOptions options) {
  return move_version("incr_version", key, delta, options);
}

std::int64_t Cache::decr_version(std::string_view key, std::int64_t delta, ChangeOptions options) {
  return move_version("decr_version", key, delta, options);
}

}  // namespace cairn
