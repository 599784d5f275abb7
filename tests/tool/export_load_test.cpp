// export and load: what goes out comes back, on terminals and in pipes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <rocksdb/db.h>

#include "tool/shell.h"
#include "tool/terminal_process.h"

namespace cairn::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

using ToolTransfer = ToolStore;

// ---- export and load ----

TEST_F(ToolTransfer, ALoadedStoreExportsTheSameBytes) {
  fill(store());
  const std::string first = exported();
  EXPECT_EQ(lines(first), filled_live) << first;
  EXPECT_THAT(first, HasSubstr("\"key\":\":1:counter\",\"kind\":\"integer\""));
  EXPECT_THAT(first, HasSubstr("\"value\":42}"));
  EXPECT_THAT(first, Not(HasSubstr("expired\"")));
  const Result loaded = shell("cairn export " + at() + " | cairn load " + at("copy"));
  EXPECT_EQ(loaded.status, 0);
  EXPECT_EQ(loaded.output, "23 records loaded\n");
  EXPECT_EQ(exported("copy"), first);
}

// Of what JSON calls numbers, "-0" is an integer.
TEST_F(ToolTransfer, ANumberKeepsItsSign) {
  std::string text;
  for (const char* value : {"-0", "-0.0", "0", "-0e0"}) {
    text += std::string("{\"alias\":\"default\",\"key\":\"") + value +
            "\",\"kind\":\"real\",\"written_at\":1,\"expires_at\":null,\"value\":" + value + "}\n";
  }
  write_file(directory_ / "file", text);
  ASSERT_EQ(shell("cairn load " + at() + " < " + at("file")).status, 0);
  for (const char* value : {"-0", "-0.0", "-0e0"}) {
    EXPECT_THAT(exported(), HasSubstr(std::string("\"key\":\"") + value +
                                      "\",\"kind\":\"real\",\"written_at\":1,"
                                      "\"expires_at\":null,\"value\":-0.0}"));
  }
  EXPECT_THAT(exported(), HasSubstr("\"value\":0.0}"));
}

TEST_F(ToolTransfer, WhatHasExpiredComesAlongIfAskedFor) {
  fill(store());
  const std::string command = "cairn export --expired ";
  const std::string first = shell(command + at()).output;
  EXPECT_EQ(lines(first), filled_live + 1);
  EXPECT_EQ(shell(command + at() + " | cairn load " + at("copy")).status, 0);
  EXPECT_EQ(shell(command + at("copy")).output, first);
}

TEST_F(ToolTransfer, NothingInAnExportMovesACursor) {
  fill(store());
  for (const char c : exported()) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
  EXPECT_THAT(exported(), Not(HasSubstr("\xe2\x80\xae")));
}

TEST_F(ToolTransfer, ExportToAFileGivesItItsNameAtTheEnd) {
  fill(store());
  const Result result = shell("cairn export " + at() + " -o " + at("file"));
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_EQ(result.output, "");
  EXPECT_EQ(read_file(directory_ / "file"), exported());
  EXPECT_FALSE(fs::exists(directory_ / "file.partial"));
}

TEST_F(ToolTransfer, WhatCannotBeReadIsLeftOutAndSaid) {
  Cache::open(store()).set("k", "v");
  {
    std::vector<std::string> names;
    ASSERT_TRUE(rocksdb::DB::ListColumnFamilies({}, store().native(), &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
    for (const std::string& name : names) descriptors.emplace_back(name, rocksdb::Options());
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* raw_db = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open({}, store().native(), descriptors, &handles, &raw_db).ok());
    const std::unique_ptr<rocksdb::DB> db(raw_db);
    EXPECT_TRUE(db->Put({}, handles.back(), "bad", "no record").ok());
    for (rocksdb::ColumnFamilyHandle* each : handles) db->DestroyColumnFamilyHandle(each);
  }
  const Result result = shell("cairn export " + at());
  EXPECT_EQ(result.status, 4);
  EXPECT_THAT(result.output, HasSubstr("\"key\":\":1:k\""));
  EXPECT_THAT(result.output, HasSubstr("1 unreadable record was left out"));
  EXPECT_THAT(result.output, Not(HasSubstr("\"bad\"")));
}

TEST_F(ToolTransfer, ExportOfOneAlias) {
  fill(store());
  const Result result = shell("cairn export " + at() + " --alias other");
  EXPECT_EQ(lines(result.output), 1);
  EXPECT_THAT(result.output, HasSubstr("in another family"));
  EXPECT_EQ(shell("cairn export " + at() + " --alias none").status, 2);
}

TEST_F(ToolTransfer, LoadReplacesWhatIsThere) {
  write_file(directory_ / "a", line("k", "old") + line("stays"));
  write_file(directory_ / "b", line("k", "new"));
  EXPECT_EQ(shell("cairn load " + at() + " " + at("a")).status, 0);
  EXPECT_EQ(shell("cairn load " + at() + " " + at("b")).status, 0);
  EXPECT_EQ(exported(), line("k", "new") + line("stays"));
}

TEST_F(ToolTransfer, ALineThatIsNotRightIsNamedAndItsBatchNotWritten) {
  std::string text;
  for (int i = 1; i <= 1500; ++i) text += line("key-" + std::to_string(i));
  write_file(directory_ / "file", text + "{\"alias\":\n" + line("after"));
  const Result result = shell("cairn load " + at() + " < " + at("file"));
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.output, StartsWith("cairn: line 1501: not JSON"));
  EXPECT_EQ(lines(result.output), 1);
  EXPECT_EQ(lines(exported()), 1000);
}

