// Putting records into a store as they were in another: what `cairn load` is made of.
//
// Cache::set stamps what it stores with the time and an expiry of its own.  A StoreWriter writes
// whole records, header and all, under final keys, and never looks into a payload: with a StoreView
// at the other end it copies a store, or brings one back from a file.
//
//   cairn::StoreView from("old.cache");
//   cairn::StoreWriter to("new.cache");
//   for (const std::string& family : from.families()) {
//     from.for_each(family, {}, [&](const cairn::RecordInfo& record) {
//       if (record.state == cairn::RecordState::live) to.write(cairn::RawRecord(record));
//       return true;
//     });
//   }
//   to.close();
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <cairn/codec.h>
#include <cairn/inspect.h>
#include <cairn/options.h>

namespace cairn {

/// A record as it is to lie in a store.
struct RawRecord {
  using Time = RecordInfo::Time;

  std::string family =
      "default";         ///< the column family: the alias, unless the cache says otherwise
  std::string key = {};  ///< the final key
  ValueKind kind = ValueKind::null;
  Time written_at = {};
  std::optional<Time> expires_at = {};  ///< empty: never
  std::string payload = {};             ///< as ValueKind says; checked, but never decoded

  RawRecord() = default;
  /// A copy of a readable record.
  explicit RawRecord(const RecordInfo& record);
};

/// Throws InvalidOption, InvalidKey or an Error with code value_too_large unless a store can hold
/// the record: its column family has a usable name, its key is not too long, its times can be
/// written down and its payload has the size that its kind demands.
void check_record(const RawRecord& record);

/// A store that is open for writing whole records.  Not for sharing by threads.
class StoreWriter {
 public:
  /// Opens the store, or makes it if the directory is empty or not there, and locks it.  Throws
  /// what opening a cache throws (see Caches); IoError with code locked also if this process has
  /// it open.  `clock` is not used: records keep the times they come with.
  explicit StoreWriter(const std::filesystem::path& directory, StoreOptions options = {});
  StoreWriter(StoreWriter&&) noexcept;
  StoreWriter& operator=(StoreWriter&&) noexcept;
  /// Closes, ignoring failures; call close() to learn of them.
  ~StoreWriter();

  /// Writes records over whatever is at their keys; of two with one key the later one stays.  What
  /// goes into one column family is written whole or, in a crash, not at all.  Throws what
  /// check_record() throws, nothing being written then, or IoError.
  ///
  /// Expired records are written like all others.  They are out of sight as ever, and the first
  /// compaction after a cache has opened the store takes them away.
  void write(std::span<const RawRecord> records);
  void write(const RawRecord& record) { write(std::span(&record, 1)); }

  /// Makes the records written survive a power cut, and releases the store.  Nothing can be written
  /// then; closing again does nothing.
  void close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cairn
