#include "store/directory/set_aside.h"

#include <stdio.h>
#include <sys/stat.h>

#include <cerrno>
#include <ctime>
#include <string>
#include <system_error>
#include <vector>

#include <cairn/error.h>
#include "store/directory/directory.h"
#include "store/directory/files.h"

namespace cairn::store {
namespace fs = std::filesystem;
namespace {

constexpr const char* aside_infix = ".damaged-";

}  // namespace

fs::path set_aside(const fs::path& directory) try {
  const fs::path parent = directory.parent_path();
  const std::string prefix = directory.filename().native() + aside_infix;
  std::vector<fs::path> before;
  for (const fs::directory_entry& each : fs::directory_iterator(parent)) {
    const bool ours = each.path().filename().native().starts_with(prefix) &&
                      fs::is_directory(each.symlink_status()) &&
                      fs::exists(each.path() / marker_name);
    if (ours) before.push_back(each.path());
  }
  const std::string target = (parent / prefix).native() + std::to_string(std::time(nullptr));
  fs::path free = target;
  for (int i = 2; fs::exists(fs::symlink_status(free)); ++i)
    free = target + "-" + std::to_string(i);
  if (::rename(directory.c_str(), free.c_str()) != 0) fail(directory, "set aside", errno);
  if (::mkdir(directory.c_str(), 0700) != 0) fail(directory, "make directory", errno);
  sync_directory(parent);
  for (const fs::path& each : before) {
    std::error_code ignored;  // what cannot be removed only takes room
    fs::remove_all(each, ignored);
  }
  return free;
} catch (const fs::filesystem_error& error) {
  throw IoError("set aside " + quote(directory.native()) + ": " + error.code().message());
}

}  // namespace cairn::store
