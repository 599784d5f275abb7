#include <cairn/error.h>
#include <cairn/inspect.h>
#include <cairn/version.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <queue>

#include "api/judge.h"
#include "backend/rocksdb/table_weight.h"
#include "process/first_uses.h"
#include "process/process_end.h"
#include "store/directory/directory.h"
#include "store/directory/owner.h"
#include "store/reader.h"
#include "ttl/counter_merge.h"
#include "ttl/record.h"

namespace cairn {
namespace {

using Time = RecordInfo::Time;

constexpr std::uint64_t second = 1000;
constexpr std::uint64_t minute = 60 * second;
constexpr std::uint64_t hour = 60 * minute;
constexpr std::uint64_t day = 24 * hour;
constexpr std::uint64_t span_ends[] = {second, minute, hour, day, 7 * day, 30 * day};

constexpr std::uint64_t progress_step = 4096;
constexpr std::size_t kept_problems = 100;

// Which of FamilySummary::expiry counts a live record.
std::size_t span_of(const RecordInfo& record, Time now) {
  if (!record.expires_at) return FamilySummary::spans - 1;
  const auto left = static_cast<std::uint64_t>((*record.expires_at - now).count());
  const auto* const end = std::find_if(std::begin(span_ends), std::end(span_ends),
                                       [&](std::uint64_t each) { return left <= each; });
  return static_cast<std::size_t>(end - std::begin(span_ends));
}

Time time_of(ttl::Instant instant) {
  constexpr auto latest = static_cast<ttl::Instant>(std::numeric_limits<std::int64_t>::max());
  return Time(std::chrono::milliseconds(static_cast<std::int64_t>(std::min(instant, latest))));
}

RecordState state_of(const ttl::Record& record, ttl::Instant now) {
  if (record.kind == ValueKind::nothing) return RecordState::empty;
  return ttl::live(record, now) ? RecordState::live : RecordState::expired;
}

RecordInfo info(std::string_view family, std::string_view key, std::string_view value,
                const Judge& judge) {
  RecordInfo info{.family = family,
                  .key = key,
                  .state = RecordState::unreadable,
                  .kind = ValueKind::nothing,
                  .written_at = {},
                  .expires_at = {},
                  .payload = value,
                  .stored_size = key.size() + value.size()};
  std::optional<ttl::Record> record = ttl::parse(value);
  if (!record) return info;
  if (judge.ahead_until) ttl::correct(*record, judge.now, *judge.ahead_until);
  info.state = state_of(*record, judge.now);
  info.kind = record->kind;
  info.written_at = time_of(record->written_at);
  if (record->expires_at != ttl::never_expires) info.expires_at = time_of(record->expires_at);
  info.payload = record->payload;
  return info;
}

// Keeps the largest of what it is shown.
class Largest {
 public:
  explicit Largest(std::size_t count) : count_(count) {}

  void offer(std::string_view key, std::uint64_t size) {
    if (count_ == 0 || (kept_.size() == count_ && size <= kept_.top().stored_size)) return;
    if (kept_.size() == count_) kept_.pop();
    kept_.push({std::string(key), size});
  }
  std::vector<FamilySummary::Large> take() {
    std::vector<FamilySummary::Large> sorted;
    for (; !kept_.empty(); kept_.pop()) sorted.push_back(kept_.top());
    std::reverse(sorted.begin(), sorted.end());
    return sorted;
  }

 private:
  struct Larger {
    bool operator()(const FamilySummary::Large& a, const FamilySummary::Large& b) const {
      return a.stored_size > b.stored_size;
    }
  };
  std::size_t count_;
  std::priority_queue<FamilySummary::Large, std::vector<FamilySummary::Large>, Larger> kept_;
};

}  // namespace

std::string_view state_name(RecordState state) {
  switch (state) {
    case RecordState::live:
      return "live";
    case RecordState::expired:
      return "expired";
    case RecordState::empty:
      return "void";
    case RecordState::unreadable:
      return "unreadable";
  }
  return "unknown";
}

std::optional<KeyParts> split_key(std::string_view final_key) {
  const std::size_t first = final_key.find(':');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second_colon = final_key.find(':', first + 1);
  if (second_colon == std::string_view::npos) return std::nullopt;
  KeyParts parts{final_key.substr(0, first), 0, final_key.substr(second_colon + 1)};
  const char* const begin = final_key.data() + first + 1;
  const char* const end = final_key.data() + second_colon;
  const auto parsed = std::from_chars(begin, end, parts.version);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return parts;
}

struct StoreView::Impl {
  explicit Impl(const std::filesystem::path& directory)  // absolute: tables are opened later
      : owner(store::find_owner(directory)),
        seen(std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now())),
        reader(directory, std::make_shared<ttl::CounterMerge>()),
        judge(Judge::by(reader.clock_time())) {}

