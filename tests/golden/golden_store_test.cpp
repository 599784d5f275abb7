// Stores that earlier builds wrote, one of each format: every build must open them and find
// everything.  README.md says how one is made.
#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "golden/golden_store.h"
#include "store/directory/directory.h"
#include "support/temp_directory.h"

namespace cairn::golden {
namespace {

namespace fs = std::filesystem;

fs::path golden_store(int format) {
  return fs::path(CAIRN_GOLDEN_DIRECTORY) / ("store-" + std::to_string(format));
}

// A version control system keeps neither our permissions nor, perhaps, the right to write.
void copy_as_ours(const fs::path& from, const fs::path& to) {
  fs::create_directory(to);
  fs::permissions(to, fs::perms::owner_all);
  for (const fs::directory_entry& each : fs::directory_iterator(from)) {
    const fs::path file = to / each.path().filename();
    fs::copy_file(each.path(), file);
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  }
}

class GoldenStore : public testing::TestWithParam<int> {};

TEST_P(GoldenStore, IsReadWhole) {
  const fs::path golden = golden_store(GetParam());
  ASSERT_TRUE(fs::exists(golden / "CAIRN"))
      << golden << " is missing; see tests/golden/README.md about making a new one";
  const test::TempDirectory directory;
  copy_as_ours(golden, directory / "store");
  check_store(directory / "store");
}

TEST_P(GoldenStore, IsSmall) {
  std::uintmax_t bytes = 0;
  for (const fs::directory_entry& each : fs::directory_iterator(golden_store(GetParam()))) {
    bytes += each.file_size();
  }
  EXPECT_GT(bytes, 0u);
  EXPECT_LT(bytes, 100'000u);
}

INSTANTIATE_TEST_SUITE_P(Formats, GoldenStore, testing::Range(1, store::store_format + 1));

TEST(GoldenStore, OneThatThisBuildWritesIsReadWhole) {
  const test::TempDirectory directory;
  write_store(directory / "store");
  const fs::path golden = golden_store(store::store_format);
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    fs::remove_all(golden);
    copy_as_ours(directory / "store", golden);
    for (const char* lock : {"LOCK", store::lock_name}) fs::remove(golden / lock);
  }
  check_store(directory / "store");
}

}  // namespace
}  // namespace cairn::golden
