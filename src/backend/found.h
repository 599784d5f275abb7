// A live record as a read gives it: kind, times and a payload of its own.
#pragma once

#include <string>
#include <utility>

#include "ttl/record.h"

namespace cairn {

/// A live record as a read gives it.
struct Found {
  ValueKind kind;
  ttl::Instant written_at;
  ttl::Instant expires_at;
  std::string payload;

  explicit Found(const ttl::Record& record)
      : kind(record.kind),
        written_at(record.written_at),
        expires_at(record.expires_at),
        payload(record.payload) {}

  Found(std::string&& bytes, const ttl::Header& header)
      : kind(header.kind),
        written_at(header.written_at),
        expires_at(header.expires_at),
        payload(std::move(bytes)) {}

  /// Whether a record is still the one that was read.
  bool same(const ttl::Record& record) const {
    return kind == record.kind && written_at == record.written_at &&
           expires_at == record.expires_at && payload == record.payload;
  }
};

}  // namespace cairn
