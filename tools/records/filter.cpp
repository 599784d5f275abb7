#include "records/filter.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include <CLI/CLI.hpp>
#include "records/view.h"
#include "terminal/exit_code.h"
#include "terminal/number_option.h"
#include "terminal/progress.h"

namespace cairn::tool {
namespace {

// The set that begins after a '[' at `at`: where it ends, and whether it has the byte.  Without an
// end the '[' means itself.
struct Set {
  std::size_t end = std::string_view::npos;
  bool has = false;
};

Set read_set(std::string_view pattern, std::size_t at, char byte) {
  Set set;
  bool inverted = false;
  if (at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^')) {
    inverted = true;
    ++at;
  }
  const auto code = [](char c) { return static_cast<unsigned char>(c); };
  for (bool first = true; at < pattern.size(); ++at, first = false) {
    if (pattern[at] == ']' && !first) {
      set.end = at + 1;
      set.has = set.has != inverted;
      return set;
    }
    if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
    const char low = pattern[at];
    char high = low;
    if (at + 2 < pattern.size() && pattern[at + 1] == '-' && pattern[at + 2] != ']') {
      at += 2;
      high = pattern[at];
    }
    set.has = set.has || (code(low) <= code(byte) && code(byte) <= code(high));
  }
  return {};
}

// Matches one byte by what stands at `at`; where the pattern goes on, or npos.
std::size_t match_one(std::string_view pattern, std::size_t at, char byte) {
  constexpr std::size_t no = std::string_view::npos;
  if (pattern[at] == '?') return at + 1;
  if (pattern[at] == '[') {
    const Set set = read_set(pattern, at + 1, byte);
    if (set.end != no) return set.has ? set.end : no;
  }
  if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
  return pattern[at] == byte ? at + 1 : no;
}

const std::vector<std::string> kinds = {"bytes", "integer", "real",  "boolean",
                                        "null",  "archive", "custom"};

}  // namespace

bool matches(std::string_view pattern, std::string_view bytes) {
  constexpr std::size_t no = std::string_view::npos;
  std::size_t at = 0;
  std::size_t byte = 0;
  std::size_t star = no;  // where the pattern goes on after the last star
  std::size_t taken = 0;  // the bytes up to where that star has matched
  while (byte < bytes.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = ++at;
      taken = byte;
      continue;
    }
    const std::size_t next = at < pattern.size() ? match_one(pattern, at, bytes[byte]) : no;
    if (next != no) {
      at = next;
      ++byte;
    } else if (star != no) {
      at = star;
      byte = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == no;
}

void Filter::add_options(CLI::App& command) {
  command.add_option("-a,--alias", aliases, "Only this alias; may be given several times")
      ->allow_extra_args(false);
  command.add_option("-p,--prefix", prefix, "Only final keys that begin so (fast)");
  command.add_option("-m,--match", match, "Only final keys that match GLOB: * ? [a-z]")
      ->type_name("GLOB");
  command.add_option("-k,--kind", kinds, "Only values of this kind; may be given several times")
      ->allow_extra_args(false)
      ->check(CLI::IsMember(tool::kinds));
  add_duration(
      command, "--expiring-within",
      [this](std::chrono::milliseconds duration) { expiring_within = duration; },
      "Only live records that expire so soon: 30s, 5m, 2h, 7d");
  command.add_flag("--expired", expired, "Only expired records");
  add_size(
      command, "--larger-than", [this](std::uint64_t size) { larger_than = size; },
      "Only records of more bytes than this: 100, 4K, 1M");
  add_count(command, "-n,--limit", limit, "At most so many records");
}

bool Filter::wants(const RecordInfo& record, RecordInfo::Time now) const {
  if (expired && record.state != RecordState::expired) return false;
  if (live_only && record.state != RecordState::live) return false;
  if (larger_than && record.stored_size <= *larger_than) return false;
  if (expiring_within && (record.state != RecordState::live || !record.expires_at ||
                          *record.expires_at - now > *expiring_within)) {
    return false;
  }
  if (!kinds.empty()) {
    if (record.state == RecordState::unreadable) return false;
    if (std::find(kinds.begin(), kinds.end(), kind_name(record.kind)) == kinds.end()) return false;
  }
  return !match || matches(*match, record.key);
}

std::vector<std::string> Filter::families(const StoreView& view) const {
  if (aliases.empty()) return view.families();
  for (const std::string& alias : aliases) require_alias(view, alias);
  return aliases;
}

namespace {

// A terminal or a pipe shows by itself how far it is, and `less` wants its screen for itself.
bool writes_to_file() {
  struct stat status {};
  return ::fstat(STDOUT_FILENO, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

void for_each(const StoreView& view, const Filter& filter,
              const std::function<void(const RecordInfo&)>& visit) {
  const std::vector<std::string> families = filter.families(view);
  std::optional<Progress> progress;
  if (writes_to_file()) {
    Progress::Total total;
    for (const std::string& family : families) total.records += view.estimated_records(family);
    progress.emplace("reading", total);
  }
  std::uint64_t left = filter.limit;
  for (const std::string& family : families) {
    if (left == 0) return;
    view.for_each(family, filter.prefix, [&](const RecordInfo& record) {
      if (progress) progress->add(1, record.stored_size);
      if (!filter.wants(record, view.judged_at())) return true;
      visit(record);
      return --left > 0;
    });
  }
}

}  // namespace cairn::tool