  // Before the files are read: who comes later cannot have written what is seen.
  const store::Owner owner;
  const Time seen;
  const store::Reader reader;
  const Judge judge;
  process::FirstUses uses;  // of the StoreView, which a static object may hold

  const store::Reader& use() {
    uses.used();
    return reader;
  }
};

StoreView::StoreView(const std::filesystem::path& directory)
    : impl_(std::make_unique<Impl>(store::absolute_path(directory))) {}
StoreView::StoreView(StoreView&& other) noexcept : impl_(std::move(other.impl_)) {
  if (impl_) impl_->uses.forget();
}
StoreView& StoreView::operator=(StoreView&& other) noexcept {
  impl_ = std::move(other.impl_);
  if (impl_) impl_->uses.forget();
  return *this;
}
StoreView::~StoreView() {
  if (process::ProcessEnd::begun() && impl_) {  // as in ~Cache()
    process::ProcessEnd::keep(std::shared_ptr<Impl>(std::move(impl_)));
  }
}

RecordInfo::Time StoreView::seen_at() const { return impl_->seen; }
RecordInfo::Time StoreView::judged_at() const { return time_of(impl_->judge.now); }

std::optional<bool> StoreView::has_owner() const { return impl_->owner.there; }

std::optional<int> StoreView::owner() const { return impl_->owner.process; }

bool StoreView::owner_may_be_ahead() const {
  return impl_->owner.there != false && !impl_->owner.logs.value_or(false);
}

bool StoreView::owner_is_unknown() const {
  return impl_->owner.there != false && !impl_->owner.logs;
}

std::vector<std::string> StoreView::families() const { return impl_->use().families(); }

std::uint64_t StoreView::estimated_records(std::string_view family) const {
  return impl_->use().property(family, "rocksdb.estimate-num-keys");
}

bool StoreView::find(std::string_view family, std::string_view final_key,
                     const std::function<void(const RecordInfo&)>& found) const {
  const std::optional<std::string> value = impl_->use().get(family, final_key);
  if (value) found(info(family, final_key, *value, impl_->judge));
  return value.has_value();
}

void StoreView::for_each(std::string_view family, std::string_view prefix,
                         const std::function<bool(const RecordInfo&)>& visit) const {
  impl_->use().scan(family, prefix, [&](std::string_view key, std::string_view value) {
    return visit(info(family, key, value, impl_->judge));
  });
}

FamilySummary StoreView::summarise(std::string_view family, std::size_t largest) const {
  FamilySummary summary;
  summary.family = family;
  Largest large(largest);
  impl_->use().scan(family, {}, [&](std::string_view key, std::string_view value) {
    const RecordInfo record = info(family, key, value, impl_->judge);
    switch (record.state) {
      case RecordState::live:
        ++summary.live;
        break;
      case RecordState::expired:
        ++summary.expired;
        break;
      case RecordState::empty:
        ++summary.empty;
        break;
      case RecordState::unreadable:
        ++summary.unreadable;
        break;
    }
    if (record.state != RecordState::live) {
      summary.dead_bytes += record.stored_size;
      return true;
    }
    summary.live_bytes += record.stored_size;
    summary.counters += record.kind == ValueKind::integer ? 1 : 0;
    summary.never_expires += record.expires_at ? 0 : 1;
    const std::size_t size_class = static_cast<std::size_t>(std::bit_width(record.stored_size)) - 1;
    if (summary.sizes.size() <= size_class) summary.sizes.resize(size_class + 1);
    ++summary.sizes[size_class];
    ++summary.expiry[span_of(record, judged_at())];
    large.offer(key, record.stored_size);
    return true;
  });
  summary.largest = large.take();
  summary.disk_bytes = impl_->use().property(family, "rocksdb.live-sst-files-size");
  summary.memory_bytes = impl_->use().property(family, "rocksdb.cur-size-all-mem-tables");
  for (const auto& level : impl_->use().levels(family)) {
    summary.levels.push_back({level.level, level.files, level.bytes});
  }
  return summary;
}