TEST_F(ToolTransfer, LoadRefusesWhatItWouldHaveToGuess) {
  const auto changed = [](const std::string& from, const std::string& to) {
    std::string text = line("k");
    return text.replace(text.find(from), from.size(), to);
  };
  const std::pair<std::string, std::string> bad[] = {
      {"7\n", "not a JSON object"},
      {changed("\"expires_at\":null,", ""), "'expires_at' is missing"},
      {changed("\"expires_at\":null", "\"expires_at\":-1"), "'expires_at' is not a time"},
      {changed("1700000000000", "1.5"), "'written_at' is not a time"},
      {changed("1700000000000", "281474976710656"), "written_at"},
      {changed("\"bytes\"", "\"blob\""), "'blob' is no kind"},
      {changed("\"bytes\"", "\"nothing\""), "'nothing' is no kind"},
      {changed("\"bytes\"", "\"integer\""), "not a 64-bit integer"},
      {changed("\"bytes\"", "\"archive\""), "value_base64"},
      {changed("\"value\":\"v\"", "\"value_base64\":\"A===\""), "base64"},
      {changed("\"value\":\"v\"", "\"value_base64\":\"AB==\""), "bits left"},
      {changed("\"value\":\"v\"", "\"value\":\"v\",\"ttl\":5"), "'ttl'"},
      {changed("\"default\"", "\"a/b\""), "a/b"},
      {changed("\"v\"", "\"\xff\""), "not JSON"},
      {changed("\"kind\"", "\"key\":\"other\",\"kind\""), "line 1: 'key' is given twice"},
      {changed("\"value\":\"v\"", "\"value\":\"v\",\"value\":\"w\""), "'value' is given twice"},
      {changed("\"kind\"", "\"key_base64\":\"aw==\",\"kind\""), "the key is given twice"},
      {changed("\"value\":\"v\"", "\"value\":\"v\",\"value_base64\":\"\""),
       "the value is given twice"},
  };
  for (const auto& [text, says] : bad) {
    write_file(directory_ / "file", text);
    const Result result = shell("cairn load --dry-run " + at() + " " + at("file"));
    EXPECT_EQ(result.status, 1) << text;
    EXPECT_THAT(result.output, HasSubstr(says)) << text;
    EXPECT_EQ(lines(result.output), 1) << result.output;
  }
}

// Which of the two was meant?
TEST_F(ToolTransfer, AKeyThatComesTwiceIsNamedWithItsLine) {
  std::string text;
  for (int i = 1; i <= 3000; ++i) text += line("key-" + std::to_string(i));
  write_file(directory_ / "sound", text);
  write_file(directory_ / "file", text + line("key-7", "another"));
  for (const char* how : {"", "--dry-run "}) {
    const Result result = shell("cairn load " + std::string(how) + at() + " " + at("file"));
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.output, StartsWith("cairn: line 3001: the key 'key-7' of alias 'default'"));
    EXPECT_EQ(lines(result.output), 1);
  }
  EXPECT_THAT(exported(), HasSubstr(line("key-7"))) << "the first one";
  EXPECT_EQ(shell("cairn load " + at() + " " + at("sound")).status, 0);
  // One key in two aliases is two keys.
  std::string other = line("key-7");
  other.replace(other.find("default"), 7, "another");
  write_file(directory_ / "two", line("key-7") + other);
  EXPECT_EQ(shell("cairn load " + at() + " " + at("two")).status, 0);
}

