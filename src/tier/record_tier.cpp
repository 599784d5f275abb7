#include "tier/record_tier.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <new>
#include <stdexcept>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "process/mutex.h"

namespace cairn::tier {

Key key(Space space, std::string_view bytes) noexcept {
  return {space, std::hash<std::string_view>{}(bytes) ^ (space * 0x9e3779b97f4a7c15u), bytes};
}

struct RecordTier::Impl {
  struct Entry {
    std::string record;
    Instant expires_at;
    std::uint8_t note;
  };
  struct State {
    std::uint64_t version = 0;
    unsigned changing = 0;
  };

  std::size_t budget = 0;
  process::Mutex mutex;
  Space next CAIRN_GUARDED_BY(mutex) = 0;
  std::map<std::pair<Space, std::string>, Entry> entries CAIRN_GUARDED_BY(mutex);
  std::size_t bytes CAIRN_GUARDED_BY(mutex) = 0;
  State states[1024] CAIRN_GUARDED_BY(mutex);
  Counts counts CAIRN_GUARDED_BY(mutex){};

  State& state(const Key& key) CAIRN_REQUIRES(mutex) { return states[key.hash % 1024]; }

  bool erase(const Key& key) CAIRN_REQUIRES(mutex) {
    const auto found = entries.find({key.space, std::string(key.bytes)});
    if (found == entries.end()) return false;
    bytes -= key.bytes.size() + found->second.record.size();
    entries.erase(found);
    return true;
  }
  bool insert(const Key& key, std::string_view record, Instant expires_at, std::uint8_t note)
      CAIRN_REQUIRES(mutex) {
    const std::size_t need = key.bytes.size() + record.size();
    if (key.space == no_space || need > budget / 64) return false;
    erase(key);
    if (bytes + need > budget / 2) {
      counts.evictions += entries.size();
      entries.clear();
      bytes = 0;
    }
    entries[{key.space, std::string(key.bytes)}] = {std::string(record), expires_at, note};
    bytes += need;
    return true;
  }
};

RecordTier::RecordTier(std::size_t bytes) : impl_(std::make_unique<Impl>()) {
  if (bytes < least_bytes) throw std::invalid_argument("a record tier of less than least_bytes");
  impl_->budget = bytes;
}
RecordTier::~RecordTier() = default;

std::size_t RecordTier::longest() const noexcept { return impl_->budget / 64; }

Space RecordTier::new_space() {
  const process::LockGuard lock(impl_->mutex);
  return impl_->next == no_space ? no_space : impl_->next++;
}
void RecordTier::retire(Space) noexcept {}

std::optional<RecordTier::Hit> RecordTier::find(const Key& key, std::string& record) noexcept try {
  const process::LockGuard lock(impl_->mutex);
  const auto found = impl_->entries.find({key.space, std::string(key.bytes)});
  ++(found == impl_->entries.end() ? impl_->counts.misses : impl_->counts.hits);
  if (found == impl_->entries.end()) return std::nullopt;
  record = found->second.record;
  return Hit{found->second.expires_at, found->second.note};
} catch (const std::bad_alloc&) {
  return std::nullopt;
}

std::optional<RecordTier::Peek> RecordTier::peek(const Key& key,
                                                 std::span<char> first) const noexcept {
  const process::LockGuard lock(impl_->mutex);
  const auto found = impl_->entries.find({key.space, std::string(key.bytes)});
  if (found == impl_->entries.end()) return std::nullopt;
  const Impl::Entry& entry = found->second;
  std::copy_n(entry.record.data(), std::min(first.size(), entry.record.size()), first.data());
  return Peek{entry.expires_at, entry.note, entry.record.size()};
}

void RecordTier::prefetch(std::span<const Key>) const noexcept {}

RecordTier::Ticket RecordTier::ticket(const Key& key) const noexcept {
  const process::LockGuard lock(impl_->mutex);
  const Impl::State& state = impl_->state(key);
  Ticket ticket;
  ticket.state_ = state.changing == 0 ? state.version : ~std::uint64_t{0};
  return ticket;
}

bool RecordTier::fill(const Key& key, Ticket ticket, std::string_view record, Instant expires_at,
                      std::uint8_t note, Instant) noexcept {
  const process::LockGuard lock(impl_->mutex);
  const Impl::State& state = impl_->state(key);
  if (state.changing != 0 || state.version != ticket.state_) return false;
  return impl_->insert(key, record, expires_at, note);
}

RecordTier::Change::Change(RecordTier& tier, const Key& key) noexcept : tier_(&tier), key_(key) {
  const process::LockGuard lock(tier_->impl_->mutex);
  Impl::State& state = tier_->impl_->state(key_);
  ++state.changing;
  ++state.version;
  old_ = tier_->impl_->erase(key_) ? 1 : 0;
}

RecordTier::Change::Change(Change&& other) noexcept
    : tier_(std::exchange(other.tier_, nullptr)), key_(other.key_), old_(other.old_) {}

RecordTier::Change::~Change() {
  if (tier_ == nullptr) return;
  const process::LockGuard lock(tier_->impl_->mutex);
  --tier_->impl_->state(key_).changing;
}

void RecordTier::Change::store(std::string_view record, Instant expires_at, std::uint8_t note,
                               Instant, Keep keep) noexcept {
  const process::LockGuard lock(tier_->impl_->mutex);
  if (old_ != 0 || keep == Keep::always) tier_->impl_->insert(key_, record, expires_at, note);
  --tier_->impl_->state(key_).changing;
  tier_ = nullptr;
}

RecordTier::Counts RecordTier::counts() const noexcept {
  const process::LockGuard lock(impl_->mutex);
  Counts counts = impl_->counts;
  counts.entries = impl_->entries.size();
  counts.bytes = impl_->bytes;
  counts.capacity = impl_->budget;
  return counts;
}

}  // namespace cairn::tier
