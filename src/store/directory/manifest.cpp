#include "store/directory/manifest.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <memory>
#include <string_view>

#include "bytes/little_endian.h"
#include "store/directory/crc32c.h"
#include "store/directory/file_name.h"
#include "store/directory/files.h"
#include "store/directory/record_file.h"

namespace cairn::store {
namespace fs = std::filesystem;
namespace {

enum Type : unsigned char { none = 0, whole = 1, first = 2, middle = 3, last = 4 };

unsigned char byte(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

// CRC-32C of type and content, masked as RocksDB does.
std::uint32_t expected_checksum(std::string_view typed) {
  const auto generator = new_crc32c();
  generator->Update(typed.data(), typed.size());
  generator->Finalize();
  const std::string sum = generator->GetChecksum();  // big-endian
  const std::uint32_t crc = std::uint32_t{byte(sum, 0)} << 24 | std::uint32_t{byte(sum, 1)} << 16 |
                            std::uint32_t{byte(sum, 2)} << 8 | byte(sum, 3);
  return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

// The length of the part that consists of whole records.
std::size_t sound_length(std::string_view text) {
  std::size_t sound = 0;
  std::size_t at = 0;
  bool inside = false;
  while (at + header_size <= text.size()) {
    const std::size_t left = block_size - at % block_size;
    if (left < header_size) {
      at += left;
      continue;
    }
    const std::size_t length = load_little_endian<2>(text.data() + at + 4);
    const auto type = static_cast<Type>(byte(text, at + 6));
    if (header_size + length > std::min(left, text.size() - at)) break;
    if (load_little_endian<4>(text.data() + at) !=
        expected_checksum(text.substr(at + 6, 1 + length)))
      break;
    const bool begins = type == whole || type == first;
    const bool continues = type == middle || type == last;
    if (inside ? !continues : !begins) break;
    at += header_size + length;
    inside = type == first || type == middle;
    if (!inside) sound = at;
  }
  return sound;
}

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(path, "read", errno);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The name in CURRENT.
std::string current_manifest(const fs::path& directory) {
  std::string current = read(directory / current_name);
  while (!current.empty() && current.back() == '\n') current.pop_back();
  return current;
}

}  // namespace

ManifestTail::ManifestTail(const fs::path& directory) : directory_(directory) {
  const std::string current = current_manifest(directory);
  if (kind_of(current) != FileKind::manifest || current.find('/') != std::string::npos) return;
  name_ = current;
  const std::string text = read(path());
  size_ = text.size();
  good_ = sound_length(text);
  // Space that was reserved.
  const auto rest = text.begin() + static_cast<std::ptrdiff_t>(good_);
  if (std::all_of(rest, text.end(), [](char each) { return each == 0; })) good_ = size_;
}

void ManifestTail::cut() const {
  const std::string text = read(path());
  replace_file(kept(), text);
  replace_file(path(), std::string_view(text).substr(0, good_));
}

void ManifestTail::restore() const {
  if (::rename(kept().c_str(), path().c_str()) != 0) fail(path(), "restore", errno);
  sync_directory(directory_);
}

std::string SyncedManifest::name() const { return manifest_name(packed_ >> size_bits); }

bool SyncedManifest::is_current(const fs::path& directory) const {
  return current_manifest(directory) == name();
}

std::uint64_t SyncedManifest::number_of(const fs::path& path) {
  return kind_of(path) == FileKind::manifest ? store::number_of(path).value_or(0) : 0;
}

}  // namespace cairn::store
