// What hot operations are compared on: Cairn, RocksDB alone, LMDB, maps in memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// One place for values.  Safe for threads, but for open and fill.
class Subject {
 public:
  virtual ~Subject() = default;
  virtual void set(std::string_view key, std::string_view value) = 0;
  /// False on a miss.  `value` has room from the call before, and is the caller's own.
  virtual bool get(std::string_view key, std::string& value) = 0;
  /// How many were found.
  virtual std::size_t get_many(std::span<const std::string> keys) = 0;
  virtual std::int64_t incr(std::string_view key) = 0;
  virtual void set_number(std::string_view key, std::int64_t number) = 0;
  virtual bool add(std::string_view key, std::string_view value) = 0;
  /// After the filling: what is stored is brought into the form in which it is read.
  virtual void settle() {}
};

struct SubjectKind {
  std::string name;
  std::unique_ptr<Subject> (*open)(const std::filesystem::path& directory);
};
/// Those that this machine can build; raw RocksDB, which ratios are of, first.
const std::vector<SubjectKind>& subject_kinds();

}  // namespace bench
