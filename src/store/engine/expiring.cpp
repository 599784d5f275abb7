#include "store/engine/expiring.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "store/engine/engine.h"

namespace cairn::store {
namespace {

// How long to wait for others' compactions at a time.
constexpr std::chrono::milliseconds a_moment(10);

// RocksDB refuses to compact a table for no reason that passes.
constexpr int most_refusals = 5;

// So little is tried whatever the disk says: on a full one it is what removes.
constexpr std::uint64_t least_room = 64 << 10;

std::uint64_t room_in(const Engine& engine) { return std::max(engine.free_space(), least_room); }

}  // namespace

struct Expiring::Context {
  Engine& engine;
  const Setting& setting;
  rocksdb::ColumnFamilyHandle& family;
  const std::string& name;
};

Expiring::Step Expiring::step(Engine& engine, const Setting& setting,
                              rocksdb::ColumnFamilyHandle& family, const std::string& name) {
  const Context context{engine, setting, family, name};
  if (!begun_) return begin(context);
  // It was cleared: there is nothing left that had expired.
  if (family.GetName() != generation_) return end(context);
  if (queue_.empty() && !plan(context)) return end(context);
  if (engine.stopping()) {
    queue_.clear();
    return Step::again;
  }
  if (queue_.empty()) {
    std::this_thread::sleep_for(a_moment);
    return Step::more;
  }
  const std::uint64_t room = room_in(engine);
  const auto fits = [&](const Rewriting& each) { return each.writes <= room; };
  const auto best = std::find_if(queue_.rbegin(), queue_.rend(), fits);
  if (best == queue_.rend()) {
    if (!failure_.ok()) return end(context);
    failure_ =
        rocksdb::Status::NoSpace("No space left on device: " + std::to_string(engine.free_space()) +
                                 " bytes are free, and " + std::to_string(queue_.back().writes) +
                                 " are needed to rewrite " + queue_.back().tables.front());
    return end(context);
  }
  const Rewriting next = std::move(*best);
  queue_.erase(std::next(best).base());
  return rewrite(context, next);
}

Expiring::Step Expiring::begin(const Context& context) {
  const Rules& rules = context.setting.rules;
  if (!weigh_) weigh_ = rules.weigh_as_of_now();
  generation_ = context.family.GetName();
  const rocksdb::Status status = context.engine.call("expire", [&] {
    return context.engine.db().Flush(rocksdb::FlushOptions(), &context.family);
  });
  if (status.IsColumnFamilyDropped()) return Step::done;
  if (!status.ok()) {
    if (context.engine.stopping()) return Step::again;
    context.setting.monitor.raise_write(status, "expire", context.name);
  }
  begun_ = true;
  const bool anything = plan(context);
  for (const Rewriting& each : queue_) {
    const auto has_operands = [&](const std::string& table) { return operands_.contains(table); };
    const bool folds = std::any_of(each.tables.begin(), each.tables.end(), has_operands);
    for (const std::string& table : each.tables) {
      std::uint64_t& bytes = planned_[table];
      bytes = std::max(bytes, (folds ? 2 : 1) * each.reads / each.tables.size());
    }
  }
  for (const auto& [table, bytes] : planned_) total_ += bytes;
  return anything ? Step::more : end(context);
}

// False if nothing is left to be done.
bool Expiring::plan(const Context& context) {
  TableList list = list_tables(context.engine, context.family, weigh_);
  if (!list.status.ok() && context.engine.stopping()) return true;
  bool waits = false;
  std::set<std::string> names;
  operands_.clear();
  for (ReapedTable& table : list.tables) {
    names.insert(table.name);
    const bool dead = !table.weight || !table.weight->dead.empty();
    if (!table.weight || table.weight->operands > 0) operands_.insert(table.name);
    // Whether what a compaction of others leaves is worth it shows when it is there.
    waits = waits || (table.busy && dead && !made_.contains(table.name));
    table.busy = table.busy || made_.contains(table.name) || unreadable_.contains(table.name) ||
                 (folded_.contains(table.name) && !dead);
    table.alone = alone_.contains(table.name);
  }
  // Others have compacted it.
  std::vector<std::string> gone;
  for (const auto& [table, bytes] : planned_) {
    if (!names.contains(table)) gone.push_back(table);
  }
  for (const std::string& table : gone) deal_with(table);
  const auto is_gone = [&](const auto& each) { return !names.contains(each.first); };
  std::erase_if(folded_, is_gone);
  std::erase_if(refusals_, is_gone);
  queue_ = all_rewritings(list.tables, context.engine.db().NumberLevels(&context.family),
                          room_in(context.engine));
  std::reverse(queue_.begin(), queue_.end());
  return waits || !queue_.empty();
}

Expiring::Step Expiring::rewrite(const Context& context, const Rewriting& rewriting) {
  const Rewritten done = rewrite_tables(context.engine, context.family, rewriting,
                                        [&] { return !context.engine.stopping(); });
  if (!done.status.ok()) return refused(context, rewriting, done);
  account(rewriting, done);
  // What shares tables with it is another matter now.
  std::erase_if(queue_, [&](const Rewriting& each) {
    return std::any_of(each.tables.begin(), each.tables.end(), [&](const std::string& table) {
      return std::find(rewriting.tables.begin(), rewriting.tables.end(), table) !=
             rewriting.tables.end();
    });
  });
  return Step::more;
}

void Expiring::account(const Rewriting& rewriting, const Rewritten& done) {
  bool folds = false;
  std::uint64_t second = 0;  // what was planned for a second time
  for (const std::string& table : rewriting.tables) {
    folds = folds || (operands_.contains(table) && !folded_.contains(table));
  }
  for (const std::string& table : rewriting.tables) {
    if (folds && planned_.contains(table)) {
      const std::uint64_t half = planned_[table] / 2;
      planned_[table] -= half;
      second += half;
    }
    deal_with(table);
    if (const auto found = folded_.find(table); found != folded_.end()) {
      if (folds) {
        second += found->second;
      } else {
        done_ += found->second;
      }
      folded_.erase(found);
    }
  }
  if (!folds || done.made.empty()) {
    made_.insert(done.made.begin(), done.made.end());
    done_ += second;
    return;
  }
  for (const std::string& each : done.made) folded_[each] = second / done.made.size();
}

void Expiring::deal_with(const std::string& table) {
  const auto found = planned_.find(table);
  if (found == planned_.end()) return;
  done_ += found->second;
  planned_.erase(found);
}

// A table that cannot be read is left, and the others are not; which of several it is shows when
// they are taken one by one.
Expiring::Step Expiring::refused(const Context& context, const Rewriting& rewriting,
                                 const Rewritten& done) {
  const std::vector<std::string>& tables = rewriting.tables;
  if (done.status.IsColumnFamilyDropped()) return end(context);
  if (context.engine.stopping()) {
    queue_.clear();
    return Step::again;
  }
  if (done.unreadable()) {
    queue_.clear();
    if (tables.size() > 1) {
      alone_.insert(tables.begin(), tables.end());
      return Step::more;
    }
    unreadable_.insert(tables.front());
    const std::string what = tables.front() + ": " + done.status.ToString();
    context.setting.monitor.damaged(context.family.GetName(), what);
    unreadable_said_ += (unreadable_said_.empty() ? "" : "; ") + what;
    failure_ = done.status.IsCorruption() || failure_.IsCorruption()
                   ? rocksdb::Status::Corruption(unreadable_said_)
                   : rocksdb::Status::IOError(unreadable_said_);
    return Step::more;
  }
  if (!done.given_up()) context.setting.monitor.raise_write(done.status, "expire", context.name);
  // Another compaction has one of them, or had.
  if (done.status.IsInvalidArgument() && ++refusals_[tables.front()] == most_refusals) {
    context.setting.logger->say("expire " + context.name + ": " + tables.front() +
                                " is left as it is: " + done.status.ToString());
    made_.insert(tables.begin(), tables.end());
  }
  std::this_thread::sleep_for(a_moment);
  return Step::more;
}

Expiring::Step Expiring::end(const Context& context) {
  if (!failure_.ok()) context.setting.monitor.raise_write(failure_, "expire", context.name);
  done_ = total_;
  return Step::done;
}

}  // namespace cairn::store
