// What opening does with a store that has lost something, by StoreOptions::on_damage.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <cairn/caches.h>
#include "recovery/stores.h"

namespace cairn::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::map<std::string, std::string> files_of_rocksdb(const fs::path& directory) {
  std::map<std::string, std::string> files;
  for (const fs::directory_entry& each : fs::directory_iterator(directory)) {
    const std::string name = each.path().filename();
    if (name.starts_with("CAIRN") || name == "LOCK") continue;
    std::ifstream file(each.path(), std::ios::binary);
    files[name] = {std::istreambuf_iterator<char>(file), {}};
  }
  return files;
}

class Damage : public testing::Test {
 protected:
  StoreOptions options(OnDamage on_damage) {
    return {.durability = Durability::process_crash,
            .on_damage = on_damage,
            .on_recovery = [this](const RecoveryReport& report) { told.push_back(report); }};
  }
  Cache open(OnDamage on_damage) { return Cache::open(left.path(), {}, options(on_damage)); }

  std::string refusal() {
    try {
      open(OnDamage::refuse);
    } catch (const Corruption& error) {
      EXPECT_EQ(error.code(), ErrorCode::corruption);
      return error.what();
    }
    ADD_FAILURE() << "it opens";
    return {};
  }

  std::vector<fs::path> set_aside() const {
    std::vector<fs::path> found;
    for (const auto& each : fs::directory_iterator(left.path().parent_path())) {
      if (each.path().filename().native().starts_with("store.damaged-")) {
        found.push_back(each.path());
      }
    }
    return found;
  }

  Left left;
  std::vector<RecoveryReport> told;
};

TEST_F(Damage, NoneIsToldOfAStoreThatWasClosed) {
  left.closed();
  const Cache cache = open(OnDamage::refuse);
  EXPECT_EQ(count_values(cache), 10);
  EXPECT_EQ(cache.stats().recovery.left_by, LeftBy::close);
  EXPECT_THAT(cache.stats().recovery.findings, IsEmpty());
  EXPECT_THAT(told, IsEmpty());
}

TEST_F(Damage, AKilledStoreIsWholeAndSaysThatItWasKilled) {
  left.killed();
  const Cache cache = open(OnDamage::refuse);
  EXPECT_EQ(count_values(cache), 20);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].left_by, LeftBy::crash);
  EXPECT_THAT(told[0].findings, IsEmpty());
  EXPECT_EQ(told[0].lost_writes, 0u);
}

// The end of the log was never synced: `process_crash` promises nothing about it after a power cut,
// but the loss is told.
TEST_F(Damage, AnUnsyncedEndOfTheLogIsReportedAndNotRefused) {
  left.killed();
  const fs::path log = left.file(".log");
  truncate_by(log, 5);
  const Cache cache = open(OnDamage::refuse);
  EXPECT_EQ(count_values(cache), 19);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_THAT(told[0].findings, ElementsAre(HasSubstr(log.filename().native() + ": ")));
  EXPECT_GT(told[0].dropped_log_bytes, 0u);
  EXPECT_EQ(told[0].lost_writes, 0u);
}

// RocksDB blames the MANIFEST that CURRENT does not name.
TEST_F(Damage, AnyFlippedBitOfCurrentIsBlamedOnCurrent) {
  left.killed();
  const fs::path current = left.path() / "CURRENT";
  for (std::uintmax_t offset = 0; offset < fs::file_size(current); ++offset) {
    for (int bit = 0; bit < 8; ++bit) {
      flip_bit(current, offset, bit);
      EXPECT_THAT(refusal(), HasSubstr("CURRENT")) << "byte " << offset << ", bit " << bit;
      flip_bit(current, offset, bit);
    }
  }
  EXPECT_EQ(count_values(open(OnDamage::refuse)), 20);
}

TEST_F(Damage, AFlippedBitOfCurrentIsReplacedByAnEmptyStore) {
  left.killed();
  flip_bit(left.path() / "CURRENT", 10);
  EXPECT_EQ(count_values(open(OnDamage::start_empty)), 0);
  EXPECT_EQ(set_aside().size(), 1u);
}

// RocksDB blames the MANIFEST that names the table.
TEST_F(Damage, ATableWithAWrongFooterIsNamed) {
  left.closed(true);
  const fs::path table = left.file(".sst");
  flip_bit(table, fs::file_size(table) - 1);
  EXPECT_THAT(refusal(), HasSubstr(table.filename().native()));
}

