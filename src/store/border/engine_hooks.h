// Hooks for tests that break the disk on purpose; StoreOptions::engine_hooks carries them.
#pragma once

namespace rocksdb {
class Env;
}

namespace cairn::store {

struct EngineHooks {
  /// RocksDB uses its file system, and nothing else of it.  Must outlive the store.
  rocksdb::Env* env = nullptr;
};

}  // namespace cairn::store
