#include "durability/power/replay.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

namespace cairn::test::durability {
namespace {

namespace fs = std::filesystem;
using Kind = Event::Kind;
using Bytes = Damage::Bytes;

constexpr std::size_t sector = 512;
constexpr const char* watermark_name = "CAIRN.watermark";

std::size_t up_to(std::mt19937_64& random, std::size_t most) {
  return std::uniform_int_distribution<std::size_t>(0, most)(random);
}

// Loses sectors of what was not synced.  A sector that holds synced bytes keeps those.
void lose_sectors(std::string& data, std::size_t synced, Bytes how, std::mt19937_64& random) {
  const std::size_t one_in = std::size_t{1} << up_to(random, 6);
  for (std::size_t start = synced; start < data.size();) {
    const std::size_t end = std::min((start / sector + 1) * sector, data.size());
    if (up_to(random, one_in - 1) == 0) {
      for (std::size_t i = start; i < end; ++i) {
        data[i] = how == Bytes::zeroed ? '\0'
                  : how == Bytes::ones ? '\xff'
                                       : static_cast<char>(random() & 0xff);
      }
    }
    start = end;
  }
}

void write_file(const fs::path& path, const std::string& bytes) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const bool written =
      file >= 0 && ::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
  const int error = errno;
  if (file >= 0) ::close(file);
  if (!written) throw std::system_error(error, std::generic_category(), path);
}

}  // namespace

Damage Damage::model(std::size_t number, std::uint64_t seed) {
  return {static_cast<Bytes>(number % 6), static_cast<Names>(number / 6 % 3), seed};
}

std::string Damage::name() const {
  constexpr std::array of_bytes = {"dropped", "kept", "torn", "zeroed", "garbled", "ones"};
  constexpr std::array of_names = {"dropped", "kept", "prefix"};
  return std::string("bytes ") + of_bytes.at(static_cast<std::size_t>(bytes)) + ", names " +
         of_names.at(static_cast<std::size_t>(names));
}

Files read_files(const fs::path& directory) {
  Files files;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    files.emplace_back(entry.path().filename(),
                       std::string(std::istreambuf_iterator<char>(file), {}));
  }
  return files;
}

void write_files(const fs::path& directory, const Files& files) {
  fs::remove_all(directory);
  fs::create_directory(directory);
  fs::permissions(directory, fs::perms::owner_all);
  for (const auto& [name, bytes] : files) write_file(directory / name, bytes);
}

Disk::Disk(const Files& files) {
  for (const auto& [name, bytes] : files) {
    if (name == watermark_name) {
      watermarks_ = {bytes};
      continue;
    }
    safe_names_[name] = inodes_.size();
    inodes_.push_back({bytes, bytes.size()});
  }
  names_ = safe_names_;
}

void Disk::apply(const Event& event) {
  const auto found = names_.find(event.name);
  Inode* const inode = found == names_.end() ? nullptr : &inodes_[found->second];
  switch (event.kind) {
    case Kind::create:
      inodes_.emplace_back();
      change(event.kind, event.name, {}, inodes_.size() - 1);
      break;
    case Kind::append:
      if (inode == nullptr) break;  // removed while it was open
      inode->data.resize(event.number);
      inode->data += event.bytes;
      inode->synced = std::min<std::size_t>(inode->synced, event.number);
      break;
    case Kind::truncate:
      if (inode == nullptr) break;
      inode->data.resize(event.number);
      inode->synced = std::min<std::size_t>(inode->synced, event.number);
      break;
    case Kind::sync:
      sync(event);
      break;
    case Kind::rename:
    case Kind::link:
    case Kind::remove:
      change(event.kind, event.name, event.bytes, found == names_.end() ? 0 : found->second);
      break;
    case Kind::sync_directory:
      sync_directory(event);
      break;
    case Kind::watermark:
      watermarks_.push_back(event.bytes);
      break;
    default:
      break;
  }
  ++events_;
}

void Disk::change(Kind kind, const std::string& name, const std::string& other, std::size_t inode) {
  pending_.push_back({kind, name, other, inode, events_});
  perform(pending_.back(), names_);
}

void Disk::perform(const Change& change, Names& names) {
  if (change.kind == Kind::create) {
    names[change.name] = change.inode;
  } else if (change.kind == Kind::remove) {
    names.erase(change.name);
  } else {
    if (change.kind == Kind::rename) names.erase(change.name);
    if (!change.other.empty()) names[change.other] = change.inode;
  }
}

void Disk::sync(const Event& event) {
  const auto found = names_.find(event.name);
  if (found == names_.end()) return;
  if (lies_.lost_file_sync != 0 && ++file_syncs_ % lies_.lost_file_sync == 0) return;
  Inode& inode = inodes_[found->second];
  inode.synced = std::max(inode.synced, std::min<std::size_t>(event.number, inode.data.size()));
}

void Disk::sync_directory(const Event& event) {
  if (lies_.lost_directory_syncs) return;
  const auto later = std::find_if(pending_.begin(), pending_.end(),
                                  [&](const Change& each) { return each.event >= event.number; });
  for (auto each = pending_.begin(); each != later; ++each) perform(*each, safe_names_);
  pending_.erase(pending_.begin(), later);
}

// Any value that it ever had may be the one on disk; or the file is not there, empty, or zeros.
std::string Disk::watermark(const Damage& damage, std::mt19937_64& random) const {
  if (damage.none()) return watermarks_.back();
  switch (up_to(random, 3)) {
    case 0:
      return watermarks_[up_to(random, watermarks_.size() - 1)];
    case 1:
      return up_to(random, 1) == 0 ? std::string() : std::string(watermarks_.back().size(), '\0');
    default:
      return watermarks_.back();
  }
}

Files Disk::cut(const Damage& damage) const {
  std::mt19937_64 random(damage.seed);
  Names names = safe_names_;
  std::size_t performed = 0;
  if (damage.names == Damage::Names::kept) performed = pending_.size();
  if (damage.names == Damage::Names::prefix) performed = up_to(random, pending_.size());
  for (std::size_t i = 0; i < performed; ++i) perform(pending_[i], names);

  Files files;
  for (const auto& [name, number] : names) {
    const Inode& inode = inodes_[number];
    std::string data = inode.data;
    if (damage.bytes == Bytes::dropped) {
      data.resize(inode.synced);
    } else if (damage.bytes == Bytes::torn) {
      data.resize(inode.synced + up_to(random, data.size() - inode.synced));
    } else if (damage.bytes != Bytes::kept) {
      lose_sectors(data, inode.synced, damage.bytes, random);
    }
    files.emplace_back(name, std::move(data));
  }
  if (watermarks_.size() == 1 && watermarks_.front().empty()) return files;
  std::string mark = watermark(damage, random);
  if (!mark.empty() || up_to(random, 1) == 0) files.emplace_back(watermark_name, std::move(mark));
  return files;
}

bool Disk::altered(const Files& cut, const std::string& name) const {
  return std::any_of(cut.begin(), cut.end(), [&](const auto& file) {
    if (!file.first.starts_with(name)) return false;
    const Names& names = names_.contains(file.first) ? names_ : safe_names_;
    const auto found = names.find(file.first);
    return found != names.end() && !inodes_[found->second].data.starts_with(file.second);
  });
}

}  // namespace cairn::test::durability
