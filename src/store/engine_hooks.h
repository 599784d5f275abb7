// The door for tests that break the disk on purpose; StoreOptions::engine_hooks carries one.
#pragma once

namespace rocksdb {
class Env;
}

namespace cairn::store {

struct EngineHooks {
  /// The file system and clock that RocksDB uses instead of its own; must outlive the store.
  rocksdb::Env* env = nullptr;
};

}  // namespace cairn::store
