#include "store/engine/reaper.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "bytes/units.h"
#include "store/border/family_name.h"
#include "store/engine/engine.h"

namespace cairn::store {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Up to so many families are looked at each time, and beyond that each at least so often.
constexpr std::size_t looked_at_each_time = 16;
constexpr seconds longest_unlooked(10);

// A write buffer that nobody has written to for so long is written out; a small one not again and
// again.
constexpr seconds idle_time(20);
constexpr std::uint64_t small_buffer = mebibyte;
constexpr seconds small_pause(300);

// What may be written without paying: at once, and a second.
constexpr double most_credit = 64 * mebibyte;
constexpr double busy_income = 1 * mebibyte;
constexpr double idle_income = 4 * mebibyte;

// So many looks in a row are left to RocksDB's compactions.
constexpr int patience_with_others = 5;

// It works for so long, and rests for as long, so that others come to the processor and the disk.
constexpr milliseconds stretch(5);

// A table that has just been rewritten, and one whose rewriting has freed next to nothing.
constexpr milliseconds first_rest_of_table(5'000);
constexpr milliseconds longest_rest_of_table(600'000);
// After an error of the disk.
constexpr milliseconds first_rest(1'000);
constexpr milliseconds longest_rest(60'000);

std::string family_name(const rocksdb::ColumnFamilyHandle& family) {
  const std::optional<FamilyName> parsed = parse_family(family.GetName());
  return parsed ? parsed->name : family.GetName();
}

// Works, and rests for as long.
class HalfTime {
 public:
  void pause() {
    const auto now = Reaper::Steady::now();
    if (now - since_ < stretch) return;
    std::this_thread::sleep_for(std::min<Reaper::Steady::duration>(now - since_, 4 * stretch));
    since_ = Reaper::Steady::now();
  }

 private:
  Reaper::Steady::time_point since_ = Reaper::Steady::now();
};

}  // namespace

Reaper::Reaper(Engine& engine, const Setting& setting)
    : engine_(engine),
      setting_(setting),
      credit_(most_credit),
      rest_(first_rest),
      thread_([this](std::string_view what) { setting_.logger->say(what); }) {}

void Reaper::start(milliseconds interval) {
  thread_.every(interval, [this] { look(Steady::now()); });
  thread_.start();
}

void Reaper::stop() noexcept {
  stopping_ = true;
  thread_.stop();
}

bool Reaper::stop_until(const process::ProcessEnd::Circumstances& end) noexcept {
  stopping_ = true;
  return thread_.stop_until(end);
}

bool Reaper::ends() const noexcept {
  return stopping_.load() || engine_.stopping() || setting_.monitor.broken();
}

void Reaper::look(Steady::time_point now, Patience patience) {
  const process::LockGuard turn(turn_);
  if (ends() || engine_.abandoned()) return;
  const Engine::Lease lease(engine_);
  const std::vector<FamilyHandle> families = engine_.caches();
  forget_dropped(families);
  earn(now);
  const bool short_of_space = !engine_.shortage().empty();
  if (!short_of_space) {
    for (const FamilyHandle& each : families) {
      if (!ends()) flush_if_idle(*each, watched_[each->GetName()], now, patience);
    }
  }
  const std::vector<Work> found = find_work(families, now, patience);
  if (found.empty() || has_to_wait(now, patience)) return;
  for (const Work& each : found) {
    if (ends()) return;
    const double cost = static_cast<double>(each.rewriting.writes);
    if (short_of_space && each.rewriting.writes > 0) continue;
    if (patience == Patience::none || each.rewriting.pays() || cost <= credit_) {
      rewrite(each, now, patience);
    }
  }
}

void Reaper::earn(Steady::time_point now) {
  const rocksdb::SequenceNumber sequence = engine_.db().GetLatestSequenceNumber();
  const bool idle = sequence == std::exchange(sequence_, sequence);
  const std::chrono::duration<double> passed = now - std::exchange(earned_, now);
  const double income = idle ? idle_income : busy_income;
  credit_ = std::min(most_credit, credit_ + income * std::min(passed.count(), 60.0));
}

bool Reaper::has_to_wait(Steady::time_point now, Patience patience) {
  if (patience == Patience::none) return false;
  if (now < rests_until_) return true;
  std::uint64_t running = 0;
  engine_.db().GetIntProperty(rocksdb::DB::Properties::kNumRunningCompactions, &running);
  if (running == 0 || gave_way_ == patience_with_others) {
    gave_way_ = 0;
    return false;
  }
  ++gave_way_;
  return true;
}

void Reaper::forget_dropped(const std::vector<FamilyHandle>& families) {
  std::erase_if(watched_, [&](const auto& each) {
    return std::none_of(families.begin(), families.end(), [&](const FamilyHandle& family) {
      return family->GetName() == each.first;
    });
  });
}

std::uint64_t Reaper::property(rocksdb::ColumnFamilyHandle& family, const std::string& name) const {
  std::uint64_t value = 0;
  engine_.db().GetIntProperty(&family, name, &value);
  return value;
}

void Reaper::flush_if_idle(rocksdb::ColumnFamilyHandle& family, Watched& watched,
                           Steady::time_point now, Patience patience) {
  if (patience == Patience::usual && now < watched.next_look) return;
  const std::uint64_t entries =
      property(family, rocksdb::DB::Properties::kNumEntriesActiveMemTable);
  if (entries != watched.unflushed) watched.unflushed_since = now;
  watched.unflushed = entries;
  if (entries == 0) return;
  if (patience == Patience::usual) {
    if (now - watched.unflushed_since < idle_time) return;
    const bool small =
        property(family, rocksdb::DB::Properties::kCurSizeActiveMemTable) < small_buffer;
    const bool lately =
        watched.flushed != Steady::time_point() && now - watched.flushed < small_pause;
    if (small && lately) return;
  }
  watched.flushed = now;
  const rocksdb::Status status =
      engine_.call("flush", [&] { return engine_.db().Flush(rocksdb::FlushOptions(), &family); });
  if (!status.ok() && !Rewritten{.status = status}.given_up()) {
    setting_.logger->say("flush of " + family.GetName() + ": " + status.ToString());
  }
}

std::vector<ReapedTable> Reaper::tables(rocksdb::ColumnFamilyHandle& family, Watched& watched,
                                        Steady::time_point now) const {
  TableList list = list_tables(engine_, family, setting_.rules.weigh);
  if (!list.status.ok()) return {};  // one that cannot be opened is met by whoever reads it
  std::set<std::string> names;
  for (ReapedTable& table : list.tables) {
    const auto rest = watched.resting.find(table.name);
    const bool resting = rest != watched.resting.end() && now < rest->second.until;
    table.busy = table.busy || resting || watched.damaged.contains(table.name);
    table.alone = watched.alone.contains(table.name);
    names.insert(table.name);
  }
  const auto gone = [&](const std::string& name) { return !names.contains(name); };
  std::erase_if(watched.resting, [&](const auto& each) { return gone(each.first); });
  std::erase_if(watched.alone, gone);
  std::erase_if(watched.damaged, gone);
  return std::move(list.tables);
}

std::vector<Reaper::Work> Reaper::find_work(const std::vector<FamilyHandle>& families,
                                            Steady::time_point now, Patience patience) {
  std::vector<Work> found;
  const bool many = families.size() > looked_at_each_time;
  for (const FamilyHandle& each : families) {
    if (ends()) return {};
    Watched& watched = watched_[each->GetName()];
    if (patience == Patience::usual && now < watched.next_look) continue;
    const std::vector<ReapedTable> all = tables(*each, watched, now);
    bool dead = false;
    milliseconds next = many ? milliseconds(longest_unlooked) : milliseconds(0);
    for (const ReapedTable& table : all) {
      if (!table.weight) continue;
      dead = dead || !table.weight->dead.empty();
      if (table.weight->next) next = std::min(next, *table.weight->next);
    }
    watched.next_look = dead ? now : now + next;
    const int levels = engine_.db().NumberLevels(each.get());
    for (Rewriting& rewriting : worth_rewriting(all, levels, patience)) {
      found.push_back({each, std::move(rewriting)});
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const Work& a, const Work& b) {
    return a.rewriting.pays() && !b.rewriting.pays();
  });
  return found;
}

void Reaper::rewrite(const Work& work, Steady::time_point now, Patience patience) {
  rocksdb::ColumnFamilyHandle& family = *work.family;
  HalfTime half_time;
  const Rewritten done = rewrite_tables(engine_, family, work.rewriting, [&] {
    if (patience == Patience::usual && !ends()) half_time.pause();
    return !ends();
  });
  if (!done.status.ok()) return refused(work, done, now);
  rest_ = first_rest;
  const std::uint64_t freed = done.freed();
  credit_ = std::min(most_credit,
                     credit_ + static_cast<double>(freed) / 2 - static_cast<double>(done.written));
  Watched& watched = watched_[family.GetName()];
  // A snapshot may keep what is dead, or an operand has folded it: not again at once.
  milliseconds pause = first_rest_of_table;
  if (freed < work.rewriting.frees / 4) {
    for (const std::string& each : work.rewriting.tables) {
      const auto before = watched.resting.find(each);
      if (before != watched.resting.end()) pause = std::max(pause, 2 * before->second.pause);
    }
    pause = std::min(pause, longest_rest_of_table);
  }
  for (const std::string& each : done.made) watched.resting[each] = {now + pause, pause};
  if (setting_.rules.reclaimed && work.rewriting.frees > 0) {
    setting_.rules.reclaimed(family_name(family), freed, done.written);
  }
}

// A table that cannot be read is left alone, and the others are not; which of several it is shows
// when they are taken one by one.
void Reaper::refused(const Work& work, const Rewritten& done, Steady::time_point now) {
  if (done.given_up()) return;
  const std::string family = work.family->GetName();
  const std::vector<std::string>& names = work.rewriting.tables;
  Watched& watched = watched_[family];
  if (done.unreadable()) {
    if (names.size() > 1) {
      watched.alone.insert(names.begin(), names.end());
    } else {
      watched.damaged.insert(names.begin(), names.end());
      setting_.monitor.damaged(family, names.front() + ": " + done.status.ToString());
    }
    return;
  }
  rests_until_ = now + rest_;
  rest_ = std::min(2 * rest_, longest_rest);
  setting_.logger->say("space of " + family + " could not be reclaimed: " + done.status.ToString());
}

}  // namespace cairn::store
