// Runs the command `cairn`, and sees what it does to a directory.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "support/process.h"
#include "support/temp_directory.h"

namespace cairn::test {

struct ToolResult {
  static constexpr int may_not_mount = 97;
  int status;
  std::string output;
  std::string errors;
};

struct ToolOptions {
  rlim_t files = 0;                         ///< soft and hard limit of open files; 0: as it is
  bool read_only = false;                   ///< may not write where the mode says so, root or not
  const char* mounted_read_only = nullptr;  ///< a directory
  bool own_processes = false;               ///< sees no process but itself
  bool no_proc = false;                     ///< without /proc
  bool foreign_proc = false;                ///< with own_processes: the /proc of the space outside
  bool closed_pipe = false;                 ///< nobody reads its output
  const char* output = nullptr;             ///< a file for standard output
};

/// Runs the tool to its end.
ToolResult run_tool(std::vector<std::string> arguments, ToolOptions options = {});

/// Runs tool_child to its end.
void run_child(const std::string& errand, const std::filesystem::path& directory);

std::vector<std::string> lines_of(const std::string& text);

/// What lies in a directory: the bytes, mode and times of every file, by name.
std::map<std::string, std::string> contents(const std::filesystem::path& directory);

/// Notices whatever changes a directory or what lies in it, or opens a file for writing.
class ChangeWatch {
 public:
  explicit ChangeWatch(const std::filesystem::path& directory);
  ~ChangeWatch();
  ChangeWatch(const ChangeWatch&) = delete;
  ChangeWatch& operator=(const ChangeWatch&) = delete;
  /// The names of what has happened so far.
  std::vector<std::string> changes() const;

 private:
  int descriptor_;
};

}  // namespace cairn::test
