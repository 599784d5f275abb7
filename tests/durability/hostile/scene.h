// A hostile environment, and what is asked of Cairn in it: a typed error that names what it is
// about, at once, and not a byte written where none belongs.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <cairn/caches.h>
#include "support/temp_directory.h"

namespace cairn::test::durability {

namespace fs = std::filesystem;

/// Nobody; the tests become this user where they may.
inline constexpr unsigned other_user = 65534;

/// What an attempt came to.
struct Refusal {
  std::optional<ErrorCode> code;  ///< empty: it was not refused
  std::string message;
  double ms = 0;
};

class Scene {
  const TempDirectory directory_;  // before what is named after it

 public:
  Scene();
  ~Scene();

  fs::path operator/(const fs::path& name) const { return directory_ / name; }
  const fs::path& root() const { return directory_.path(); }
  fs::path store() const { return directory_ / "store"; }

  // What to arrange.
  void file(const fs::path& path, std::string_view text) const;
  void directory(const fs::path& path, mode_t mode = 0700) const;
  void link(const fs::path& to, const fs::path& from) const;
  void fifo(const fs::path& path) const;
  void socket(const fs::path& path);
  /// A closed store with a value in it, at store().
  void filled_store() const;
  /// Gives a file or directory to the other user; false where that is not allowed.
  bool give_away(const fs::path& path) const;
  /// Undone when the scene ends, before it is removed.
  void undo(std::function<void()> work) { undo_.push_back(std::move(work)); }
  template <class T>
  void keep(T&& thing) {
    undo([kept = std::make_shared<std::decay_t<T>>(std::forward<T>(thing))]() mutable {
      kept.reset();
    });
  }
  /// Starts hostile_child, which says when it is ready and stays; its number.
  pid_t child(std::vector<std::string> arguments);

  /// Opens `alias` at `location` here, and reads a key.
  Refusal attempt() const;
  /// The same in hostile_child, with its errand.
  Refusal attempt_elsewhere(const std::string& errand) const;

  /// Everything that can be seen from outside of the files below a directory.
  static std::map<std::string, std::string> picture(const fs::path& directory);
  std::map<std::string, std::string> picture() const { return picture(root()); }
  /// The same without what is below the store's own directory.
  std::map<std::string, std::string> picture_outside() const;

  // How it is opened.
  fs::path location = store();
  std::string alias = "default";
  CacheOptions cache = {};
  StoreOptions options = {};

 private:
  std::vector<std::function<void()>> undo_;
};

struct Row {
  const char* name;
  std::function<void(Scene&)> arrange;
  ErrorCode code;
  /// Part of the message; empty: the location.
  std::string says = {};
  /// The errand of hostile_child that does it; empty: the test's own process opens.
  std::string elsewhere = {};
  /// Whether the store's own directory may be written to before it turns out that it is no good.
  bool may_touch_store = false;
};

/// What was wrong with how an attempt was refused; empty if nothing was.
std::vector<std::string> judge(const Row& row, double& ms);

/// The same rows, where somebody has the store open and may write to it at any time.
std::vector<Row> while_open(std::vector<Row> rows);

/// Judges a table of rows and publishes the claim.
void expect_refused(const std::string& table, const std::vector<Row>& rows);

/// Reads what hostile_child prints: the code, the milliseconds and the message, or "done" and them.
std::optional<Refusal> parse_refusal(const std::string& line);

}  // namespace cairn::test::durability
