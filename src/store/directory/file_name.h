// The names of RocksDB's files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace cairn::store {

/// The use of a file in RocksDB's directory.
enum class FileKind {
  table,     ///< 000012.sst
  log,       ///< 000012.log: a write-ahead log
  manifest,  ///< MANIFEST-000012: the list of tables
  current,   ///< CURRENT: the name of the MANIFEST in use
  lock,      ///< LOCK
  identity,  ///< IDENTITY
  options,   ///< OPTIONS-000012
  other,
};

inline constexpr std::string_view table_extension = ".sst";
inline constexpr std::string_view log_extension = ".log";
inline constexpr std::string_view manifest_prefix = "MANIFEST-";
inline constexpr const char* current_name = "CURRENT";

/// By the form of its name; whether there is a number in it does not matter.
FileKind kind_of(const std::filesystem::path& path);

/// The number in the name of a table, a log or a MANIFEST; empty if it is not in RocksDB's form.
std::optional<std::uint64_t> number_of(const std::filesystem::path& path);

std::string log_name(std::uint64_t number);
std::string manifest_name(std::uint64_t number);

}  // namespace cairn::store
