#include "store/store.h"

#include <functional>

#include <cairn/error.h>
#include "process/callback_scope.h"
#include "process/fork_guard.h"
#include "store/directory/set_aside.h"

namespace cairn::store {
namespace {

constexpr std::chrono::milliseconds a_moment(10);

}  // namespace

Store::Store(std::filesystem::path directory, StoreOptions options, Rules rules)
    : directory_(std::move(directory)),
      options_(std::move(options)),
      rules_(std::move(rules)),
      logger_(std::make_shared<Logger>(options_.logger, rules_.rank)) {
  process::ForkGuard::install();
  process::ProcessEnd::enrol(*this, process::ProcessEnd::Turn::first);
}

Store::~Store() {
  // In a forked child it cannot be closed: its threads are the parent's, and so is its data.  And
  // what is open after the end of the process is so because it could not be closed.
  if (!process::ForkGuard::forked()) process::ProcessEnd::leave(*this);
  if (process::ForkGuard::forked() || process::ProcessEnd::begun()) {
    (void)engine_.release();
    (void)healer_.release();
  }
}

void Store::attach() {
  check_caller();
  process::ForkGuard::check();
  process::ProcessEnd::check();
  handles_.fetch_add(1);
  try {
    open();
  } catch (...) {
    handles_.fetch_sub(1);
    throw;
  }
}

void Store::detach() noexcept {
  if (handles_.fetch_sub(1) == 1) close_if_unused();
}

// If no thread can be started the store stays open until its next last handle is closed.
void Store::close_elsewhere() noexcept try {
  const std::shared_ptr<void> owner = rules_.owner();
  if (process::CallbackScope::run_elsewhere([this, owner] { close_if_unused(); })) return;
  logger_->say(
      "close: could not start a thread; the store stays open until its next last handle is closed");
  process::ProcessEnd::keep(owner);
} catch (...) {
  logger_->say("close: out of memory; the store stays open until its next last handle is closed");
}

bool Store::closed() noexcept {
  if (!lifecycle_.try_lock()) return false;
  const process::LockGuard lifecycle(lifecycle_, std::adopt_lock);
  return handles_.load() == 0 && engine_in_use() == nullptr;
}

Family& Store::family(const std::string& name) {
  check_caller();
  const Gate::Pass pass(gate_);
  const process::LockGuard lock(families_mutex_);
  std::unique_ptr<Family>& family = families_[name];
  if (!family) {
    const std::size_t seed = std::hash<std::string>{}(name);
    family = std::make_unique<Family>(Family{name, seed});
    // A store that is open may have it on disk already.
    if (engine_) family->handle = engine_->find(name);
  }
  return *family;
}

Gate::Entry Store::enter() {
  check_caller();
  process::ForkGuard::check();
  process::ProcessEnd::check();
  for (;;) {
    if (Gate::Entry entry = gate_.enter(); engine_) {
      if (engine_->abandoned()) [[unlikely]]
        monitor_.refuse("use", directory_.native());
      return entry;
    }
    open();
  }
}

std::optional<DirectoryId> Store::open_in() const {
  const process::LockGuard lock(told_mutex_);
  return id_;
}

RecoveryReport Store::recovery() const {
  const process::LockGuard lock(told_mutex_);
  return recovery_;
}

void Store::open() {
  open_once();
  tell_recoveries();
}

void Store::open_once() {
  // It may be open by now, and whoever has lifecycle_ may take his time.
  if (const Gate::Pass pass(gate_); engine_) return;
  const process::LockGuard lifecycle(lifecycle_);
  if (const Gate::Pass pass(gate_); engine_) return;
  process::ProcessEnd::check();
  if (healer_) monitor_.refuse("open", directory_.native());  // it is offline, and being healed
  try {
    prepare_directory(directory_, sharing(options_));
    lock_directory();
    std::unique_ptr<Engine> engine = make_engine();
    identify();
    healer_ = std::make_unique<Healer>(
        monitor_,
        [this] {
          const Attempt attempt = heal();
          tell_recoveries();
          return attempt;
        },
        options_.on_health);
    const Gate::Shut shut(gate_);
    install(std::move(engine));
  } catch (...) {
    healer_.reset();
    lock_.reset();
    monitor_.reset();  // what failed was this opening
    {
      const process::LockGuard lock(told_mutex_);
      id_.reset();
    }
    raise_opening();
  }
}

// Throws again what was caught, as one of our errors.
void Store::raise_opening() const {
  try {
    throw;
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw IoError("open " + quote(directory_.native()) + ": " + lacking(error));
  }
}

// RocksDB may still be at work where it cannot be parted with: then the memory is lost, and the
// directory stays locked for this process.
void Store::destroy(std::unique_ptr<Engine> engine) noexcept {
  if (engine && engine->abandoned() && !engine->part_with_database()) {
    logger_->say(
        "a thread of RocksDB does not come back; this process cannot open the store again");
    (void)engine.release();
  }
}

void Store::lock_directory() {
  const bool no_log = options_.durability == Durability::clean_close;
  lock_ = std::make_unique<DirectoryLock>(directory_, no_log ? no_log_note : "log");
}

void Store::identify() {
  const DirectoryId id = prepare_directory(directory_, sharing(options_));
  const process::LockGuard lock(told_mutex_);
  id_ = id;
}

// A damaged store is replaced by an empty one, if on_damage says so.
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
  publish(report);
  return engine;
}

