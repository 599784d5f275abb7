// The store's record tier, as the backend of one column family uses it.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tier/record_tier.h"
#include "ttl/record.h"

namespace cairn {

/// What the tier has is exact under a key's stripe: whoever changes the key holds it, and takes the
/// record out of the tier before the engine is touched.  Without the stripe a record that is found
/// was the key's at some moment of the look-up.
class HotRecords {
 public:
  /// How many merge operands lie above a counter's last full record in the engine: of a record that
  /// was read through the engine nobody knows.
  using Chain = std::uint8_t;
  static constexpr Chain unknown_chain = std::numeric_limits<Chain>::max();

  /// `tier` may be null: then nothing is found, and nothing may be kept.
  HotRecords(tier::RecordTier* tier, std::atomic<tier::Space>& space)
      : tier_(tier), space_(space) {}

  explicit operator bool() const noexcept { return tier_ != nullptr; }
  tier::RecordTier& tier() const noexcept { return *tier_; }

  /// The key's name in the tier, for as long as the family is not cleared and the engine not
  /// replaced: inside the gate.  Outside, what is found by it was true when the name was made.
  tier::Key key(std::string_view key) const noexcept { return tier::key(space(), key); }
  tier::Space space() const noexcept { return space_.load(); }
  /// The name that a key has now, which had that one before.
  tier::Key again(const tier::Key& before) const noexcept {
    const tier::Space now = space();
    return before.space == now ? before : tier::key(now, before.bytes);
  }

  enum class Look { nothing, damaged, found };

  /// Copies the payload of the record at the key to `payload`, whose memory is used again, and what
  /// stands before it to `header`.  A hit or a miss of the tier.
  Look find_payload(const tier::Key& key, std::string& payload,
                    std::optional<ttl::Header>& header) const noexcept try {
    return find_parts(key, header, [&](const tier::Look& look, const ttl::Header& parsed) {
      payload.resize(parsed.payload_size);
      look.copy(ttl::header_size, payload);
    });
  } catch (const std::bad_alloc&) {
    return Look::nothing;  // a read without the tier
  }
  /// The same, of the payload as much as fits.
  Look find_payload(const tier::Key& key, std::span<char> payload,
                    std::optional<ttl::Header>& header) const noexcept {
    return find_parts(key, header, [&](const tier::Look& look, const ttl::Header& parsed) {
      look.copy(ttl::header_size, payload.first(std::min(payload.size(), parsed.payload_size)));
    });
  }

  /// A whole record, and what the engine has of it.
  struct Known {
    ttl::Record record;
    std::string_view bytes;  // of the record
    Chain chain;
  };
  /// Where a whole record is copied to; a short one, of a counter above all, takes no memory.
  class Copy {
   public:
    std::span<char> of(std::size_t size) {
      if (size <= sizeof short_) return {short_, size};
      if (size > capacity_) {
        long_ = std::make_unique_for_overwrite<char[]>(size);
        capacity_ = size;
      }
      return {long_.get(), size};
    }

   private:
    std::unique_ptr<char[]> long_;
    std::size_t capacity_ = 0;
    char short_[64];
  };
  /// Copies the record at the key to `to`, in which `known` lies then.
  Look find(const tier::Key& key, Copy& to, std::optional<Known>& known) const noexcept try {
    const Look found = try_looks(key, [&](const tier::Look& look) {
      const std::span<char> copied = to.of(look.size());
      look.copy(0, copied);
      const std::string_view bytes(copied.data(), copied.size());
      const std::optional<ttl::Record> record = ttl::parse(bytes);
      if (record) known.emplace(Known{*record, bytes, look.note()});
      return record.has_value();
    });
    if (found != Look::found) known.reset();
    return found;
  } catch (const std::bad_alloc&) {
    known.reset();
    return Look::nothing;
  }
  /// The same of what stands before the payload.
  Look peek(const tier::Key& key, std::optional<ttl::Header>& header) const noexcept {
    char first[ttl::header_size];
    const auto seen = tier_->peek(key, first);
    if (!seen) return Look::nothing;
    header = ttl::parse_header({first, std::min(sizeof first, seen->size)}, seen->size);
    return header ? Look::found : Look::damaged;
  }

  /// Keeps what the engine has given after the ticket was taken, and `record` says of it.
  void fill(const tier::Key& key, tier::RecordTier::Ticket ticket, std::string_view bytes,
            const ttl::Record& record, ttl::Instant now) const noexcept {
    tier_->fill(key, ticket, bytes, record.expires_at, unknown_chain, now);
  }

  /// Everything of the family is forgotten, at the moment when nobody is inside the gate.
  static void renew(tier::RecordTier& tier, std::atomic<tier::Space>& space) noexcept {
    tier::Space fresh = tier::no_space;
    try {
      fresh = tier.new_space();
    } catch (const std::bad_alloc&) {
      // Then nothing of the family is kept, until the next time.
    }
    tier.retire(space.exchange(fresh));
  }
  void renew() const noexcept {
    if (tier_ != nullptr) renew(*tier_, space_);
  }

 private:
  // What is copied counts only if the look is still valid then: until that the header may be
  // anything, of a record no longer than the tier's longest.
  template <class Copy>
  Look find_parts(const tier::Key& key, std::optional<ttl::Header>& header,
                  const Copy& copy) const {
    const Look found = try_looks(key, [&](const tier::Look& look) {
      char first[ttl::header_size];
      const std::size_t copied = look.copy(0, first);
      header = ttl::parse_header({first, copied}, look.size());
      if (header) copy(look, *header);
      return header.has_value();
    });
    if (found != Look::found) header.reset();
    return found;
  }

  // `read` says whether it could understand what it has copied.
  template <class Read>
  [[gnu::always_inline]] Look try_looks(const tier::Key& key, const Read& read) const {
    bool understood = false;
    if (!tier_->read(key, [&](const tier::Look& look) { understood = read(look); })) {
      return Look::nothing;
    }
    return understood ? Look::found : Look::damaged;
  }

  tier::RecordTier* const tier_;
  std::atomic<tier::Space>& space_;
};

}  // namespace cairn
