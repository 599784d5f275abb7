#include "store/directory/seal.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>

#include <cairn/error.h>
#include "store/directory/crc32c.h"
#include "store/directory/file_name.h"
#include "store/directory/files.h"
#include "store/directory/manifest.h"

namespace cairn::store {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view heading = "cairn seal 1";

// RocksDB's own CRC-32C.
class Checksum {
 public:
  void update(const char* bytes, std::size_t size) { generator_->Update(bytes, size); }
  std::string hex() {
    generator_->Finalize();
    return rocksdb::Slice(generator_->GetChecksum()).ToString(true);
  }

 private:
  std::unique_ptr<rocksdb::FileChecksumGenerator> generator_ = new_crc32c();
};

std::string checksum(std::string_view bytes) {
  Checksum sum;
  sum.update(bytes.data(), bytes.size());
  return sum.hex();
}

std::string checksum_of_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(path, "read", errno);
  Checksum sum;
  std::array<char, 65536> buffer;
  while (file.read(buffer.data(), buffer.size()) || file.gcount() > 0) {
    sum.update(buffer.data(), static_cast<std::size_t>(file.gcount()));
  }
  // A file that cannot be read need not have changed.
  if (!file.eof()) fail(path, "read", errno);
  return sum.hex();
}

// The others protect themselves: the blocks of a table have checksums, and a log that ends early
// is noticed by the watermark.
bool needs_checksum(const std::string& name) {
  return kind_of(name) == FileKind::current || SyncedManifest::number_of(name) > 0;
}

bool sealed(const fs::path& path) {
  const FileKind kind = kind_of(path);
  return needs_checksum(path.filename().native()) || kind == FileKind::table ||
         kind == FileKind::log;
}

struct Entry {
  std::string name;
  std::uint64_t size = 0;
  std::string checksum;  // "-" where there is none
};

std::string text_of(const std::vector<Entry>& entries) {
  // Without streams: they write and read numbers as the program's locale has them.
  std::string text = std::string(heading) + "\n";
  for (const Entry& each : entries) {
    text += each.name + " " + std::to_string(each.size) + " " + each.checksum + "\n";
  }
  return text;
}

std::vector<Entry> list(const fs::path& directory) {
  std::vector<Entry> entries;
  for (const fs::directory_entry& each : fs::directory_iterator(directory)) {
    if (!sealed(each.path())) continue;
    const std::string name = each.path().filename().native();
    entries.push_back({.name = name,
                       .size = each.file_size(),
                       .checksum = needs_checksum(name) ? checksum_of_file(each.path()) : "-"});
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.name < b.name; });
  return entries;
}

std::optional<Entry> parse_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t second = line.find(' ', first + 1);
  if (first == line.npos || second == line.npos) return std::nullopt;
  Entry entry{.name = std::string(line.substr(0, first)),
              .size = 0,
              .checksum = std::string(line.substr(second + 1))};
  const char* const end = line.data() + second;
  const auto parsed = std::from_chars(line.data() + first + 1, end, entry.size);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return entry;
}

// Empty: the text is not a seal.
std::optional<std::vector<Entry>> parse(const std::string& text) {
  const std::size_t last = text.rfind("seal ");
  if (last == std::string::npos || !text.starts_with(heading)) return std::nullopt;
  const std::string body = text.substr(0, last);
  if (body.size() <= heading.size()) return std::nullopt;
  if (text.substr(last) != "seal " + checksum(body) + "\n") return std::nullopt;
  std::vector<Entry> entries;
  std::string_view lines = std::string_view(body).substr(heading.size() + 1);
  while (!lines.empty()) {
    std::optional<Entry> entry = parse_line(lines.substr(0, lines.find('\n')));
    if (!entry) return std::nullopt;
    entries.push_back(*std::move(entry));
    lines.remove_prefix(std::min(lines.size(), lines.find('\n') + 1));
  }
  return entries;
}

std::string difference(const fs::path& directory, const Entry& expected) {
  const fs::path path = directory / expected.name;
  std::error_code error;
  const std::uint64_t size = fs::file_size(path, error);
  if (error == std::errc::no_such_file_or_directory) return expected.name + " is missing";
  if (error) fail(path, "read", error.value());
  if (size != expected.size) {
    return expected.name + " has " + std::to_string(size) + " bytes, and had " +
           std::to_string(expected.size) + " when the store was closed";
  }
  if (needs_checksum(expected.name) && checksum_of_file(path) != expected.checksum) {
    return expected.name + " has changed since the store was closed";
  }
  return {};
}

}  // namespace

Seal inspect_seal(const fs::path& directory) {
  const fs::path path = directory / seal_name;
  std::error_code error;
  if (!fs::exists(fs::symlink_status(path, error))) return {};
  Seal seal{.present = true, .readable = true, .differences = {}};
  std::string text;
  if (fs::is_regular_file(path, error)) {
    std::ifstream file(path, std::ios::binary);
    text.assign(std::istreambuf_iterator<char>(file), {});
  }
  const auto entries = parse(text);
  if (!entries) {
    seal.readable = false;
    return seal;
  }
  for (const Entry& each : *entries) {
    std::string found = difference(directory, each);
    if (!found.empty()) seal.differences.push_back(std::move(found));
  }
  return seal;
}

void break_seal(const fs::path& directory) {
  const fs::path path = directory / seal_name;
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) fail(path, "remove", errno);
  sync_directory(directory);
}

void write_seal(const fs::path& directory) try {
  const std::string body = text_of(list(directory));
  replace_file(directory / seal_name, body + "seal " + checksum(body) + "\n");
} catch (const fs::filesystem_error& error) {
  throw IoError("seal " + quote(directory.native()) + ": " + error.code().message());
}

}  // namespace cairn::store
