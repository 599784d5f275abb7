// The rows of the table: each makes the library call a function of the caller's.
#include <cairn/inspect.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "reentrancy/table.h"
#include "store/border/job_threads.h"
#include "support/live_directory.h"

namespace cairn::test {
namespace {

// Until its end a codec calls the scene's function.
class Coding {
 public:
  Coding(Scene*& which, Scene& scene) : which_(which) {
    which = &scene;
    scene.arm();
  }
  ~Coding() { which_ = nullptr; }
  Coding(const Coding&) = delete;
  Coding& operator=(const Coding&) = delete;

 private:
  Scene*& which_;
};

void encode(Scene& scene) {
  const Coding coding(Probe::encoding, scene);
  scene.one->set("outer", Probe{1});
}

template <class Read>
void decode(Scene& scene, const Read& read) {
  scene.one->set("outer", Probe{1});
  const Coding coding(Probe::decoding, scene);
  read(*scene.one);
}

void encode_for_update(Scene& scene) {
  const Coding coding(Probe::encoding, scene);
  scene.one->erase("outer");
  scene.one->update<Probe>("outer", [](auto) { return Probe{2}; });
}

void update(Scene& scene) {
  scene.arm();
  scene.one->erase("outer");
  scene.one->update<int>("outer", [&](std::optional<int> value) {
    scene.call();
    return value.value_or(0) + 1;
  });
}

void make(Scene& scene) {
  scene.arm();
  scene.one->erase("outer");
  scene.one->get_or_set("outer", [&] {
    scene.call();
    return 1;
  });
}

void visit_keys(Scene& scene) {
  scene.one->set("outer", 1);
  scene.arm();
  scene.one->for_each_key("outer", [&](std::string_view) {
    scene.call();
    return true;
  });
}

void write(Scene& scene) {
  scene.arm();
  scene.one->set("outer key", 1);
}

void list(Scene& scene) {
  scene.arm();
  scene.one->keys();
}

void warn_process(Scene& scene) {
  const KeyWarningHandler before =
      set_key_warning_handler([&](const KeyWarning&) { scene.call(); });
  write(scene);
  set_key_warning_handler(before);
}

void visit_records(Scene& scene) {
  scene.arm();
  StoreView(scene.location()).for_each("one", {}, [&](const RecordInfo&) {
    scene.call();
    return true;
  });
}

void find_record(Scene& scene) {
  scene.arm();
  StoreView(scene.location()).find("one", ":1:text", [&](const RecordInfo&) { scene.call(); });
}

void own_key_function(Scene& scene, CacheOptions& options) {
  options.key_function = KeyFunction(
      [&scene](std::string_view key, std::string_view prefix, std::int64_t version) {
        scene.call();
        return make_key(key, prefix, version);
      },
      [](std::string_view prefix, std::int64_t version) { return make_key({}, prefix, version); });
}

void own_head(Scene& scene, CacheOptions& options) {
  options.key_function =
      KeyFunction([](std::string_view key, std::string_view prefix,
                     std::int64_t version) { return make_key(key, prefix, version); },
                  [&scene](std::string_view prefix, std::int64_t version) {
                    scene.call();
                    return make_key({}, prefix, version);
                  });
}

void own_validator(Scene& scene, CacheOptions& options) {
  options.validate_key = [&scene](std::string_view) { scene.call(); };
}

void own_warnings(Scene& scene, CacheOptions& options) {
  options.key_warnings = [&scene](const KeyWarning&) { scene.call(); };
}

void own_clock(Scene& scene, StoreOptions& options) {
  options.clock = [&scene] {
    scene.call();
    return system_clock_reading();
  };
}

// Where RocksDB makes its compaction filter.
void own_clock_in_rocksdb(Scene& scene, StoreOptions& options) {
  options.clock = [&scene] {
    if (store::JobThreads::working_for() != nullptr) scene.call();
    return system_clock_reading();
  };
}

void compact(Scene& scene) {
  scene.one->sync();
  scene.arm();
  scene.one->expire();
}

void watch_expiry(Scene& scene) {
  scene.arm();
  scene.one->expire([&](const ExpireProgress&) {
    scene.call();
    return true;
  });
}

void own_logger(Scene& scene, StoreOptions& options) {
  options.logger = [&scene](std::string_view) { scene.call(); };
}

// The store is opened again, as a killed process leaves it.
void recover(Scene& scene) {
  const std::filesystem::path copy = scene.path(scene.fresh("left"));
  copy_live(scene.location(), copy);
  scene.one->close();
  scene.two->close();
  std::filesystem::remove_all(scene.location());
  std::filesystem::rename(copy, scene.location());
  scene.arm();
  scene.one->contains("text");
}

void told_of_recovery(Scene& scene, StoreOptions& options) {
  options.on_recovery = [&scene](const RecoveryReport&) { scene.call(); };
}

// What on_recovery throws is logged.
void logs_of_recovery(Scene& scene, StoreOptions& options) {
  own_logger(scene, options);
  options.on_recovery = [](const RecoveryReport&) { throw std::runtime_error("the caller's own"); };
}

// RocksDB logs that under its mutex; then the store heals.
void fail_disk(Scene& scene) {
  scene.arm();
  // A job that the last opening has left may be what fails.
  for (bool failed = false; !failed;) {
    scene.disk().arm({.operation = 1, .kind = durability::FaultKind::io_once});
    try {
      scene.one->set("refused", 1);
    } catch (const IoError&) {
      failed = true;
    }
  }
}

// Once it is healthy again, so that what is written can be.
void told_of_health(Scene& scene, StoreOptions& options) {
  options.on_health = [&scene](const Health& now) {
    if (now.condition == Condition::healthy) scene.call();
  };
}

}  // namespace

const std::vector<Callback>& callbacks() {
  constexpr Rule all = Rule::everything;
  constexpr Rule reads = Rule::reads;
  constexpr Rule earlier = Rule::earlier;
  constexpr Rule apart = Rule::apart;
  static const std::vector<Callback> rows = {
      {"codec, encoding", all, all, false, encode},
      {"codec, decoding for get", all, all, false,
       [](Scene& s) { decode(s, [](Cache& c) { c.get<Probe>("outer"); }); }},
      {"codec, decoding for get_many", all, all, false,
       [](Scene& s) { decode(s, [](Cache& c) {
                        c.get_many<Probe>({"outer", "absent"});
                      }); }},
      {"codec, decoding for pop", all, all, false,
       [](Scene& s) { decode(s, [](Cache& c) { c.pop<Probe>("outer"); }); }},
      {"codec, called by update", reads, all, false, encode_for_update},
      {"function of update", reads, all, false, update},
      {"factory of get_or_set", all, all, false, make},
      {"visitor of for_each_key", all, all, false, visit_keys},
      {"progress of expire", all, all, false, watch_expiry},
      {"key function", all, all, false, write, own_key_function},
      {"head of a key function", all, all, false, list, own_head},
      {"validate_key", all, all, false, write, own_validator},
      {"key_warnings", all, all, false, write, own_warnings},
      {"set_key_warning_handler", all, all, false, warn_process},
      {"on_recovery", all, all, true, recover, {}, told_of_recovery, true},
      {"on_health", all, all, true, fail_disk, {}, told_of_health, true},
      {"visitor of StoreView::for_each", all, all, true, visit_records},
      {"found of StoreView::find", all, all, true, find_record},
      {"clock", earlier, apart, false, write, {}, own_clock},
      {"clock, on a thread of RocksDB",
       Rule::refused,
       Rule::never,
       true,
       compact,
       {},
       own_clock_in_rocksdb,
       true},
      {"logger, of what we say", earlier, apart, true, recover, {}, logs_of_recovery, true},
      {"logger, of what RocksDB says",
       Rule::refused,
       Rule::never,
       true,
       fail_disk,
       {},
       own_logger,
       true},
  };
  return rows;
}

}  // namespace cairn::test