void Store::publish(const RecoveryReport& report) {
  const bool notable = report.left_by == LeftBy::crash || !report.findings.empty();
  {
    const process::LockGuard lock(told_mutex_);
    recovery_ = report;
    if (notable && options_.on_recovery) untold_.push_back(report);
  }
  for (const std::string& finding : report.findings) logger_->say("recovery: " + finding);
}

void Store::tell_recoveries() noexcept {
  std::vector<RecoveryReport> reports;
  {
    const process::LockGuard lock(told_mutex_);
    reports.swap(untold_);
  }
  for (const RecoveryReport& each : reports) {
    try {
      const process::CallbackScope scope;
      options_.on_recovery(each);
    } catch (...) {
      logger_->say("StoreOptions::on_recovery threw an exception; ignored");
    }
  }
}

void Store::install(std::unique_ptr<Engine> engine) {
  const process::LockGuard families(families_mutex_);
  for (const auto& [name, family] : families_) family->handle = engine->find(name);
  engine_ = std::move(engine);
  openings_.fetch_add(1);
  if (rules_.engine_changed) rules_.engine_changed();
}

std::unique_ptr<Engine> Store::take_engine() noexcept {
  const process::LockGuard families(families_mutex_);
  for (const auto& [name, family] : families_) family->handle = nullptr;
  if (rules_.engine_changed) rules_.engine_changed();
  return std::move(engine_);
}

void Store::close_if_unused() noexcept {
  if (process::ForkGuard::forked() || process::ProcessEnd::begun()) return;
  // Closing waits for the store's threads, and this may be one of them.
  if (process::CallbackScope::inside() && rules_.owner) return close_elsewhere();
  // The healer may be in a callback that waits for this thread, or for one that opens the store.
  std::shared_ptr<Healer> healer = close_engine_if_unused();
  if (!healer || !healer->engaged() || !rules_.owner) return;
  const std::shared_ptr<void> owner = rules_.owner();
  if (!owner) return;
  try {
    process::CallbackScope::run_elsewhere([owner, healer = std::move(healer)] {});
  } catch (...) {
    // There is no memory: it is waited for here.
  }
}

