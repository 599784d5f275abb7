// What a table holds, by when it expires: the property that each table carries.  See
// docs/format.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ttl/expiry_histogram.h"
#include "ttl/record.h"

namespace cairn::ttl {

/// Bytes of keys and values as they were before compression.
struct TableContents {
  /// Records that expire, in the order of time: nothing in a bucket expires before `first`, and
  /// everything has expired by `last`.
  struct Bucket {
    Instant first;
    Instant last;
    std::uint64_t bytes;
    friend bool operator==(const Bucket&, const Bucket&) = default;
  };
  std::vector<Bucket> expiring = {};
  std::uint64_t lasting = 0;     ///< records that never expire
  std::uint64_t empty = 0;       ///< void records
  std::uint64_t unreadable = 0;  ///< values that are no records; they are kept
  std::uint64_t operands = 0;    ///< operands of counters
  std::uint64_t erasures = 0;    ///< keys that hide what lies below
  /// When the oldest record was written, void ones aside; the latest time there is if none is here.
  Instant oldest = never_expires;

  std::uint64_t total() const noexcept;
  friend bool operator==(const TableContents&, const TableContents&) = default;
};

/// The name of the property.
inline constexpr const char* contents_property = "cairn.contents";

std::string encode(const TableContents& contents);
/// Empty if the bytes are not contents of this format.
std::optional<TableContents> parse_contents(std::string_view bytes);

/// Adds up a table while it is written.
class ContentsCount {
 public:
  /// `now`: from when on the records live.
  explicit ContentsCount(Instant now) noexcept : expiring_(now) {}
  void add_value(std::size_t key_bytes, std::string_view value) noexcept;
  void add_operand(std::uint64_t bytes) noexcept { operands_ += bytes; }
  void add_erasure(std::uint64_t bytes) noexcept { erasures_ += bytes; }
  void add_unreadable(std::uint64_t bytes) noexcept { unreadable_ += bytes; }
  TableContents contents() const;

 private:
  ExpiryHistogram expiring_;
  std::uint64_t lasting_ = 0;
  std::uint64_t empty_ = 0;
  std::uint64_t unreadable_ = 0;
  std::uint64_t operands_ = 0;
  std::uint64_t erasures_ = 0;
  Instant oldest_ = never_expires;
};

}  // namespace cairn::ttl
