// The RocksDB backend's reads: the record tier first, then the engine.
#include <algorithm>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "backend/rocksdb/rocksdb_backend.h"

namespace cairn {

using store::Pinned;
using store::Session;

namespace {

// More keys than this are read without keeping the gate, for which clear() of any cache waits.
constexpr std::size_t few_keys = 64;

}  // namespace

/// One get_many: what was found of each key, until all of it is known to be of one moment.
class RocksdbBackend::ReadMany {
 public:
  ReadMany(RocksdbBackend& backend, std::span<const std::string_view> keys,
           const std::function<void(std::size_t, Found)>& found,
           const std::function<void(std::size_t)>& unreadable)
      : backend_(backend),
        keys_(keys),
        found_(found),
        unreadable_(unreadable),
        records_(keys.size()),
        missing_(keys.size()) {
    std::iota(missing_.begin(), missing_.end(), std::size_t{0});
  }

  /// The keys that the engine has to be asked for.
  const std::vector<std::size_t>& missing() const { return missing_; }

  void look() {
    space_ = backend_.hot_.space();
    missing_.clear();
    names_.reserve(keys_.size());
    tickets_.reserve(keys_.size());
    for (const std::string_view key : keys_) names_.push_back(tier::key(space_, key));
    const tier::RecordTier& tier = backend_.hot_.tier();
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      if (i % at_once == 0) {
        tier.prefetch(std::span(names_).subspan(i, std::min(at_once, keys_.size() - i)));
      }
      tickets_.push_back(tier.ticket(names_[i]));
      std::string payload;
      std::optional<ttl::Header> header;
      const HotRecords::Look look = backend_.hot_.find_payload(names_[i], payload, header);
      if (look == HotRecords::Look::found) {
        records_[i].emplace(std::move(payload), *header);
        hits_.push_back(i);
      } else {
        missing_.push_back(i);
        if (look == HotRecords::Look::damaged) backend_.forget_damaged(keys_[i]);
      }
    }
  }

  bool of_one_moment() const {
    if (hits_.empty()) return true;
    return space_ == backend_.hot_.space() &&
           std::all_of(hits_.begin(), hits_.end(), [&](std::size_t i) {
             return tickets_[i] == backend_.hot_.tier().ticket(names_[i]);
           });
  }

  /// From here on the engine is asked for all of them.
  void forget() {
    for (std::optional<Found>& each : records_) each.reset();
    refused_.clear();
    hits_.clear();
    names_.clear();
    time_.reset();  // it has to be read after the records
    missing_.resize(keys_.size());
    std::iota(missing_.begin(), missing_.end(), std::size_t{0});
  }

  void ask(const Session& reader) {
    std::vector<std::string_view> asked;
    asked.reserve(missing_.size());
    for (const std::size_t i : missing_) asked.push_back(keys_[i]);
    const auto add = [&](std::size_t number, std::string_view bytes) {
      const std::size_t i = missing_[number];
      const std::optional<ttl::Record> record = backend_.judge(bytes, time());
      if (!record) return;
      records_[i].emplace(*record);
      if (names_.empty()) return;
      backend_.hot_.fill(names_[i], tickets_[i], bytes, *record, time());
    };
    std::function<void(std::size_t)> refused;
    if (unreadable_) refused = [&](std::size_t number) { refused_.push_back(missing_[number]); };
    reader.get_many(asked, add, refused);
  }

  void tell() {
    for (std::size_t i = 0; i < records_.size(); ++i) {
      if (!records_[i]) continue;
      if (records_[i]->expires_at == ttl::never_expires || ttl::live(*records_[i], time())) {
        found_(i, *std::move(records_[i]));
      } else {
        backend_.tally().count(Event::expired);
      }
    }
    for (const std::size_t i : refused_) unreadable_(i);
  }

 private:
  // So many are on their way from memory at a time.
  static constexpr std::size_t at_once = 16;

  // All are judged at one time, after they were read.
  Instant time() {
    if (!time_) time_ = backend_.now();
    return *time_;
  }

  RocksdbBackend& backend_;
  const std::span<const std::string_view> keys_;
  const std::function<void(std::size_t, Found)>& found_;
  const std::function<void(std::size_t)>& unreadable_;
  tier::Space space_ = tier::no_space;
  std::vector<tier::Key> names_;
  std::vector<tier::RecordTier::Ticket> tickets_;
  std::vector<std::optional<Found>> records_;
  std::vector<std::size_t> hits_;
  std::vector<std::size_t> missing_;
  std::vector<std::size_t> refused_;
  std::optional<Instant> time_;
};

// The clock is read after the record: a value is not returned at or after its expiry.

std::optional<Found> RocksdbBackend::read(std::string_view key) {
  std::string payload;
  std::optional<ttl::Header> header;
  const tier::Key hot = hot_.key(key);
  switch (find(hot, payload, header)) {
    case HotRecords::Look::found:
      if (!still_lives(*header)) return std::nullopt;
      return Found(std::move(payload), *header);
    case HotRecords::Look::damaged:
    case HotRecords::Look::nothing:
      break;
  }
  return read_engine(hot);
}

template <class Payload>
HotRecords::Look RocksdbBackend::find(const tier::Key& key, Payload& payload,
                                      std::optional<ttl::Header>& header) {
  if (!hot_) return HotRecords::Look::nothing;
  check_use();
  const HotRecords::Look look = hot_.find_payload(key, payload, header);
  if (look == HotRecords::Look::damaged) forget_damaged(key.bytes);
  return look;
}

