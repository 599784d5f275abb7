// A file system that notes everything that changes one directory.
#pragma once

#include <rocksdb/env.h>

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "durability/power/recording.h"

namespace cairn::test::durability {

/// The list that is being written, by the file system and by whoever calls the cache.  Safe for
/// threads.  An operation is noted when it has been done, and a sync with what was there when it
/// began: what came meanwhile may have missed it.
class Recorder {
 public:
  /// A directory that need not exist yet.
  explicit Recorder(std::filesystem::path directory);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// For a store::HookedDirectory.
  rocksdb::Env& env() const { return *env_; }

  void add(Event event);
  void begin(std::size_t call) { add({Event::Kind::begin, call}); }
  void acknowledge(std::size_t call) { add({Event::Kind::acknowledged, call}); }
  /// How many events there are.
  std::size_t size() const;
  /// The list, when all is over.
  std::vector<Event> take();

  /// The name of a file in the directory; empty for any other file.
  std::string inside(const std::string& path) const;
  bool is_directory(const std::string& path) const;

 private:
  void note(Event event);
  void note_own_files();
  void note_written(const std::string& name, const std::string& before);

  const std::filesystem::path directory_;
  std::unique_ptr<rocksdb::Env> env_;

  mutable std::mutex mutex_;
  std::vector<Event> events_;
  std::string watermark_;
  bool marked_;
  bool sealed_;
};

}  // namespace cairn::test::durability
