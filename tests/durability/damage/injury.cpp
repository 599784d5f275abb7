#include "durability/damage/injury.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace cairn::test::durability {
namespace fs = std::filesystem;
namespace {

std::size_t sectors(const std::string& bytes) {
  return (bytes.size() + Injury::sector - 1) / Injury::sector;
}

bool blank(const std::string& bytes, std::size_t sector) {
  const std::string part = bytes.substr(sector * Injury::sector, Injury::sector);
  return std::all_of(part.begin(), part.end(), [](char byte) { return byte == '\0'; });
}

}  // namespace

StoreFiles read_files(const fs::path& directory) {
  StoreFiles files;
  for (const fs::directory_entry& each : fs::directory_iterator(directory)) {
    std::ostringstream bytes;
    std::ifstream file(each.path(), std::ios::binary);
    if (each.file_size() > 0) bytes << file.rdbuf();
    files[each.path().filename().native()] = bytes.str();
  }
  return files;
}

void write_files(const fs::path& directory, const StoreFiles& files) {
  fs::create_directories(directory);
  fs::permissions(directory, fs::perms::owner_all);
  for (const fs::directory_entry& each : fs::directory_iterator(directory)) fs::remove(each.path());
  for (const auto& [name, bytes] : files) {
    std::ofstream(directory / name, std::ios::binary) << bytes;
  }
}

std::string Injury::name() const {
  switch (kind) {
    case Kind::deleted:
      return file + " deleted";
    case Kind::zeroed:
      return file + ": sector " + std::to_string(at) + " zeroed";
    case Kind::truncated:
      return file + " truncated to " + std::to_string(at) + " bytes";
    case Kind::flipped:
      return file + ": bit " + std::to_string(at % 8) + " of byte " + std::to_string(at / 8) +
             " flipped";
  }
  return {};
}

void Injury::apply(StoreFiles& files) const {
  std::string& bytes = files.at(file);
  switch (kind) {
    case Kind::deleted:
      files.erase(file);
      break;
    case Kind::zeroed:
      bytes.replace(at * sector, sector, std::min(sector, bytes.size() - at * sector), '\0');
      break;
    case Kind::truncated:
      bytes.resize(at);
      break;
    case Kind::flipped:
      bytes[at / 8] = static_cast<char>(bytes[at / 8] ^ (1 << (at % 8)));
      break;
  }
}

std::vector<Injury> injuries(const StoreFiles& files) {
  using Kind = Injury::Kind;
  std::vector<Injury> all;
  for (const auto& [name, bytes] : files) all.push_back({Kind::deleted, name});
  for (const auto& [name, bytes] : files) {
    for (std::size_t i = 0; i < sectors(bytes); ++i) {
      if (!blank(bytes, i)) all.push_back({Kind::zeroed, name, i});
    }
  }
  for (const auto& [name, bytes] : files) {
    for (std::size_t i = 0; i < bytes.size(); ++i) all.push_back({Kind::truncated, name, i});
  }
  for (const auto& [name, bytes] : files) {
    for (std::size_t i = 0; i < bytes.size() * 8; ++i) all.push_back({Kind::flipped, name, i});
  }
  return all;
}

std::string kind_of_file(const std::string& name) {
  if (name.ends_with(".sst")) return "SST";
  if (name.ends_with(".log")) return "log";
  return name.substr(0, name.find('-'));
}

}  // namespace cairn::test::durability
