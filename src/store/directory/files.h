// The few files that the store writes itself, beside RocksDB's.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace cairn::store {

/// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

/// Throws IoError, code no_space or io: "write '/var/cache/app/CAIRN': Disk quota exceeded".
[[noreturn]] void fail(const std::filesystem::path& path, const std::string& doing, int error);

/// Makes the content of a file durable.  Throws IoError.
void sync_file(const std::filesystem::path& path);

/// Makes the entries of a directory durable.  Throws IoError.
void sync_directory(const std::filesystem::path& path);

/// Puts a file with that text in its place, wholly or not at all, durably.  Throws IoError; a crash
/// may leave a file whose name ends in ".new".
void replace_file(const std::filesystem::path& path, std::string_view text);

}  // namespace cairn::store
