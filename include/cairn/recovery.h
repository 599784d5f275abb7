// The report of an opening: what a crash has cost, and what is done about damage.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace cairn {

/// The treatment, by an opening, of a store that has lost or changed data that was safe on disk.  A
/// store that cannot be opened for another reason (another process has it, no permission, no space,
/// a newer format) is never touched.
enum class OnDamage {
  refuse,     ///< throw Corruption, which names the file and the remedy; the files are left as they
              ///< are
  keep_rest,  ///< go on with what is left, and report; refuse if nothing can be read
  start_empty,  ///< rename the directory to NAME.damaged-TIME and begin with an empty one.  Of the
                ///< directories set aside the newest is kept.
};

/// How the last owner had left a store.
enum class LeftBy {
  nobody,  ///< it is new
  close,   ///< closed in order
  crash,   ///< the process or the machine ended, or the disk failed, before it was closed
};

/// The report of one opening of a store.
struct RecoveryReport {
  /// How the last owner had left it.
  LeftBy left_by = LeftBy::nobody;
  /// One sentence for each loss or damage, naming the file.  Empty: nothing that is known.  After a
  /// crash this includes the end of a log that was never synced, which the
  /// durability level may allow to be lost.
  std::vector<std::string> findings;
  /// Writes that had been synced and are gone (a set_many of three keys counts three).  More than
  /// that may be lost where findings say so.
  std::uint64_t lost_writes = 0;
  /// Bytes of the log that could not be read back.
  std::uint64_t dropped_log_bytes = 0;
  /// Where a damaged directory was moved (OnDamage::start_empty); empty: nowhere.
  std::filesystem::path set_aside;
  /// How long opening took.
  std::chrono::milliseconds took{0};
};

}  // namespace cairn