TEST_F(Damage, SyncedWritesThatAreGoneAreRefusedUntilSomebodyDecides) {
  left.killed();
  flip_bit(left.file(".log"), 200);
  EXPECT_THAT(refusal(), AllOf(HasSubstr("writes that had been synced are gone"), HasSubstr(".log"),
                               HasSubstr("on_damage")));
  EXPECT_THAT(refusal(), HasSubstr("writes that had been synced are gone")) << "RocksDB forgot";

  {
    const Cache cache = open(OnDamage::keep_rest);
    EXPECT_LT(count_values(cache), 10);
    ASSERT_EQ(told.size(), 1u);
    EXPECT_GT(told[0].lost_writes, 0u);
    EXPECT_THAT(told[0].findings, Contains(HasSubstr("synced")));
    EXPECT_EQ(cache.stats().recovery.lost_writes, told[0].lost_writes);
  }
  const Cache again = open(OnDamage::refuse);  // decided
  EXPECT_THAT(again.stats().recovery.findings, IsEmpty());
}

// Once RocksDB has opened a store, the log that somebody may want to look at is gone.
TEST_F(Damage, ThatIsRefusedIsLeftAsItWas) {
  const std::map<std::string, std::function<void()>> losses = {
      {"a bit of the log", [&] { flip_bit(left.file(".log"), 200); }},
      {"the end of the log", [&] { fs::resize_file(left.file(".log"), 300); }},
      {"the beginning of the log", [&] { flip_bit(left.file(".log"), 5); }},
      {"a type that ends the replay", [&] { flip_bit(left.file(".log"), 6, 2); }},
      {"the log", [&] { fs::remove(left.file(".log")); }}};
  for (const auto& [what, lose] : losses) {
    SCOPED_TRACE(what);
    left.killed();
    lose();
    const auto before = files_of_rocksdb(left.path());
    for (int attempt = 0; attempt < 2; ++attempt) {
      EXPECT_THAT(refusal(), HasSubstr("writes that had been synced are gone"));
      EXPECT_EQ(files_of_rocksdb(left.path()), before);
    }
    const Cache empty = open(OnDamage::start_empty);
    EXPECT_EQ(files_of_rocksdb(empty.stats().recovery.set_aside), before);
  }
}

TEST_F(Damage, OfALogThatWasClosedIsRefusedAndLeftAsItWas) {
  left.closed();
  flip_bit(left.file(".log"), 200);
  const auto before = files_of_rocksdb(left.path());
  for (int attempt = 0; attempt < 2; ++attempt) {
    EXPECT_THAT(refusal(), HasSubstr("writes that had been synced are gone"));
    EXPECT_EQ(files_of_rocksdb(left.path()), before);
  }
}

TEST_F(Damage, AMissingLogOfSyncedWritesIsRefused) {
  left.killed();
  fs::remove(left.file(".log"));
  EXPECT_THAT(refusal(), HasSubstr("writes that had been synced are gone"));
}

// RocksDB takes it for the end of the story, and deletes the tables that the missing part names.
TEST_F(Damage, AShortenedManifestOfAClosedStoreIsRefusedBeforeRocksDbSeesIt) {
  left.closed(true);
  const fs::path manifest = left.file("MANIFEST-");
  truncate_by(manifest, 20);
  for (int attempt = 0; attempt < 2; ++attempt) {
    EXPECT_THAT(refusal(), AllOf(HasSubstr(manifest.filename().native()), HasSubstr("bytes")));
  }
  EXPECT_NO_THROW(left.file(".sst"));
}

TEST_F(Damage, AChangedManifestIsRefused) {
  left.closed(true);
  flip_bit(left.file("MANIFEST-"), 20);
  EXPECT_THAT(refusal(), HasSubstr("has changed since the store was closed"));
}

// A power cut may leave anything where the MANIFEST was not synced; all that counted was.
TEST_F(Damage, AGarbledEndOfTheManifestOfAKilledStoreIsCutOff) {
  left.killed();
  const fs::path manifest = left.file("MANIFEST-");
  // A record of RocksDB's, 10 bytes long, with a wrong checksum.
  std::ofstream(manifest, std::ios::binary | std::ios::app)
      << std::string("cccc\x0a\0\x01", 7) << std::string(10, 'g');
  const Cache cache = open(OnDamage::refuse);
  EXPECT_EQ(count_values(cache), 20);
  EXPECT_THAT(cache.stats().recovery.findings,
              ElementsAre(AllOf(HasSubstr(manifest.filename().native()), HasSubstr("17 bytes"))));
}

std::set<fs::path> tables(const fs::path& directory) {
  std::set<fs::path> names;
  for (const fs::directory_entry& each : fs::directory_iterator(directory)) {
    if (each.path().extension() == ".sst") names.insert(each.path().filename());
  }
  return names;
}

