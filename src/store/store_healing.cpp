// Store, continued: how it is brought back after its disk has failed.
#include <string>

#include <cairn/error.h>
#include "store/store.h"

namespace cairn::store {
namespace {

// Failed attempts, about five seconds of them.
constexpr int longest_patience = 25;

}  // namespace

// Called by the healer.
Attempt Store::heal() {
  if (!lifecycle_.try_lock()) return Attempt::waiting;
  const process::LockGuard lifecycle(lifecycle_, std::adopt_lock);
  if (!healer_) return Attempt::waiting;  // the store was closed, and this healer told to end
  Engine* const engine = engine_in_use();
  if (engine == nullptr) return reopen();
  const std::uint64_t seen = monitor_.reports();
  if (!monitor_.broken()) stop_compacting_damaged();
  if (!engine->shortage().empty()) return Attempt::waiting;
  if (monitor_.broken()) {
    if (!engine->probe(Engine::Probe::working).ok()) return Attempt::waiting;
    return replace_engine();
  }
  return monitor_.healed(seen) ? Attempt::healed : Attempt::waiting;
}

// Without a log the memtables are all there is, and reopening loses them: not lightly.
Attempt Store::replace_engine() {
  Engine* const engine = engine_in_use();
  const bool memory_only = options_.durability == Durability::clean_close;
  if (memory_only && engine->access() == Access::read_write) {
    if (!engine->can_be_saved()) {
      logger_->say(
          "healing: RocksDB was left by an exception while it wrote; the writes that were "
          "in memory only are lost");
    } else if (!engine->write_out()) {
      if (!engine->given_up() && ++unwritten_ < longest_patience) return Attempt::waiting;
      rescue();
    }
  }
  return reopen();
}

// Compaction fails wherever it meets the damage: it ends until the family is cleared or the store
// is reopened.
void Store::stop_compacting_damaged() {
  for (const std::string& family : monitor_.damaged_families()) {
    if (!engine_in_use()->stop_compacting(family)) monitor_.forget_damage(family);
  }
}

// Nobody writes meanwhile, since the store is broken.
void Store::rescue() {
  try {
    const Setting setting{directory_, options_, rules_, logger_, monitor_};
    const Engine on_disk(setting, Access::read_only);
    rescued_.emplace(*engine_in_use(), on_disk);
  } catch (const std::exception& error) {
    logger_->say(std::string("healing: the writes that were in memory only are lost: ") +
                 error.what());
  }
}

// Readers wait meanwhile.  If the store cannot be opened for writing it is opened for reading, so
// that they go on.
Attempt Store::reopen() {
  unwritten_ = 0;
  if (Engine* const engine = engine_in_use()) engine->hurry();
  const Gate::Shut shut(gate_);
  destroy(take_engine());
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
    return monitor_.healed(seen) ? Attempt::healed : Attempt::failed;
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

}  // namespace cairn::store
