// Stores that are not as they should be.
#include <rocksdb/db.h>

#include <algorithm>

#include "tool.h"

namespace cairn::test {
namespace {

namespace fs = std::filesystem;

using testing::HasSubstr;
using testing::StartsWith;

std::vector<fs::path> files_of(const fs::path& store, const std::string& extension) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(store)) {
    if (entry.path().extension() == extension) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

void write(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

void flip_bytes(const fs::path& path, std::streamoff at) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(at);
  file << "damage";
}

// Each of the commands ends with that code and one line that says so.
void expect_refusal(const fs::path& store, int status, const std::string& message) {
  for (const char* command : {"dump", "keys", "stats", "check"}) {
    const ToolResult result = run_tool({command, store});
    EXPECT_EQ(result.status, status) << command << ": " << result.errors;
    EXPECT_THAT(result.errors, StartsWith("cairn: ")) << command;
    EXPECT_THAT(result.errors, HasSubstr(message)) << command;
    EXPECT_EQ(std::count(result.errors.begin(), result.errors.end(), '\n'), 1) << result.errors;
  }
}

class Damage : public testing::Test {
 protected:
  const TempDirectory directory_;
  const fs::path store_ = directory_ / "store";
};

TEST_F(Damage, FlippedBytesInATable) {
  run_child("tables", store_);
  const auto tables = files_of(store_, ".sst");
  ASSERT_GE(tables.size(), 60u);
  flip_bytes(tables[30], 40);
  for (const char* command : {"keys", "stats"}) {
    const ToolResult result = run_tool({command, store_});
    EXPECT_EQ(result.status, 4) << command;
    EXPECT_THAT(result.errors, HasSubstr("docs/durability.md")) << command;
  }
  const ToolResult check = run_tool({"check", store_});
  EXPECT_EQ(check.status, 4);
  EXPECT_THAT(check.output, HasSubstr("problem: files: "));
  EXPECT_THAT(check.output, HasSubstr("not sound: 1 180 records read"));
  EXPECT_THAT(check.errors, HasSubstr("is not sound"));
}

TEST_F(Damage, AMissingTable) {
  run_child("tables", store_);
  const fs::path table = files_of(store_, ".sst")[5];
  fs::remove(table);
  const auto before = contents(store_);
  expect_refusal(store_, 4, table.filename().native() + " is missing");
  EXPECT_EQ(contents(store_), before) << "looking for it has changed something";
}

TEST_F(Damage, AShortenedTable) {
  run_child("tables", store_);
  const fs::path table = files_of(store_, ".sst")[5];
  const std::uintmax_t size = fs::file_size(table);
  fs::resize_file(table, size - 7);
  expect_refusal(store_, 4,
                 table.filename().native() + " has " + std::to_string(size - 7) + " bytes of " +
                     std::to_string(size));
}

// What a crash has left of a table that was being written belongs to nobody, and is not blamed.
TEST_F(Damage, AMissingTableBesideHalfOfANewOne) {
  run_child("tables", store_);
  const fs::path table = files_of(store_, ".sst")[5];
  fs::remove(table);
  write(store_ / "000001.sst", "half a table");
  expect_refusal(store_, 4, table.filename().native() + " is missing");
}

TEST_F(Damage, AMissingCurrent) {
  run_child("fill", store_);
  fs::remove(store_ / "CURRENT");
  expect_refusal(store_, 4, "CURRENT is missing");
}

TEST_F(Damage, AFlippedBitInCurrent) {
  run_child("fill", store_);
  const std::string current = contents(store_).at("CURRENT");
  // A name that is none, a MANIFEST that is not there, no end of the line.
  for (const std::size_t at : {std::size_t{0}, current.size() - 2, current.size() - 1}) {
    std::string flipped = current;
    flipped[at] ^= 1;
    write(store_ / "CURRENT", flipped);
    expect_refusal(store_, 4, "CURRENT names no MANIFEST that is there");
  }
}

// The last 53 bytes: what checks the blocks, two places, the version and a number that is always
// the same.  RocksDB names the MANIFEST, or nothing.
TEST_F(Damage, AFlippedBitInTheFooterOfATable) {
  run_child("tables", store_);
  const fs::path table = files_of(store_, ".sst")[5];
  const std::string whole = contents(store_).at(table.filename());
  for (const std::size_t from_end : {53, 12, 8}) {
    std::string flipped = whole;
    flipped[flipped.size() - from_end] ^= 64;
    write(table, flipped);
    expect_refusal(store_, 4, table.filename());
  }
}

// It is no other program's, as the files beside the mark show.
TEST_F(Damage, AMissingMark) {
  run_child("fill", store_);
  fs::remove(store_ / "CAIRN");
  expect_refusal(store_, 4, "the file CAIRN is missing");
}

TEST_F(Damage, ATruncatedLogShowsWhatIsBefore) {
  {
    Process owner({CAIRN_TOOL_CHILD, "leave", store_});
    ASSERT_EQ(owner.line(), "ready");
    owner.kill();
  }
  const auto logs = files_of(store_, ".log");
  ASSERT_FALSE(logs.empty());
  fs::resize_file(logs.back(), fs::file_size(logs.back()) - 5);
  EXPECT_EQ(run_tool({"get", store_, "late"}).status, 1);
  EXPECT_EQ(run_tool({"get", store_, "counter"}).output, "100\n");
  EXPECT_EQ(run_tool({"check", store_}).status, 0);
}

TEST_F(Damage, AnotherMark) {
  run_child("empty", store_);
  write(store_ / "CAIRN", "cairn store format 2\n");
  expect_refusal(store_, 3, "use a newer Cairn");
  write(store_ / "CAIRN", "something else\n");
  expect_refusal(store_, 4, "CAIRN is damaged");
}

TEST_F(Damage, ARecordOfAnotherFormat) {
  run_child("tables", store_);
  {
    std::vector<std::string> names;
    rocksdb::Options options;
    ASSERT_TRUE(rocksdb::DB::ListColumnFamilies(options, store_, &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const std::string& name : names) families.push_back({name, {}});
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open(options, store_, families, &handles, &db).ok());
    const auto family = std::find_if(handles.begin(), handles.end(), [](const auto* each) {
      return each->GetName() == "alias-7@1";
    });
    ASSERT_NE(family, handles.end());
    ASSERT_TRUE(db->Put({}, *family, ":1:later",
                        "\x71\x03"
                        "and more")
                    .ok());
    for (rocksdb::ColumnFamilyHandle* each : handles) db->DestroyColumnFamilyHandle(each);
    delete db;
  }
  EXPECT_EQ(run_tool({"get", store_, "--alias", "alias-7", "later"}).status, 4);
  EXPECT_THAT(run_tool({"dump", store_}).output, HasSubstr("unreadable"));
  EXPECT_THAT(
      run_tool({"dump", store_, "--format", "jsonl", "--values"}).output,
      HasSubstr("\"state\":\"unreadable\",\"size\":18,\"value_base64\":\"cQNhbmQgbW9yZQ==\""));
  const ToolResult check = run_tool({"check", store_});
  EXPECT_EQ(check.status, 1) << "no file is damaged";
  EXPECT_THAT(check.output, HasSubstr("':1:later'"));
}

TEST_F(Damage, WhatIsNoStore) {
  expect_refusal(store_, 3, "there is no directory");
  write(store_, "a file");
  expect_refusal(store_, 3, "is not a directory");
  fs::remove(store_);
  fs::create_directory(store_);
  expect_refusal(store_, 3, "is empty, and no Cairn store");
  write(store_ / "notes.txt", "mine");
  expect_refusal(store_, 3, "holds no Cairn store");
  fs::remove(store_ / "notes.txt");
  {
    rocksdb::Options options;
    options.create_if_missing = true;
    rocksdb::DB* db = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open(options, store_, &db).ok());
    delete db;
  }
  const auto before = contents(store_);
  expect_refusal(store_, 3, "another program");
  EXPECT_TRUE(before == contents(store_));
}

TEST_F(Damage, NoPermission) {
  run_child("fill", store_);
  fs::permissions(store_, fs::perms::none);
  ToolOptions options;
  options.read_only = true;
  const ToolResult result = run_tool({"dump", store_}, options);
  fs::permissions(store_, fs::perms::owner_all);
  EXPECT_EQ(result.status, 3);
  EXPECT_THAT(result.errors, HasSubstr("Permission denied"));
}

TEST_F(Damage, AStoreWithNothingInIt) {
  run_child("empty", store_);
  for (const char* command : {"dump", "keys", "stats", "check"}) {
    EXPECT_EQ(run_tool({command, store_}).status, 0) << command;
  }
  EXPECT_EQ(run_tool({"get", store_, "key"}).status, 1);
}

}  // namespace
}  // namespace cairn::test