bool RocksdbBackend::still_lives(const ttl::Header& header) {
  if (live_now(header)) return true;
  tally().count(Event::expired);
  return false;
}

// Keeps what it reads, if nobody changes the key meanwhile.
std::optional<Found> RocksdbBackend::read_engine(const tier::Key& seen) {
  const Session reader = session(Session::Intent::read, "get");
  const tier::Key hot = hot_.again(seen);  // now the family stays as it is
  std::optional<tier::RecordTier::Ticket> ticket;
  if (hot_) ticket = hot_.tier().ticket(hot);
  Pinned pinned;
  const std::optional<std::string_view> bytes = reader.get(hot.bytes, pinned);
  if (!bytes) return std::nullopt;
  const Instant time = now();
  const std::optional<ttl::Record> record = judge(*bytes, time);
  if (!record) return std::nullopt;
  if (ticket) hot_.fill(hot, *ticket, *bytes, *record, time);
  return Found(*record);
}

std::optional<ValueKind> RocksdbBackend::read_into(std::string_view key, std::string& payload) {
  std::optional<ttl::Header> header;
  const tier::Key hot = hot_.key(key);
  if (find(hot, payload, header) == HotRecords::Look::found) {
    if (!still_lives(*header)) return std::nullopt;
    return header->kind;
  }
  const std::optional<Found> found = read_engine(hot);
  if (!found) return std::nullopt;
  payload.assign(found->payload);
  return found->kind;
}

std::optional<Reads::Part> RocksdbBackend::read_into(std::string_view key,
                                                     std::span<char> payload) {
  std::optional<ttl::Header> header;
  const tier::Key hot = hot_.key(key);
  if (find(hot, payload, header) == HotRecords::Look::found) {
    if (!still_lives(*header)) return std::nullopt;
    return Part{header->kind, header->payload_size};
  }
  const std::optional<Found> found = read_engine(hot);
  if (!found) return std::nullopt;
  return part_of(*found, payload);
}

std::optional<Reads::Header> RocksdbBackend::peek(std::string_view key) {
  if (hot_) {
    check_use();
    std::optional<ttl::Header> header;
    const HotRecords::Look look = hot_.peek(hot_.key(key), header);
    if (look == HotRecords::Look::found) {
      if (!live_now(*header)) return std::nullopt;
      return Header{header->kind, header->expires_at};
    }
    if (look == HotRecords::Look::damaged) forget_damaged(key);
  }
  const Session reader = session(Session::Intent::read, "look up");
  Pinned pinned;
  const std::optional<std::string_view> bytes = reader.get(key, pinned);
  if (!bytes) return std::nullopt;
  const std::optional<ttl::Record> record = ttl::parse_live(*bytes, now());
  if (!record) return std::nullopt;
  return Header{record->kind, record->expires_at};
}

void RocksdbBackend::forget_damaged(std::string_view key) {
  Session reader = session(Session::Intent::read, "get");
  const store::Stripes::Lock lock = reader.lock(key);
  const tier::Key hot = hot_.key(key);
  std::optional<ttl::Header> header;
  if (hot_.peek(hot, header) != HotRecords::Look::damaged) return;  // another has written meanwhile
  drop_damaged(hot);
}

void RocksdbBackend::drop_damaged(const tier::Key& hot) {
  hot_.tier().forget(hot);
  store_->count_damaged();
}

// What the tier has is of one moment if none of it was changed between the first look and the last:
// so each key's state is looked at once more when the engine has been asked for the others.  If any
// has changed all are read from the engine.
void RocksdbBackend::read_many(std::span<const std::string_view> keys,
                               const std::function<void(std::size_t, Found)>& found,
                               const std::function<void(std::size_t)>& unreadable) {
  ReadMany read(*this, keys, found, unreadable);
  if (hot_) {
    check_use();
    read.look();
    if (read.missing().empty() && read.of_one_moment()) return read.tell();
  }
  Session reader = session(Session::Intent::read, "get_many");
  if (read.missing().size() > few_keys) reader.step_aside();
  read.ask(reader);
  if (!read.of_one_moment()) {
    read.forget();
    read.ask(reader);
  }
  read.tell();
}

Reads::Listing RocksdbBackend::list(std::string_view first, std::string_view prefix,
                                    std::size_t limit) {
  Session reader = session(Session::Intent::read, "list keys");
  reader.step_aside();
  Listing listing;
  const Instant time = now();
  const auto add = [&](std::string_view key, std::string_view value) {
    if (listing.keys.size() == limit) return false;
    if (ttl::parse_live(value, time)) listing.keys.emplace_back(key);
    return true;
  };
  listing.next = reader.scan(first, prefix, add, {});
  return listing;
}

std::vector<std::string> RocksdbBackend::list_readable(std::string_view prefix) {
  for (;;) {
    Session reader = session(Session::Intent::read, "list keys");
    reader.step_aside();
    std::vector<std::string> keys;
    const Instant time = now();
    const auto add = [&](std::string_view key, std::string_view value) {
      if (key.starts_with(prefix) && ttl::parse_live(value, time)) keys.emplace_back(key);
    };
    // Otherwise the healer has replaced the engine meanwhile.
    if (reader.scan_readable(add) != Session::Read::until_closing) return keys;
  }
}

}  // namespace cairn