// What a spreadsheet would take for a formula is defused in CSV, and nowhere else.
TEST_F(ToolTransfer, WhatLooksLikeAFormulaIsLoadedAsItWas) {
  const std::vector<std::string> texts = {"=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "'=1"};
  {
    StoreWriter writer(store());
    for (const std::string& text : texts) writer.write(raw(text, ValueKind::bytes, text));
    writer.close();
  }
  EXPECT_EQ(shell("cairn export " + at() + " | cairn load " + at("copy")).status, 0);
  EXPECT_EQ(exported("copy"), exported());
  const StoreView copy(directory_ / "copy");
  for (const std::string& text : texts) {
    EXPECT_TRUE(copy.find("default", text, [&](const RecordInfo& record) {
      EXPECT_EQ(record.payload, text);
    })) << text;
  }
}

TEST_F(ToolTransfer, ADryRunWritesNothing) {
  write_file(directory_ / "file", line("k"));
  const Result result = shell("cairn load --dry-run " + at() + " " + at("file"));
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_EQ(result.output, "1 record can be loaded\n");
  EXPECT_FALSE(fs::exists(store()));
}

// ---- long work ----

TEST_F(ToolTransfer, LoadShowsProgressOnATerminal) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  TerminalProcess loading({tool, "load", store().native()}, {.input = ends[0]});
  ::close(ends[0]);
  bool shown = false;
  for (int i = 0; i < 10'000 && !shown; ++i) {
    std::string batch;
    for (int j = 0; j < 1000; ++j) batch += line("k" + std::to_string(i * 1000 + j));
    ASSERT_EQ(::write(ends[1], batch.data(), batch.size()), static_cast<ssize_t>(batch.size()));
    shown = loading.shows("loading ", 1ms);
  }
  ::close(ends[1]);
  EXPECT_TRUE(shown);
  EXPECT_TRUE(loading.shows("records loaded", 60s)) << loading.seen();
  EXPECT_EQ(loading.wait(), 0);
  EXPECT_THAT(loading.seen(), HasSubstr("/s"));
}

TEST_F(ToolTransfer, AnInterruptedLoadLeavesWhatItHasRead) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  TerminalProcess loading({tool, "load", store().native()}, {.input = ends[0]});
  ::close(ends[0]);
  std::string text;
  for (int i = 0; i < 2500; ++i) text += line("k" + std::to_string(i));
  ASSERT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  // The pipe is read to its end before the rest of a batch is waited for.
  int unread = 1;
  while (unread > 0) ASSERT_EQ(::ioctl(ends[1], FIONREAD, &unread), 0);
  ::kill(loading.pid(), SIGINT);
  EXPECT_TRUE(loading.shows("interrupted after", 60s)) << loading.seen();
  EXPECT_EQ(loading.wait(), 128 + SIGINT);
  ::close(ends[1]);
  const std::int64_t kept = lines(exported());
  EXPECT_GE(kept, 2000);
  EXPECT_LE(kept, 2500);
}

TEST_F(ToolTransfer, AnInterruptedExportLeavesAFileThatSaysSo) {
  {
    StoreWriter writer(store());
    for (int i = 0; i < 20; ++i) {
      std::vector<RawRecord> batch;
      for (int j = 0; j < 1000; ++j) {
        batch.push_back(
            raw("k" + std::to_string(1000 * i + j), ValueKind::bytes, std::string(200, 'v')));
      }
      writer.write(batch);
    }
  }
  // A pipe in the place of the file: the export waits until somebody reads.
  const fs::path partial = directory_ / "file.partial";
  ASSERT_EQ(::mkfifo(partial.c_str(), 0600), 0);
  const int reader = ::open(partial.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  Process exporting({tool, "export", store().native(), "-o", (directory_ / "file").native()});
  pollfd ready{reader, POLLIN, 0};
  ASSERT_EQ(::poll(&ready, 1, 30'000), 1);
  ::kill(exporting.pid(), SIGINT);
  std::vector<char> part(1 << 16);
  std::size_t total = 0;
  ssize_t count = 1;
  while (count != 0) {
    ASSERT_EQ(::poll(&ready, 1, 30'000), 1);
    count = ::read(reader, part.data(), part.size());
    if (count > 0) total += static_cast<std::size_t>(count);
  }
  ::close(reader);
  EXPECT_EQ(exporting.wait(), 128 + SIGINT);
  EXPECT_LT(total, 20'000u * 300);
  EXPECT_TRUE(fs::exists(partial));
  EXPECT_FALSE(fs::exists(directory_ / "file"));
}

TEST_F(ToolTransfer, APipeThatIsClosedEndsExportQuietly) {
  fill(store());
  const Result result = shell("cairn export " + at() + " | head -n 1");
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(lines(result.output), 1) << result.output;
}

}  // namespace
}  // namespace cairn::test
