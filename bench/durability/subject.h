// What is measured: Cairn, raw RocksDB at the same settings, and what the disk can do at all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "durability/cell.h"

namespace bench {

using Batch = std::vector<std::pair<std::string_view, std::string_view>>;

/// A store of one level.  Safe for use by several threads.
class Subject {
 public:
  virtual ~Subject() = default;
  Subject() = default;
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  virtual void set(const std::string& key, const std::string& value) = 0;
  virtual void set_many(const Batch& batch) = 0;
  /// Adds one to a counter that make_counters made, atomically.
  virtual void incr(const std::string& key) = 0;
  virtual void make_counters(const std::vector<std::string>& keys) = 0;
  /// Syncs the log, if there is one, so that the round of another subject does not pay for it.
  virtual void settle() = 0;
};

std::unique_ptr<Subject> open_cairn(const std::filesystem::path& directory,
                                    cairn::Durability level);

enum class Syncs { as_level, none };
/// The log as the level has it: none at clean_close; synced by a thread each second at interval,
/// unless `syncs` is none; by each write at power_loss.  incr is Get and Put under one of 1024
/// locks by the key's hash.
std::unique_ptr<Subject> open_raw(const std::filesystem::path& directory, cairn::Durability level,
                                  Syncs syncs = Syncs::as_level);

/// Appends of `bytes` each to a file of its own, `group` of them for each fdatasync.
class AppendLog {
 public:
  AppendLog(const std::filesystem::path& directory, std::size_t bytes, int group);
  ~AppendLog();
  AppendLog(const AppendLog&) = delete;
  AppendLog& operator=(const AppendLog&) = delete;

  void append_group();

 private:
  void begin_anew();

  std::filesystem::path path_;
  std::string record_;
  int group_;
  int file_;
  std::size_t written_ = 0;
};

}  // namespace bench
