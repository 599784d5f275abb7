// The contract between a cache and the place where its records are kept.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "backend/key_turns.h"
#include "backend/reads.h"
#include "backend/single_flight.h"
#include "backend/tally.h"
#include "backend/whole.h"
#include "backend/writes.h"
#include "ttl/record.h"

namespace cairn {

/// A backend is the data itself: every handle of one location and column family shares it, and all
/// operations are safe for threads.  It stamps records with its own clock.
class Backend : public Reads, public Writes, public Whole {
 public:
  using Instant = ttl::Instant;

  /// One more, or one handle less, uses the backend.
  virtual void attach() {}
  virtual void detach() noexcept {}

  /// Throws would_deadlock inside a function of the caller's that is called under a lock of the
  /// backend's.
  virtual void check_caller() const {}
  /// The wall clock, to turn a point in time into a timeout.
  virtual std::chrono::milliseconds wall() const = 0;
  virtual Instant now() const = 0;

  Tally& tally() { return tally_; }
  SingleFlight& flights() { return flights_; }
  /// The turns of those who update() one key.
  KeyTurns& turns() { return turns_; }

 protected:
  /// The record if the bytes are one and it is live; counts those that are not.  For reads.
  std::optional<ttl::Record> judge(std::string_view bytes, Instant now);

 private:
  Tally tally_;
  SingleFlight flights_;
  KeyTurns turns_;
};

/// Fills in the header of an encoded value, which is then a whole record.
inline std::string_view stamp(EncodedValue& value, ttl::Instant written_at,
                              ttl::Instant expires_at) {
  ttl::write_header(value.bytes.data(), value.kind, written_at, expires_at);
  return value.bytes;
}

}  // namespace cairn
