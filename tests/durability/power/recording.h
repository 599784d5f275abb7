// What happened to a store's directory and what was promised meanwhile, in one order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "durability/power/history.h"

namespace cairn::test::durability {

/// One entry of the list.  `number` means what the kind says.
struct Event {
  enum class Kind : std::uint8_t {
    create,          ///< of a file `name`, empty
    append,          ///< of `bytes` to it at offset `number`
    truncate,        ///< to length `number`
    sync,            ///< of its first `number` bytes
    rename,          ///< to `bytes`
    link,            ///< as `bytes`
    remove,          ///< of the name
    sync_directory,  ///< covers the first `number` events
    watermark,       ///< the side file now holds `bytes`; nobody synced it
    begin,           ///< of call `number`
    acknowledged,    ///< call `number` has returned
  };
  Kind kind = Kind::begin;
  std::uint64_t number = 0;
  std::string name = {};
  std::string bytes = {};
  std::int64_t microseconds = 0;  ///< of the steady clock

  bool changes_disk() const { return kind < Kind::watermark; }
};

/// A whole run: enough to cut the power anywhere in it and to say what must then be there.
struct Recording {
  History history;
  std::vector<Event> events;

  /// After how many events a cut is worth trying: wherever the next one changes the disk, and at
  /// the end, so that each state of the disk meets all that had been promised by then.
  std::vector<std::size_t> cuts() const;
};

void save(const Recording& recording, const std::filesystem::path& file);
Recording load(const std::filesystem::path& file);

}  // namespace cairn::test::durability
