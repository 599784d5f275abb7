// What hot operations are compared on: Cairn, RocksDB alone, LMDB, maps in memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "user.h"

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
  /// Throws if there is none.
  virtual std::int64_t get_number(std::string_view key);
  virtual bool add(std::string_view key, std::string_view value) = 0;
  /// Lets a value live longer: where nothing has an expiry, reads it and writes it again.
  virtual bool touch(std::string_view key) = 0;
  /// By Boost's stock archive where values are but bytes.
  virtual void set_user(std::string_view key, const User& user);
  /// Throws if there is none.
  virtual User get_user(std::string_view key);
  /// After the filling: what is stored is brought into the form in which it is read.
  virtual void settle() {}
};

struct SubjectKind {
  std::string name;
  /// With so many bytes of memory for what is to be bounded.
  std::unique_ptr<Subject> (*open)(const std::filesystem::path& directory, std::size_t memory);
};
/// Those that this machine can build; raw RocksDB, which ratios are of, first.
const std::vector<SubjectKind>& subject_kinds();

}  // namespace bench