TableBytes StoreView::table_bytes(std::string_view family) const {
  TableBytes sum;
  const auto now = static_cast<ttl::Instant>(judged_at().time_since_epoch().count());
  impl_->use().for_each_table(family, [&](const auto& properties, std::uint64_t size) {
    add_table(sum, properties, size, now);
  });
  return sum;
}

StoreSummary StoreView::store() const {
  const store::Reader::Files files = impl_->use().files();
  StoreSummary summary;
  summary.format = files.format;
  summary.cairn_version = CAIRN_VERSION;
  summary.engine_version = store::Reader::engine_version();
  summary.table_files = files.tables.count;
  summary.table_bytes = files.tables.bytes;
  summary.log_files = files.logs.count;
  summary.log_bytes = files.logs.bytes;
  summary.disk_bytes = files.all.bytes;
  for (const std::string& family : families()) {
    summary.memory_bytes += impl_->use().property(family, "rocksdb.cur-size-all-mem-tables");
  }
  return summary;
}

namespace {

// One run of StoreView::check.
class Checking {
 public:
  Checking(const StoreView& view, const store::Reader& reader,
           const std::function<bool(std::uint64_t)>& progress)
      : view_(view), reader_(reader), progress_(progress) {}

  CheckReport run() {
    guard("files", [&] { reader_.verify(); });
    for (const std::string& family : view_.families()) {
      if (stopped_) break;
      guard(family, [&] { check(family); });
    }
    return std::move(report_);
  }

 private:
  void check(const std::string& family) {
    const std::uint64_t before = report_.records;
    view_.for_each(family, {}, [&](const RecordInfo& record) {
      ++report_.records;
      if (record.state == RecordState::unreadable) {
        found(family + " " + quote(record.key), "is not a record of a known format");
      } else if (record.kind == ValueKind::integer || record.kind == ValueKind::nothing) {
        check_counter(record);
      }
      stopped_ = report_.records % progress_step == 0 && !told();
      return !stopped_;
    });
    if (stopped_) return;
    const std::uint64_t forwards = report_.records - before;
    const std::uint64_t backwards = reader_.count_backwards(family);
    if (forwards != backwards) {
      found(family, "has " + std::to_string(forwards) + " records forwards and " +
                        std::to_string(backwards) + " backwards");
    }
    const auto [least, most] = reader_.expected_keys(family);
    if (forwards < least || forwards > most) {
      found(family, "has " + std::to_string(forwards) + " records, and its files count " +
                        (least == most ? std::to_string(most)
                                       : std::to_string(least) + " to " + std::to_string(most)));
    }
  }

  void check_counter(const RecordInfo& record) {
    ++report_.counters;
    const std::string scanned(record.payload);
    bool same = false;
    view_.find(record.family, record.key, [&](const RecordInfo& looked_up) {
      same = looked_up.kind == record.kind && looked_up.payload == scanned &&
             looked_up.expires_at == record.expires_at;
    });
    if (!same) {
      found(std::string(record.family) + " " + quote(record.key),
            "is one number in a scan and another one in a lookup");
    }
  }

  // Whether to go on.
  bool told() try { return !progress_ || progress_(report_.records); } catch (...) {
    thrown_by_progress_ = true;
    throw;
  }

  // Damage is what is looked for: it ends one step, not the check.
  template <class Step>
  void guard(const std::string& where, const Step& step) {
    try {
      step();
    } catch (const Error& error) {
      if (thrown_by_progress_) throw;
      const bool of_process =
          error.code() == ErrorCode::process_ending || error.code() == ErrorCode::forked_process;
      if (of_process) throw;  // the store is as sound as it was
      if (error.code() == ErrorCode::busy) {
        report_.outdated = stopped_ = true;
        return;
      }
      report_.damaged = true;
      found(where, error.what());
    }
  }

  void found(std::string where, std::string what) {
    ++report_.problem_count;
    if (report_.problems.size() < kept_problems) {
      report_.problems.push_back({std::move(where), std::move(what)});
    }
  }

  const StoreView& view_;
  const store::Reader& reader_;
  const std::function<bool(std::uint64_t)>& progress_;
  CheckReport report_;
  bool stopped_ = false;
  bool thrown_by_progress_ = false;
};

}  // namespace

CheckReport StoreView::check(const std::function<bool(std::uint64_t)>& progress) const {
  return Checking(*this, impl_->use(), progress).run();
}

}  // namespace cairn