// At clean_close what is synced is in tables, which the MANIFEST names.
TEST_F(Damage, AManifestIsNotCutWhereThatWouldLoseSyncedWrites) {
  left.killed(Durability::clean_close);
  const std::uintmax_t size = fs::file_size(left.file("MANIFEST-"));
  const fs::path spare = left.path().parent_path() / "spare";
  fs::rename(left.path(), spare);
  int refused = 0;
  for (std::uintmax_t offset = 0; offset < size; offset += 5) {
    fs::remove_all(left.path());
    fs::copy(spare, left.path(), fs::copy_options::recursive);
    fs::permissions(left.path(), fs::perms::owner_all);
    flip_bit(left.file("MANIFEST-"), offset);
    const std::uintmax_t damaged = fs::file_size(left.file("MANIFEST-"));
    try {
      EXPECT_GE(count_values(open(OnDamage::refuse)), 10) << "offset " << offset;
    } catch (const Corruption& error) {
      refused += std::string(error.what()).find("had been synced") != std::string::npos ? 1 : 0;
      EXPECT_EQ(fs::file_size(left.file("MANIFEST-")), damaged) << "it is left as it was";
      EXPECT_EQ(tables(left.path()), tables(spare));
    }
  }
  EXPECT_GT(refused, 0);
}

TEST_F(Damage, AMissingTableIsNamed) {
  left.closed(true);
  const fs::path table = left.file(".sst");
  fs::remove(table);
  const auto before = files_of_rocksdb(left.path());
  EXPECT_THAT(refusal(), HasSubstr(table.filename().native() + " is missing"));
  EXPECT_EQ(files_of_rocksdb(left.path()), before) << "looking for it has changed something";
  // Nothing that RocksDB can open is left to keep.
  EXPECT_THROW(open(OnDamage::keep_rest), Corruption);
}

TEST_F(Damage, WithoutCurrentRocksDbWouldBeginAnew) {
  for (const bool killed : {false, true}) {
    if (killed) {
      left.killed();
    } else {
      left.closed();
    }
    fs::remove(left.path() / "CURRENT");
    EXPECT_THAT(refusal(), HasSubstr("CURRENT is missing"));
    EXPECT_NO_THROW(left.file(".log"));
    fs::remove_all(left.path());
  }
}

TEST_F(Damage, OfTheSealOrTheMarkIsToldAndHarmless) {
  for (const char* const name : {"CAIRN.seal", "CAIRN.watermark"}) {
    left.closed();
    flip_bit(left.path() / name, 3);
    if (std::string(name) == "CAIRN.watermark") flip_bit(left.path() / name, 11);
    {
      const Cache cache = open(OnDamage::refuse);
      EXPECT_EQ(count_values(cache), 10);
      EXPECT_THAT(cache.stats().recovery.findings, ElementsAre(HasSubstr(name)));
    }
    fs::remove_all(left.path());
  }
}

TEST_F(Damage, StartEmptySetsTheDirectoryAside) {
  left.closed(true);
  const std::string table = left.file(".sst").filename();
  truncate_by(left.file("MANIFEST-"), 20);
  Cache cache = open(OnDamage::start_empty);
  EXPECT_EQ(count_values(cache), 0);
  cache.set("new", 1);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_THAT(set_aside(), ElementsAre(told[0].set_aside));
  EXPECT_TRUE(fs::exists(told[0].set_aside / table));
  EXPECT_THAT(told[0].findings, Contains(HasSubstr("MANIFEST-")));
  EXPECT_EQ(cache.stats().recovery.set_aside, told[0].set_aside);
}

TEST_F(Damage, OfThoseSetAsideTheNewestIsKept) {
  const fs::path foreign = left.path().parent_path() / "store.damaged-by-hand";
  fs::create_directory(foreign);  // no store, and so not ours to remove
  for (int i = 0; i < 2; ++i) {
    left.closed(true);
    fs::remove(left.path() / "CURRENT");
    open(OnDamage::start_empty).close();
  }
  ASSERT_EQ(told.size(), 2u);
  EXPECT_THAT(set_aside(), testing::UnorderedElementsAre(told[1].set_aside, foreign));
}

TEST_F(Damage, StartEmptyTouchesNothingThatIsOnlyOutOfReach) {
  left.closed();
  {
    const Cache owner = open(OnDamage::refuse);
    EXPECT_THROW(open(OnDamage::start_empty), InvalidOption);  // the same process: other options
  }
  std::filesystem::permissions(left.path(), fs::perms::all);
  EXPECT_THROW(open(OnDamage::start_empty), InvalidOption);
  EXPECT_THAT(set_aside(), IsEmpty());
}

}  // namespace
}  // namespace cairn::test
