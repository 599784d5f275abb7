// What the tests of opening share.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>

#include <cairn/caches.h>
#include "support/process.h"
#include "support/temp_directory.h"

namespace cairn::test {

namespace fs = std::filesystem;

inline unsigned mode(const fs::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777u : 0;
}

inline void write_file(const fs::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

inline std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Every file below a directory with its bytes and mode.
inline std::map<std::string, std::string> picture(const fs::path& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    std::string& content = files[entry.path().native()];
    content = std::to_string(mode(entry.path())) + " ";
    if (fs::is_regular_file(entry.symlink_status())) content += read_file(entry.path());
  }
  return files;
}

/// The error that opening gives; fails the test if it gives none.
struct Refusal {
  ErrorCode code;
  std::string message;
};
inline std::optional<Refusal> refusal(const fs::path& location, const CacheOptions& options = {},
                                      const StoreOptions& store = {}) {
  try {
    Cache::open(location, options, store);
    ADD_FAILURE() << "opened " << location;
    return std::nullopt;
  } catch (const Error& error) {
    return Refusal{error.code(), error.what()};
  }
}

/// That opening is refused with this code by a message which says this.
inline void expect_refused(const fs::path& location, ErrorCode code, const std::string& says,
                           const StoreOptions& store = {}) {
  const auto refused = refusal(location, {}, store);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, code) << refused->message;
  EXPECT_THAT(refused->message, testing::HasSubstr(says));
}

}  // namespace cairn::test
