// The operations of a history on a backend, without a Cache around it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "backend/backend.h"
#include "durability/linearizability/ops.h"
#include "ttl/record.h"

namespace cairn::test::durability {

inline std::optional<std::int64_t> number(const std::optional<Found>& found) {
  if (!found) return std::nullopt;
  return ttl::integer({found->kind, found->written_at, found->expires_at, found->payload});
}

inline Outcome perform(Backend& backend, std::string_view key, const Operation& operation,
                       Timeout timeout = never) {
  const WriteMode mode;
  EncodedValue value = encode_value(key, operation.argument);
  switch (operation.action) {
    case Action::get:
      return outcome(number(backend.read(key)));
    case Action::contains:
      return {0, backend.peek(key).has_value()};
    case Action::set:
      backend.write(key, value, timeout, mode);
      return {};
    case Action::add:
      return {0, backend.write_if_absent(key, value, timeout, mode)};
    case Action::incr: {
      const Incremented result = backend.increment(key, Step{increment}, std::nullopt, mode);
      return {result.value, result.outcome == Incremented::Outcome::done};
    }
    case Action::incr_many: {
      const std::pair<std::string, std::int64_t> delta{key, increment};
      backend.increment_many({&delta, 1}, mode);
      return {};
    }
    case Action::erase:
      return {0, backend.erase(key, mode)};
    case Action::pop:
      for (;;) {
        const std::optional<Found> found = backend.read(key);
        if (!found || backend.write_if_same(key, found, {.value = nullptr}, mode)) {
          return outcome(number(found));
        }
      }
    case Action::update:
      for (;;) {
        const std::optional<Found> found = backend.read(key);
        const std::int64_t result = updated(number(found), operation.argument);
        EncodedValue changed = encode_value(key, result);
        std::optional<Timeout> expiry;
        if (!found) expiry = timeout;
        if (backend.write_if_same(key, found, {.value = &changed, .timeout = expiry}, mode))
          return {result, true};
      }
    case Action::clear:
      backend.clear();
      return {};
  }
  return {};
}

}  // namespace cairn::test::durability
