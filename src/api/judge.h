// The time by which a view shows the records of a store.
#pragma once

#include <optional>
#include <string>

#include "bytes/little_endian.h"
#include "ttl/clock.h"
#include "ttl/record.h"

namespace cairn {

/// By what records are judged.
struct Judge {
  ttl::Instant now;
  /// The last time that the store's clock showed, if that is too far ahead to be believed: what it
  /// wrote until then will be put right when the store is opened, and is shown as it will be.
  std::optional<ttl::Instant> ahead_until;

  /// The owner's clock, as far as it can be told from outside by the time that it last stored.
  static Judge by(const std::string& mark) {
    ttl::Clock clock({});
    if (mark.size() != 8) return {clock.now(), {}};
    const ttl::Instant last = load_little_endian<8>(mark.data());
    if (clock.resume(last)) return {clock.now(), {}};
    return {clock.now(), last};
  }
};

}  // namespace cairn
