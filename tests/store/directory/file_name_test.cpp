// RocksDB's files by their names.
#include "store/directory/file_name.h"

#include <gtest/gtest.h>

namespace cairn::store {
namespace {

TEST(FileName, SaysWhatAFileIs) {
  EXPECT_EQ(kind_of("/cache/000012.sst"), FileKind::table);
  EXPECT_EQ(kind_of("/cache/000012.log"), FileKind::log);
  EXPECT_EQ(kind_of("/cache/MANIFEST-000012"), FileKind::manifest);
  EXPECT_EQ(kind_of("CURRENT"), FileKind::current);
  EXPECT_EQ(kind_of("LOCK"), FileKind::lock);
  EXPECT_EQ(kind_of("IDENTITY"), FileKind::identity);
  EXPECT_EQ(kind_of("OPTIONS-000012"), FileKind::options);
  EXPECT_EQ(kind_of("CAIRN.watermark"), FileKind::other);
  EXPECT_EQ(kind_of("CURRENT.dbtmp"), FileKind::other);
}

TEST(FileName, HasANumberOnlyInRocksDBsForm) {
  EXPECT_EQ(number_of("/cache/000012.sst"), 12u);
  EXPECT_EQ(number_of("1234567.log"), 1234567u);
  EXPECT_EQ(number_of("MANIFEST-000005"), 5u);
  EXPECT_EQ(number_of("12x.log"), std::nullopt);
  EXPECT_EQ(number_of("x12.log"), std::nullopt);
  EXPECT_EQ(number_of("MANIFEST-"), std::nullopt);
  EXPECT_EQ(number_of("MANIFEST-5.damaged"), std::nullopt);
  EXPECT_EQ(number_of("OPTIONS-000012"), std::nullopt);
  EXPECT_EQ(number_of("99999999999999999999.log"), std::nullopt);  // beyond 64 bits
}

TEST(FileName, IsMadeOfANumber) {
  EXPECT_EQ(log_name(12), "000012.log");
  EXPECT_EQ(manifest_name(1234567), "MANIFEST-1234567");
}

}  // namespace
}  // namespace cairn::store
