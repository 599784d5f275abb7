#include "store/directory/file_name.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <system_error>

namespace cairn::store {
namespace fs = std::filesystem;
namespace {

std::string six_digits(std::uint64_t number) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%06llu", static_cast<unsigned long long>(number));
  return text.data();
}

}  // namespace

FileKind kind_of(const fs::path& path) {
  const std::string name = path.filename().native();
  const fs::path extension = path.extension();
  if (extension == table_extension) return FileKind::table;
  if (extension == log_extension) return FileKind::log;
  if (name.starts_with(manifest_prefix)) return FileKind::manifest;
  if (name == current_name) return FileKind::current;
  if (name == "LOCK") return FileKind::lock;
  if (name == "IDENTITY") return FileKind::identity;
  if (name.starts_with("OPTIONS-")) return FileKind::options;
  return FileKind::other;
}

std::optional<std::uint64_t> number_of(const fs::path& path) {
  std::string digits;
  switch (kind_of(path)) {
    case FileKind::table:
    case FileKind::log:
      digits = path.stem().native();
      break;
    case FileKind::manifest:
      digits = path.filename().native().substr(manifest_prefix.size());
      break;
    default:
      return std::nullopt;
  }
  std::uint64_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return number;
}

std::string log_name(std::uint64_t number) {
  return six_digits(number) + std::string(log_extension);
}

std::string manifest_name(std::uint64_t number) {
  return std::string(manifest_prefix) + six_digits(number);
}

}  // namespace cairn::store
