// A disk that is cut off: what a recorded run may have left of a directory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "durability/power/recording.h"

namespace cairn::test::durability {

/// What becomes of that which nobody had synced.
struct Damage {
  enum class Bytes : std::uint8_t {
    dropped,
    kept,
    torn,     ///< each file ends somewhere in them
    zeroed,   ///< some sectors of 512 bytes never came, and read as zeros
    garbled,  ///< as random bytes
    ones,     ///< as 0xff
  };
  enum class Names : std::uint8_t { dropped, kept, prefix };

  Bytes bytes = Bytes::dropped;
  Names names = Names::dropped;
  std::uint64_t seed = 0;  ///< of what is left to chance

  static constexpr std::size_t models = 18;
  static Damage model(std::size_t number, std::uint64_t seed);
  /// Whether this is what a killed process leaves: everything.
  bool none() const { return bytes == Bytes::kept && names == Names::kept; }
  std::string name() const;
};

using Files = std::vector<std::pair<std::string, std::string>>;

/// The files of a directory.
Files read_files(const std::filesystem::path& directory);
/// Makes the directory hold these files and no others.
void write_files(const std::filesystem::path& directory, const Files& files);

/// The directory, as far as its events have been applied.
class Disk {
 public:
  /// What a disk may say falsely, for negative controls.
  struct Lies {
    std::size_t lost_file_sync = 0;  ///< every so many-th does nothing; 0: none
    bool lost_directory_syncs = false;
  };

  Disk() = default;
  explicit Disk(const Lies& lies) : lies_(lies) {}
  /// Begins with files that are safe.
  explicit Disk(const Files& files);

  /// The next event of the recording.
  void apply(const Event& event);
  /// What is there after the power was cut now.
  Files cut(const Damage& damage) const;
  /// Whether a file whose name begins so is other than what was written, or its beginning.
  bool altered(const Files& cut, const std::string& name) const;

 private:
  struct Inode {
    std::string data;
    std::size_t synced = 0;
  };
  using Names = std::map<std::string, std::size_t>;
  struct Change {
    Event::Kind kind;
    std::string name;
    std::string other;
    std::size_t inode;
    std::size_t event;
  };

  void change(Event::Kind kind, const std::string& name, const std::string& other,
              std::size_t inode);
  void sync(const Event& event);
  void sync_directory(const Event& event);
  std::string watermark(const Damage& damage, std::mt19937_64& random) const;
  static void perform(const Change& change, Names& names);

  Lies lies_;
  std::size_t file_syncs_ = 0;
  std::size_t events_ = 0;
  std::vector<Inode> inodes_;
  Names names_;                              // as the process sees them
  Names safe_names_;                         // as they are on disk
  std::vector<Change> pending_;              // from the one to the other
  std::vector<std::string> watermarks_{{}};  // all that the side file ever held
};

}  // namespace cairn::test::durability
