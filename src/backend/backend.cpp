#include "backend/backend.h"

#include <cairn/error.h>

namespace cairn {

void Backend::checkpoint(const std::filesystem::path& directory) {
  throw InvalidOption(
      "checkpoint to " + quote(directory.native()) +
      ": this cache is not on disk; only a cache in a directory has a copy to write");
}

std::optional<ttl::Record> Backend::judge(std::string_view bytes, Instant now) {
  std::optional<ttl::Record> record = ttl::parse(bytes);
  if (!record) {
    counters_.count(Event::unreadable);
  } else if (!ttl::live(*record, now)) {
    counters_.count(Event::expired);
    record.reset();
  }
  return record;
}

}  // namespace cairn