std::unique_ptr<Healer> Store::close_engine_if_unused() noexcept {
  const process::LockGuard lifecycle(lifecycle_);
  std::unique_ptr<Engine> closing;
  {
    const Gate::Shut shut(gate_);
    if (handles_.load() > 0) return nullptr;
    closed_by_ = std::this_thread::get_id();
    closing = take_engine();
    const process::LockGuard lock(told_mutex_);
    id_.reset();
  }
  // After the gate is open again, and before anyone can open another.
  std::unique_ptr<Healer> healer = std::move(healer_);
  if (healer) healer->stop();
  rescued_.reset();
  destroy(std::move(closing));
  lock_.reset();
  monitor_.reset();
  closed_by_ = std::thread::id();
  return healer;
}

void Store::at_end(const process::ProcessEnd::Circumstances& end) noexcept {
  if (!close_at_end(end) && rules_.owner) process::ProcessEnd::keep(rules_.owner());
}

bool Store::close_at_end(const process::ProcessEnd::Circumstances& end) noexcept {
  bool locked = lifecycle_.try_lock_until(end.patience);
  // Whoever is closing the store is at work for us, however long it takes.
  const auto closed_by_another = [&] {
    const std::thread::id thread = closed_by_;
    return thread != std::thread::id() && thread != end.thread;
  };
  while (!locked && closed_by_another()) {
    locked = lifecycle_.try_lock_until(std::chrono::steady_clock::now() + a_moment);
  }
  if (!locked) return false;
  const process::LockGuard lifecycle(lifecycle_, std::adopt_lock);
  if (engine_ && engine_->in_this_thread()) return false;
  if (!gate_.shut_until(end.patience)) {
    if (engine_) engine_->save();
    return false;
  }
  std::unique_ptr<Engine> closing = take_engine();
  gate_.open_again();
  const bool healed = !healer_ || healer_->stop_until(end);
  if (!healed) (void)healer_.release();
  healer_.reset();
  if (closing && !closing->quiet_until(end)) {
    closing->save();
    (void)closing.release();
    return false;
  }
  destroy(std::move(closing));
  lock_.reset();
  return healed;
}

void Store::create(Family& family) {
  const process::LockGuard lifecycle(lifecycle_);
  {
    const Gate::Pass pass(gate_);
    if (!engine_ || family.handle != nullptr) return;  // closed meanwhile, or made by another
  }
  monitor_.check_writable("make column family", family.name);
  const Engine::Handle made = engine_in_use()->create_next(family.name);
  const Gate::Shut shut(gate_);
  engine_->install(family.name, made);
  family.handle = made;
}

void Store::clear(Family& family, const std::function<void()>& emptied) {
  check_caller();
  process::UpdateScope::refuse_writes();
  for (bool cleared = false; !cleared;) {
    process::ForkGuard::check();
    process::ProcessEnd::check();
    open();
    const process::LockGuard lifecycle(lifecycle_);
    Engine* engine = engine_in_use();
    if (engine == nullptr) continue;  // closed meanwhile
    // On a full disk clear() is what helps.  RocksDB that has met the full disk writes nothing
    // more, not even that, until it is reopened; on a disk that takes nothing at all that would
    // fail, and readers would lose what is in memory only.
    if (monitor_.broken() && engine->probe(Engine::Probe::opening).ok()) (void)replace_engine();
    monitor_.check_writable("clear", family.name, Growth::shrinks);
    engine = engine_in_use();
    Engine::Handle old;
    if (family.handle) {
      const Engine::Handle fresh = engine->create_next(family.name);
      const Gate::Shut shut(gate_);
      old = engine->install(family.name, fresh);
      family.handle = fresh;
      emptied();
    }
    // Whoever keeps the gate is past using the old one.  Scans and long operations
    // (Session::step_aside) may still use it, and release it in their own time.
    if (old) {
      engine->drop(old);
      monitor_.forget_damage(old->GetName());
    }
    cleared = true;
  }
  leave();
}

void Store::wait_for_those_inside() {
  check_caller();
  process::ForkGuard::check();
  const Gate::Shut shut(gate_);
}

}  // namespace cairn::store
