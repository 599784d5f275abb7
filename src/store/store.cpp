#include "store/store.h"

#include <functional>

#include <cairn/error.h>
#include "store/fork_guard.h"

namespace cairn::store {

Store::Store(std::filesystem::path directory, StoreOptions options, Rules rules)
    : directory_(std::move(directory)),
      options_(std::move(options)),
      rules_(std::move(rules)),
      logger_(std::make_shared<Logger>(options_.logger)) {
  ForkGuard::install();
}

Store::~Store() {
  // In a forked child it cannot be closed: its threads are the parent's, and so is its data.
  if (ForkGuard::forked()) (void)engine_.release();
}

void Store::attach() {
  ForkGuard::check();
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
  if (handles_.fetch_sub(1) == 1 && !UpdateScope::inside(&gate_)) close_if_unused();
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
  ForkGuard::check();
  for (;;) {
    Gate::Pass pass = gate_.pass();
    if (engine_) return pass;
    if (pass.owns_lock()) pass.unlock();
    open();
  }
}

std::optional<DirectoryId> Store::open_in() const {
  const std::lock_guard lock(id_mutex_);
  return id_;
}

void Store::open() {
  // Before anything is locked: inside update() the engine is open, and lifecycle_ may be held by
  // somebody who waits for that to end.
  if (const Gate::Pass pass = gate_.pass(); engine_) return;
  const std::lock_guard lifecycle(lifecycle_);
  if (const Gate::Pass pass = gate_.pass(); engine_) return;
  const DirectoryId id = prepare_directory(directory_, options_.allow_shared);
  auto engine = std::make_unique<Engine>(directory_, options_, rules_, logger_);
  const Gate::Shut shut = gate_.shut();
  const std::lock_guard families(families_mutex_);
  for (const auto& [name, family] : families_) family->handle = engine->find(name);
  engine_ = std::move(engine);
  const std::lock_guard lock(id_mutex_);
  id_ = id;
  openings_.fetch_add(1);
}

void Store::close_if_unused() noexcept {
  if (ForkGuard::forked()) return;
  const std::lock_guard lifecycle(lifecycle_);
  std::unique_ptr<Engine> closing;
  {
    const Gate::Shut shut = gate_.shut();
    const std::lock_guard families(families_mutex_);
    if (handles_.load() > 0) return;
    for (const auto& [name, family] : families_) family->handle = nullptr;
    closing = std::move(engine_);
    const std::lock_guard lock(id_mutex_);
    id_.reset();
  }
}  // the engine closes here: after the gate is open again, before anyone can open another

void Store::create(Family& family) {
  const std::lock_guard lifecycle(lifecycle_);
  {
    const Gate::Pass pass = gate_.pass();
    if (!engine_ || family.handle != nullptr) return;  // closed meanwhile, or made by another
  }
  // Only the holder of lifecycle_ replaces the engine.
  const Engine::Handle made = engine_->create_next(family.name);
  const Gate::Shut shut = gate_.shut();
  engine_->install(family.name, made);
  family.handle = made;
}

void Store::clear(Family& family, const std::function<void()>& emptied) {
  UpdateScope::refuse_writes();
  for (bool cleared = false; !cleared;) {
    Gate::Pass pass = enter();  // opens
    pass.unlock();
    const std::lock_guard lifecycle(lifecycle_);
    if (!engine_) continue;  // closed meanwhile
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
    if (old) engine_->drop(old);
    cleared = true;
  }
  left();
}

void Store::exclusively(const std::function<void()>& work) {
  UpdateScope::refuse_writes();
  for (;;) {
    Gate::Pass pass = enter();  // opens
    pass.unlock();
    const std::lock_guard lifecycle(lifecycle_);
    const Gate::Shut shut = gate_.shut();
    if (!engine_) continue;  // closed meanwhile
    const UpdateScope scope(&gate_);
    return work();
  }
}

}  // namespace cairn::store
