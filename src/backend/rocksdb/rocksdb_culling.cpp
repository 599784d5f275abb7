// Room for new entries of a bounded cache, made in steps.
#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <cairn/error.h>
#include "backend/rocksdb/rocksdb_writer.h"
#include "store/border/status.h"

namespace cairn {

using store::Session;

namespace {

using Steady = std::chrono::steady_clock;

// Entries are erased, or forgotten, in pieces of about a millisecond.
constexpr std::size_t at_once = 1024;
constexpr std::size_t erased_in_a_step = 2 * at_once;

// The oldest of the entries that a step has met, so many at most.
class OldestMet {
 public:
  explicit OldestMet(std::size_t most) : most_(most) {}

  void meet(EntryCount::Age age, std::string_view key) {
    if (met_.size() < most_) {
      met_.emplace_back(age, key);
    } else if (most_ == 0 || age >= met_.front().first) {
      return;
    } else {
      std::pop_heap(met_.begin(), met_.end());
      met_.back() = {age, std::string(key)};
    }
    std::push_heap(met_.begin(), met_.end());
  }
  std::vector<std::string> take(std::size_t count) {
    std::sort_heap(met_.begin(), met_.end());
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < std::min(count, met_.size()); ++i) {
      keys.push_back(std::move(met_[i].second));
    }
    return keys;
  }

 private:
  const std::size_t most_;
  std::vector<std::pair<EntryCount::Age, std::string>> met_;  // a heap, the youngest first
};

}  // namespace

void RocksdbBackend::Writer::make_room(std::span<const std::string_view> keys) {
  if (!mode_.bounds.max_entries) return;
  const Bounds& bounds = mode_.bounds;
  Admission& admission = backend_.admission_;
  const EntryCount::Age young = count().next_age();
  for (const std::string_view key : keys) count().used(key);  // not culled for its own sake
  const auto unknown = [&] {
    return static_cast<std::size_t>(
        std::count_if(keys.begin(), keys.end(), [&](auto key) { return !count().contains(key); }));
  };
  const Steady::time_point end = Steady::now() + Admission::step.time;
  std::size_t gone = 0;
  bool stepped = false;
  std::size_t fresh = unknown();
  if (count().size() > at_once && bounds.full(count().size(), fresh)) session_->step_aside();
  for (;; fresh = unknown()) {
    if (count().size() == 0 || !bounds.full(count().size(), fresh)) break;
    if (gone >= fresh && gone > 0 && (stepped || Steady::now() >= end)) break;
    // Expired records are out of sight already, and compaction takes them away.  So many as are
    // needed are forgotten; there may be a million more.
    const std::size_t piece = std::max(keys.size(), at_once);
    std::size_t went = count().forget_expired(backend_.now(), piece);
    if (went == 0) {
      if (!admission.cull.under_way()) begin_cull(bounds.surplus(count().size(), fresh));
      const std::size_t before = count().size();
      if (admission.cull.under_way()) {
        cull(std::max<std::size_t>(fresh, 1) - std::min(gone, fresh), young);
        stepped = true;
      }
      went = before - count().size();
      if (went == 0 && !admission.cull.under_way()) break;  // nothing was found that could go
    }
    gone += went;
  }
  // While the rest is being counted nobody knows how much it is: beyond what may be stored without,
  // an old entry goes for each new one.
  const bool counting = !admission.complete();
  const bool beyond = counting && admission.admitted + fresh > Admission::uncounted(bounds);
  const std::size_t least = beyond ? fresh : 0;
  if (gone < least && !admission.cull.under_way()) begin_cull(least);
  if (admission.cull.under_way() && (gone == 0 || gone < least)) {
    gone += cull(least - std::min(gone, least), young);
  }
  if (counting) admission.admitted += fresh - std::min(gone, fresh);
}

void RocksdbBackend::Writer::begin_cull(std::size_t entries) {
  Admission::Cull& cull = backend_.admission_.cull;
  cull.oldest = count().oldest(entries);
  cull.end.reset();
  cull.around = false;
  if (cull.oldest.count > 0) cull.end = cull.hand;
}

std::size_t RocksdbBackend::Writer::cull(std::size_t least, EntryCount::Age young) {
  if (count().size() > at_once) session_->step_aside();
  return count().keeps_keys() ? cull_known_keys() : cull_by_hand(least, young);
}

std::size_t RocksdbBackend::Writer::cull_known_keys() {
  Admission::Cull& cull = backend_.admission_.cull;
  const std::vector<std::string> keys = count().oldest_keys(cull.oldest);
  const std::size_t evicted = evict(keys);
  cull.end.reset();
  return evicted;
}

std::size_t RocksdbBackend::Writer::cull_by_hand(std::size_t least, EntryCount::Age young) {
  Admission::Cull& cull = backend_.admission_.cull;
  EntryCount::Oldest& oldest = cull.oldest;
  // If the disk refuses an erasure this cull ends: what was to go is still there.
  std::string end = std::move(*std::exchange(cull.end, std::nullopt));
  std::vector<std::string> going;
  OldestMet met(std::min(least, at_once));
  // False when the cull, or the step, has all that it wants.
  const auto visit = [&](std::string_view key) {
    const std::optional<EntryCount::Age> age = count().age(key);
    if (!age) return true;
    if (oldest.includes(*age)) {
      going.emplace_back(key);
      --oldest.count;
      if (*age == oldest.age) --oldest.of_that_age;
    } else if (*age < young) {
      met.meet(*age, key);
    }
    return oldest.count > 0 && going.size() < erased_in_a_step;
  };
  bool ended = false;
  std::size_t evicted = 0;
  session_->step_aside();
  try {
    const auto visit_until_end = [&](std::string_view key, std::string_view) {
      ended = cull.around && key >= end;
      return !ended && visit(key);
    };
    std::string next = session_->scan(cull.hand, "", visit_until_end, Admission::step);
    if (next.empty()) {
      ended = cull.around || end.empty();
      cull.around = true;
    }
    cull.hand = std::move(next);
  } catch (const Error& error) {
    if (!store::unreadable(error)) throw;
    // All that can be read, in one step.
    evicted = evict(going);
    going.clear();
    (void)session_->scan_readable([&](std::string_view key, std::string_view) {
      if (oldest.count > 0) visit(key);
    });
    ended = true;
  }
  evicted += evict(going);
  if (evicted < least) {
    const std::size_t others = evict(met.take(least - evicted));
    oldest.count -= std::min(others, oldest.count);
    evicted += others;
  }
  // What the hand has not met is not there, or cannot be read.
  if (ended && oldest.count > 0) count().forget(oldest);
  if (!ended && oldest.count > 0) cull.end = std::move(end);
  return evicted;
}

std::size_t RocksdbBackend::Writer::evict(std::span<const std::string> keys) {
  for (std::size_t first = 0; first < keys.size(); first += at_once) {
    const auto piece = keys.subspan(first, std::min(at_once, keys.size() - first));
    Batch erasures = batch(piece.size());
    for (const std::string& key : piece) erasures.erase(key);
    commit(erasures);
    for (const std::string& key : piece) count().erase(key);
    backend_.tally().count(Event::evicted, piece.size());
  }
  return keys.size();
}

}  // namespace cairn
