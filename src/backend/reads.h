// The reading operations of a backend.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backend/found.h"
#include "ttl/record.h"

namespace cairn {

/// Operations on final keys.  Each judges records by ttl::live at a moment inside its own call.
class Reads {
 public:
  /// Keys of a listing, in order, and where to go on: empty at the end.
  struct Listing {
    std::vector<std::string> keys;
    std::string next;
  };
  /// What is told of a live record without reading its payload.
  struct Header {
    ValueKind kind;
    ttl::Instant expires_at;
  };

  virtual ~Reads() = default;

  /// The live record at the key.  Counts as a use.
  virtual std::optional<Found> read(std::string_view key) = 0;
  /// As read(), with the payload in memory of the caller's, which is used again; returns the kind.
  virtual std::optional<ValueKind> read_into(std::string_view key, std::string& payload);
  /// What was read into memory that may be too small.
  struct Part {
    ValueKind kind;
    std::size_t size;  ///< of the whole payload
  };
  /// The same, of the payload as much as fits.  The memory may be written to on a miss too.
  virtual std::optional<Part> read_into(std::string_view key, std::span<char> payload);
  /// As read(), without the payload, and not counted as a use.
  virtual std::optional<Header> peek(std::string_view key) = 0;
  /// From one moment; calls `found` for each live one, with its index, and `unreadable`, if given,
  /// for those that the disk refuses, which otherwise throw.  Both run inside the backend and must
  /// not call it.
  virtual void read_many(std::span<const std::string_view> keys,
                         const std::function<void(std::size_t index, Found found)>& found,
                         const std::function<void(std::size_t index)>& unreadable) = 0;
  /// At most `limit` live keys that begin with `prefix`, from `first` on.  May stop earlier, with
  /// `next` set, so that others are let in.
  virtual Listing list(std::string_view first, std::string_view prefix, std::size_t limit) = 0;
  /// All live keys that begin with `prefix` and can be read, in any order, where list() throws
  /// because some cannot.  One may be among them whose erasure cannot be read.
  virtual std::vector<std::string> list_readable(std::string_view prefix) = 0;

 protected:
  static Part part_of(const Found& found, std::span<char> payload);
};

}  // namespace cairn
