#include "records/view.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include <cairn/key.h>
#include <fmt/format.h>
#include "terminal/exit_code.h"
#include "terminal/terminal.h"
#include "terminal/text.h"

namespace cairn::tool {
namespace {

std::string alias_list(const StoreView& view) {
  std::string list;
  for (const std::string& family : view.families()) {
    list += (list.empty() ? "" : ", ") + escape(family);
  }
  return list.empty() ? "none" : list;
}

}  // namespace

std::string KeyChoice::final_key() const { return raw ? key : make_key(key, key_prefix, version); }

StoreView open_view(const std::string& directory) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(directory, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    throw IoError("there is no directory " + quote(directory) +
                  "; give the directory of a Cairn store");
  }
  return StoreView(directory);
}

namespace {

std::string owner_text(const StoreView& view) {
  const std::optional<bool> there = view.has_owner();
  if (there == false) return "no process has it open";
  if (!there) return "whether a process has it open is unknown (CAIRN.lock and /proc do not tell)";
  if (const std::optional<int> owner = view.owner()) {
    return fmt::format("process {} has it open", *owner);
  }
  return "a process has it open, which one is unknown (it is not to be seen from here)";
}

}  // namespace

std::string moment_text(const StoreView& view) {
  std::string text = "as of " + time_text(view.seen_at()) + " UTC; " + owner_text(view);
  if (view.has_owner() == false) return text;
  if (view.owner_is_unknown()) {
    return text +
           "; whether it keeps a log is unknown (CAIRN.lock cannot be read), so it may be "
           "ahead by what it has in its memory only";
  }
  return text + (view.owner_may_be_ahead()
                     ? " and may be ahead: what it has not flushed yet is in its memory only"
                     : "; what it writes from then on is not shown");
}

void warn_if_behind(const StoreView& view) {
  if (view.owner_may_be_ahead()) complain(moment_text(view));
}

void require_alias(const StoreView& view, const std::string& alias) {
  const std::vector<std::string> all = view.families();
  if (std::find(all.begin(), all.end(), alias) != all.end()) return;
  throw UsageError("the store has no alias " + quote(alias) + "; it has: " + alias_list(view));
}

std::string choose_alias(const StoreView& view, const std::optional<std::string>& wanted) {
  if (wanted) {
    require_alias(view, *wanted);
    return *wanted;
  }
  const std::vector<std::string> all = view.families();
  if (all.size() == 1) return all.front();
  if (std::find(all.begin(), all.end(), "default") != all.end()) return "default";
  if (all.empty()) {
    complain("the store is empty");
    throw Leave{ExitCode::no};
  }
  throw UsageError("which alias? add --alias with one of: " + alias_list(view));
}

}  // namespace cairn::tool
