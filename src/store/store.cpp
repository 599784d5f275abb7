#include "store/store.h"

#include <functional>

#include <cairn/error.h>
#include "process/callback_scope.h"
#include "process/fork_guard.h"

namespace cairn::store {
namespace {

// Failed attempts, about five seconds of them.
constexpr int longest_patience = 25;

}  // namespace

Store::Store(std::filesystem::path directory, StoreOptions options, Rules rules)
    : directory_(std::move(directory)),
      options_(std::move(options)),
      rules_(std::move(rules)),
      logger_(std::make_shared<Logger>(options_.logger)) {
  process::ForkGuard::install();
}

Store::~Store() {
  // In a forked child it cannot be closed: its threads are the parent's, and so is its data.
  if (process::ForkGuard::forked()) {
    (void)engine_.release();
    (void)healer_.release();
  }
}

void Store::attach() {
  process::ForkGuard::check();
  handles_.fetch_add(1);
  try {
    open();
  } catch (...) {
    handles_.fetch_sub(1);
    throw;
  }
}

void Store::detach() noexcept {
  // From inside an operation the engine cannot be closed; left() does it at that one's end.
  if (handles_.fetch_sub(1) == 1 && !process::UpdateScope::inside(&gate_)) close_if_unused();
}

// Without a thread to be had it stays open, until its next last handle goes.
void Store::close_elsewhere() noexcept try {
  const std::shared_ptr<void> keep = rules_.keep();
  if (process::CallbackScope::run_elsewhere([this, keep] { close_if_unused(); })) return;
  logger_->say("close: no thread");
  (void)std::make_unique<std::shared_ptr<void>>(keep).release();
} catch (...) {
  logger_->say("close: no memory");
}

Family& Store::family(const std::string& name) {
  const Gate::Pass pass = gate_.pass();
  const std::lock_guard lock(families_mutex_);
  std::unique_ptr<Family>& family = families_[name];
  if (!family) {
    const std::size_t seed = std::hash<std::string>{}(name);
    family = std::make_unique<Family>(Family{name, seed});
    // A store that is open may have it on disk already.
    if (engine_) family->handle = engine_->find(name);
  }
  return *family;
}

Gate::Pass Store::enter() {
  process::ForkGuard::check();
  for (;;) {
    Gate::Pass pass = gate_.pass();
    if (engine_) return pass;
    if (pass.owns_lock()) pass.unlock();
    open();
  }
}

std::optional<DirectoryId> Store::open_in() const {
  const std::lock_guard lock(told_mutex_);
  return id_;
}

RecoveryReport Store::recovery() const {
  const std::lock_guard lock(told_mutex_);
  return recovery_;
}

void Store::open() {
  // Before anything is locked: inside update() the engine is open, and lifecycle_ may be held by
  // somebody who waits for that to end.
  if (const Gate::Pass pass = gate_.pass(); engine_) return;
  const std::lock_guard lifecycle(lifecycle_);
  if (const Gate::Pass pass = gate_.pass(); engine_) return;
  if (healer_) monitor_.refuse("open", directory_.native());  // it is offline, and being mended
  prepare_directory(directory_, options_.allow_shared);
  lock_directory();
  try {
    std::unique_ptr<Engine> engine = make_engine();
    identify();
    healer_ = std::make_unique<Healer>(
        monitor_, [this] { return mend(); }, options_.on_health);
    const Gate::Shut shut = gate_.shut();
    install(std::move(engine));
  } catch (...) {
    lock_.reset();
    monitor_.reset();  // what failed was this opening
    const std::lock_guard lock(told_mutex_);
    id_.reset();
    throw;
  }
}

void Store::lock_directory() {
  const bool no_log = options_.durability == Durability::clean_close;
  lock_ = std::make_unique<DirectoryLock>(directory_, no_log ? no_log_note : "log");
}

void Store::identify() {
  const DirectoryId id = prepare_directory(directory_, options_.allow_shared);
  const std::lock_guard lock(told_mutex_);
  id_ = id;
}

// Also of a damaged store, if that is to be replaced by an empty one.
std::unique_ptr<Engine> Store::make_engine() {
  const Setting setting{directory_, options_, rules_, logger_, monitor_};
  RecoveryReport report;
  std::unique_ptr<Engine> engine;
  claim_directory(directory_);
  try {
    engine = std::make_unique<Engine>(setting, Access::read_write);
    report = engine->report();
  } catch (const Corruption& damage) {
    const bool replace =
        options_.on_damage == OnDamage::start_empty && damage.code() == ErrorCode::corruption;
    if (!replace) throw;
    const std::filesystem::path aside = set_aside(directory_);
    lock_directory();
    claim_directory(directory_);
    engine = std::make_unique<Engine>(setting, Access::read_write);
    report = engine->report();
    report.left_by = LeftBy::crash;
    report.findings.insert(report.findings.begin(), damage.what());
    report.set_aside = aside;
  }
  keep(report);
  return engine;
}

void Store::keep(const RecoveryReport& report) {
  {
    const std::lock_guard lock(told_mutex_);
    recovery_ = report;
  }
  for (const std::string& finding : report.findings) logger_->say("recovery: " + finding);
  const bool notable = report.left_by == LeftBy::crash || !report.findings.empty();
  if (!notable || !options_.on_recovery) return;
  try {
    const process::CallbackScope scope;
    options_.on_recovery(report);
  } catch (...) {
    logger_->say("on_recovery has thrown");
  }
}

void Store::install(std::unique_ptr<Engine> engine) {
  const std::lock_guard families(families_mutex_);
  for (const auto& [name, family] : families_) family->handle = engine->find(name);
  engine_ = std::move(engine);
  openings_.fetch_add(1);
}

std::unique_ptr<Engine> Store::take_engine() noexcept {
  const std::lock_guard families(families_mutex_);
  for (const auto& [name, family] : families_) family->handle = nullptr;
  return std::move(engine_);
}

void Store::close_if_unused() noexcept {
  if (process::ForkGuard::forked()) return;
  // Closing waits for the store's threads, and this may be one of them.
  if (process::CallbackScope::inside() && rules_.keep) return close_elsewhere();
  const std::lock_guard lifecycle(lifecycle_);
  std::unique_ptr<Engine> closing;
  {
    const Gate::Shut shut = gate_.shut();
    if (handles_.load() > 0) return;
    closing = take_engine();
    const std::lock_guard lock(told_mutex_);
    id_.reset();
  }
  // After the gate is open again, and before anyone can open another.
  healer_.reset();
  rescued_.reset();
  closing.reset();
  lock_.reset();
  monitor_.reset();
}

// Called by the healer.  Whoever closes holds lifecycle_ and waits for the healer to end.
Attempt Store::mend() {
  const std::unique_lock lifecycle(lifecycle_, std::try_to_lock);
  if (!lifecycle.owns_lock()) return Attempt::waiting;
  if (!engine_) return reopen();
  const std::uint64_t seen = monitor_.reports();
  if (!monitor_.broken()) spare_damaged();
  if (!engine_->shortage().empty()) return Attempt::waiting;
  if (monitor_.broken()) {
    if (!engine_->probe().ok()) return Attempt::waiting;
    // Without a log the memtables are all there is, and opening anew loses them: not lightly.
    const bool memory_only = options_.durability == Durability::clean_close;
    if (memory_only && engine_->access() == Access::read_write && !engine_->write_out()) {
      if (!engine_->given_up() && ++unwritten_ < longest_patience) return Attempt::waiting;
      rescue();
    }
    return reopen();
  }
  return monitor_.mended(seen) ? Attempt::mended : Attempt::waiting;
}

// Compaction fails wherever it meets the damage: it ends until the family is cleared or the store
// opened anew.
void Store::spare_damaged() {
  for (const std::string& family : monitor_.damaged_families()) {
    if (!engine_->spare(family)) monitor_.forget_damage(family);
  }
}

// Nobody writes meanwhile, since the store is broken.
void Store::rescue() {
  try {
    const Setting setting{directory_, options_, rules_, logger_, monitor_};
    const Engine on_disk(setting, Access::read_only);
    rescued_.emplace(*engine_, on_disk);
  } catch (const std::exception& error) {
    logger_->say(std::string("what was in memory only is lost: ") + error.what());
  }
}

// Readers wait meanwhile.  If the store cannot be opened for writing it is opened for reading, so
// that they go on.
Attempt Store::reopen() {
  unwritten_ = 0;
  const Gate::Shut shut = gate_.shut();
  take_engine().reset();
  monitor_.forget_damage();
  const std::uint64_t seen = monitor_.reports();
  std::string cause;
  ErrorCode code = ErrorCode::io;
  try {
    std::unique_ptr<Engine> engine = make_engine();
    identify();
    if (rescued_) rescued_->write_to(*engine);
    rescued_.reset();
    install(std::move(engine));
    return monitor_.mended(seen) ? Attempt::mended : Attempt::failed;
  } catch (const Error& error) {
    cause = error.what();
    code = error.code();
  } catch (const std::exception& error) {
    cause = error.what();
  }
  try {
    const Setting setting{directory_, options_, rules_, logger_, monitor_};
    install(std::make_unique<Engine>(setting, Access::read_only));
    monitor_.readable();
  } catch (const std::exception&) {
    monitor_.offline(cause, code);
  }
  return Attempt::failed;
}

void Store::create(Family& family) {
  const std::lock_guard lifecycle(lifecycle_);
  {
    const Gate::Pass pass = gate_.pass();
    if (!engine_ || family.handle != nullptr) return;  // closed meanwhile, or made by another
  }
  monitor_.check_writable("make column family", family.name);
  // Only the holder of lifecycle_ replaces the engine.
  const Engine::Handle made = engine_->create_next(family.name);
  const Gate::Shut shut = gate_.shut();
  engine_->install(family.name, made);
  family.handle = made;
}

void Store::clear(Family& family, const std::function<void()>& emptied) {
  process::UpdateScope::refuse_writes();
  for (bool cleared = false; !cleared;) {
    Gate::Pass pass = enter();  // opens
    pass.unlock();
    const std::lock_guard lifecycle(lifecycle_);
    if (!engine_) continue;  // closed meanwhile
    monitor_.check_writable("clear", family.name);
    Engine::Handle old;
    if (family.handle) {
      const Engine::Handle fresh = engine_->create_next(family.name);
      const Gate::Shut shut = gate_.shut();
      old = engine_->install(family.name, fresh);
      family.handle = fresh;
      emptied();
    }
    // Reads and writes keep the gate, so nobody uses the old one but what takes long
    // (Session::stay), and that lets go of it in its own time.
    if (old) {
      engine_->drop(old);
      monitor_.forget_damage(old->GetName());
    }
    cleared = true;
  }
  left();
}

void Store::exclusively(const std::function<void()>& work) {
  process::UpdateScope::refuse_writes();
  for (;;) {
    Gate::Pass pass = enter();  // opens
    pass.unlock();
    const std::lock_guard lifecycle(lifecycle_);
    const Gate::Shut shut = gate_.shut();
    if (!engine_) continue;  // closed meanwhile
    const process::UpdateScope scope(&gate_);
    return work();
  }
}

}  // namespace cairn::store
