#include "backend/backend.h"

#include <algorithm>

#include <cairn/error.h>

namespace cairn {

std::optional<ValueKind> Reads::read_into(std::string_view key, std::string& payload) {
  std::optional<Found> found = read(key);
  if (!found) return std::nullopt;
  payload = std::move(found->payload);
  return found->kind;
}

std::optional<Reads::Part> Reads::read_into(std::string_view key, std::span<char> payload) {
  const std::optional<Found> found = read(key);
  if (!found) return std::nullopt;
  return part_of(*found, payload);
}

Reads::Part Reads::part_of(const Found& found, std::span<char> payload) {
  std::copy_n(found.payload.data(), std::min(found.payload.size(), payload.size()), payload.data());
  return {found.kind, found.payload.size()};
}

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
