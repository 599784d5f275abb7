#include "backend/backend.h"

#include <cairn/error.h>

namespace cairn {

void Whole::checkpoint(const std::filesystem::path& directory) {
  throw InvalidOption(
      "checkpoint to " + quote(directory.native()) +
      ": this cache is not on disk; only a cache in a directory has a copy to write");
}

std::optional<ttl::Instant> Writes::Replacement::deadline(const std::optional<Found>& read,
                                                          const std::optional<ttl::Record>& live,
                                                          ttl::Instant now) const {
  const bool same = read && live && read->same(*live);
  const bool gone = read && !live && if_expired && ttl::expired(read->expires_at, now);
  if (read ? !same && !gone : live.has_value()) return std::nullopt;
  if (timeout) return ttl::deadline(now, *timeout);
  return same ? read->expires_at : ttl::deadline(now, if_expired.value_or(never));
}

std::optional<ttl::Record> Backend::judge(std::string_view bytes, Instant now) {
  std::optional<ttl::Record> record = ttl::parse(bytes);
  if (!record) {
    tally_.count(Event::unreadable);
  } else if (!ttl::live(*record, now)) {
    tally_.count(Event::expired);
    record.reset();
  }
  return record;
}

}  // namespace cairn
