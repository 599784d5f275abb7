// What came of a damaged store.
#pragma once

#include <filesystem>
#include <string>

#include "durability/damage/contents.h"
#include "durability/damage/injury.h"

namespace cairn::test::durability {

enum class Verdict {
  harmless,   ///< everything is there, and nothing was said
  reported,   ///< an error that names a file or a key, a finding, or a count of what is unreadable
  vague,      ///< Corruption or IoError, or another error that names the store, but no file or key
  shortened,  ///< not a word, and the end of what was never synced is gone: a store that was killed
              ///< a moment earlier looks the same
  untyped,    ///< any other exception
  silent,     ///< something is gone, or old, and nobody said so
  wrong,      ///< a value that its key never held, or a key that never was
};
inline constexpr std::size_t verdicts = 7;

struct Finding {
  Verdict verdict;
  std::string words;  ///< what was said or seen
};

/// How closely to listen.
enum class Ear { open, deaf };

/// Fills a directory with the script, and leaves it closed in order.
void make_closed(const std::filesystem::path& directory);
/// The same, left by a SIGKILL while it was open.
void make_killed(const std::filesystem::path& directory);

/// Opens the store with OnDamage::refuse, reads all of it and closes it.  A deaf ear takes what is
/// said for nothing: a control.
Finding examine(const std::filesystem::path& directory, const Oracle& oracle,
                const StoreFiles& files, Ear ear = Ear::open);

}  // namespace cairn::test::durability
