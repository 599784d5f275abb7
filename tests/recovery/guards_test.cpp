// The files that stand guard beside RocksDB's.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <cairn/error.h>
#include "recovery/stores.h"
#include "store/directory/seal.h"
#include "store/directory/watermark.h"

namespace cairn::store {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

void write_file(const fs::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

TEST(Watermarks, RiseAndAreFoundAgain) {
  const test::TempDirectory directory;
  {
    Watermark mark(directory.path());
    EXPECT_EQ(mark.sequence(), 0u);
    EXPECT_FALSE(mark.unreadable());
    mark.raise(7);
    mark.raise(5);
    EXPECT_EQ(mark.sequence(), 7u);
  }
  {
    Watermark mark(directory.path());
    EXPECT_EQ(mark.sequence(), 7u);
    mark.reset(3);
  }
  EXPECT_EQ(Watermark(directory.path()).sequence(), 3u);
}

TEST(Watermarks, HoldTheLargestSequence) {
  const test::TempDirectory directory;
  const std::uint64_t largest = (1ull << 56) - 1;
  Watermark(directory.path()).raise(largest);
  EXPECT_EQ(Watermark(directory.path()).sequence(), largest);
}

TEST(Watermarks, SurviveEveryFlippedBit) {
  const test::TempDirectory directory;
  Watermark(directory.path()).raise(123'456'789);
  const fs::path file = directory / watermark_name;
  ASSERT_EQ(fs::file_size(file), 16u);
  for (int bit = 0; bit < 128; ++bit) {
    test::flip_bit(file, static_cast<std::uintmax_t>(bit / 8), bit % 8);
    const Watermark mark(directory.path());
    EXPECT_EQ(mark.sequence(), 123'456'789u) << "bit " << bit;
    test::flip_bit(file, static_cast<std::uintmax_t>(bit / 8), bit % 8);
  }
}

TEST(Watermarks, AreUnknownWhereTheFileIsShortOrBlankAndDamagedWhereItIsNeither) {
  const test::TempDirectory directory;
  const fs::path file = directory / watermark_name;
  write_file(file, std::string(16, '\0'));
  EXPECT_EQ(Watermark(directory.path()).sequence(), 0u);
  EXPECT_FALSE(Watermark(directory.path()).unreadable()) << "zeros are what a power cut leaves";
  write_file(file, "sixteen letters!");
  EXPECT_EQ(Watermark(directory.path()).sequence(), 0u);
  EXPECT_TRUE(Watermark(directory.path()).unreadable());
}

class Seals : public testing::Test {
 protected:
  Seals() {
    write_file(path / "CURRENT", "MANIFEST-000005\n");
    write_file(path / "MANIFEST-000005", "story");
    write_file(path / "000009.sst", "table");
    write_file(path / "000010.log", "");
    write_file(path / "OPTIONS-000007", "not sealed");
    write_seal(path);
  }

  const test::TempDirectory directory;
  const fs::path path = directory.path();
};

TEST_F(Seals, FitWhatTheyWereMadeFor) {
  const Seal seal = inspect_seal(path);
  EXPECT_TRUE(seal.present);
  EXPECT_TRUE(seal.readable);
  EXPECT_THAT(seal.differences, IsEmpty());
  write_file(path / "OPTIONS-000007", "changed");
  write_file(path / "000011.log", "of nobody");
  EXPECT_THAT(inspect_seal(path).differences, IsEmpty());
}

TEST_F(Seals, NameWhatIsNotAsItWas) {
  write_file(path / "CURRENT", "MANIFEST-000006\n");
  write_file(path / "MANIFEST-000005", "stor");
  fs::remove(path / "000009.sst");
  EXPECT_THAT(inspect_seal(path).differences,
              ElementsAre("000009.sst is missing", "CURRENT has changed since the store was closed",
                          "MANIFEST-000005 has 4 bytes, and had 5 when the store was closed"));
}

TEST_F(Seals, AreReadWhollyOrNotAtAll) {
  const fs::path file = path / seal_name;
  const std::uintmax_t size = fs::file_size(file);
  for (std::uintmax_t offset = 0; offset < size; ++offset) {
    for (int bit = 0; bit < 8; ++bit) {
      test::flip_bit(file, offset, bit);
      EXPECT_FALSE(inspect_seal(path).readable) << "byte " << offset << " bit " << bit;
      test::flip_bit(file, offset, bit);
    }
  }
  ASSERT_TRUE(inspect_seal(path).readable);
  fs::resize_file(file, size - 1);
  EXPECT_FALSE(inspect_seal(path).readable);
}

TEST_F(Seals, AreBrokenOnce) {
  break_seal(path);
  EXPECT_FALSE(inspect_seal(path).present);
  EXPECT_NO_THROW(break_seal(path));
}

TEST_F(Seals, ThatAreNoFilesAreNoSeals) {
  fs::remove(path / seal_name);
  fs::create_directory(path / seal_name);
  EXPECT_TRUE(inspect_seal(path).present);
  EXPECT_FALSE(inspect_seal(path).readable);
  EXPECT_THROW(break_seal(path), IoError);
}

}  // namespace
}  // namespace cairn::store
