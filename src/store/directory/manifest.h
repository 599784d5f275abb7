// RocksDB's MANIFEST, as far as a power cut may have damaged it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace cairn::store {

/// After a power cut the unsynced end of a MANIFEST may contain arbitrary bytes.  RocksDB refuses
/// to open where a checksum fails; if a record's length points past the end of the file, RocksDB
/// ignores the rest and deletes the tables named there.  Unsynced records had no consequences yet
/// (no log or table is removed before a sync), so the file can be cut there, if nothing that was
/// synced is lost with them.
class ManifestTail {
 public:
  /// Looks at the MANIFEST that CURRENT names.  Throws IoError.
  explicit ManifestTail(const std::filesystem::path& directory);

  /// Whether something that is no record follows at least one that is.
  bool damaged() const { return good_ > 0 && good_ < size_; }
  const std::string& name() const { return name_; }
  /// How many bytes cut() takes away.
  std::uint64_t bytes() const { return size_ - good_; }

  /// Ends the file before the first bad record; the whole is kept beside it, as NAME.damaged.
  /// Throws IoError.
  void cut() const;
  /// Puts the whole back.  Throws IoError.
  void restore() const;

 private:
  std::filesystem::path path() const { return directory_ / name_; }
  std::filesystem::path kept() const { return directory_ / (name_ + ".damaged"); }

  const std::filesystem::path directory_;
  std::string name_;
  std::uint64_t size_ = 0;
  std::uint64_t good_ = 0;
};

/// How much of which MANIFEST has been synced, as one number that only grows (Watermark).
class SyncedManifest {
 public:
  SyncedManifest(std::uint64_t number, std::uint64_t size) : packed_(number << size_bits | size) {}
  explicit SyncedManifest(std::uint64_t packed) : packed_(packed) {}

  std::uint64_t packed() const { return packed_; }
  std::uint64_t size() const { return packed_ & ((1ull << size_bits) - 1); }
  std::string name() const;
  /// Whether it is the one that CURRENT names.
  bool is_current(const std::filesystem::path& directory) const;

  /// The number in a file name; 0 if it is no MANIFEST's.
  static std::uint64_t number_of(const std::filesystem::path& path);

 private:
  static constexpr int size_bits = 32;
  std::uint64_t packed_;
};

inline constexpr const char* manifest_watermark_name = "CAIRN.manifest";

}  // namespace cairn::store
