// Opening a store to look into it, and saying what is seen.
#pragma once

#include <optional>
#include <string>

#include <cairn/inspect.h>

namespace cairn::tool {

/// Which alias and key a command for one key is about.
struct KeyChoice {
  std::string directory;
  std::string key;
  std::optional<std::string> alias;
  std::string key_prefix;
  std::int64_t version = 1;
  bool raw = false;

  /// By Django's default key function, unless the key is a final one (`raw`).
  std::string final_key() const;
};

StoreView open_view(const std::string& directory);

/// "as of 2026-03-01 12:00:00.123 UTC; no process has it open"
std::string moment_text(const StoreView& view);
/// Says on standard error that the owner may be ahead, if it may.
void warn_if_behind(const StoreView& view);

/// Throws UsageError naming those that there are.
void require_alias(const StoreView& view, const std::string& alias);
/// The alias asked for; else the only one, or `default`.  Throws UsageError if that is none, and
/// leaves with ExitCode::no if there is no alias at all.
std::string choose_alias(const StoreView& view, const std::optional<std::string>& wanted);

}  // namespace cairn::tool
