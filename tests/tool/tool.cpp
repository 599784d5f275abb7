#include "tool.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <stdexcept>

#include <linux/capability.h>

namespace cairn::test {
namespace {

// A file in memory that becomes a descriptor of the child.
int memory_file() {
  const int file = ::memfd_create("output", MFD_CLOEXEC);
  if (file < 0) throw std::runtime_error("memfd_create");
  return file;
}

std::string content_of(int file) {
  std::string text;
  char part[65536];
  ssize_t count = 0;
  for (off_t at = 0; (count = ::pread(file, part, sizeof part, at)) > 0; at += count) {
    text.append(part, static_cast<std::size_t>(count));
  }
  ::close(file);
  return text;
}

// For this process and what it becomes, a directory is on a read-only file system.
bool mount_read_only(const char* directory) {
  const int spaces = ::geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER;
  return ::unshare(spaces) == 0 &&
         ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount(directory, directory, nullptr, MS_BIND, nullptr) == 0 &&
         ::mount(nullptr, directory, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) == 0;
}

// For this process and what it becomes, there are no other processes, or there is no /proc.
bool hide_processes(const ToolOptions& options) {
  const int user = ::geteuid() == 0 ? 0 : CLONE_NEWUSER;
  const int processes = options.own_processes ? CLONE_NEWPID : 0;
  if (::unshare(user | processes | CLONE_NEWNS) != 0) return false;
  if (options.own_processes) {
    if (const pid_t first = ::fork(); first != 0) {
      int status = 0;
      ::waitpid(first, &status, 0);
      ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 96);
    }
  }
  if (options.foreign_proc) return true;
  return ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("none", "/proc", options.no_proc ? "tmpfs" : "proc", 0, nullptr) == 0;
}

[[noreturn]] void become(std::vector<char*>& arguments, const ToolOptions& options, int output,
                         int errors) {
  ::dup2(output, 1);
  ::dup2(errors, 2);
  if (options.files > 0) {
    const rlimit limit{options.files, options.files};
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  if (options.mounted_read_only != nullptr && !mount_read_only(options.mounted_read_only)) {
    ::_exit(ToolResult::may_not_mount);
  }
  if ((options.own_processes || options.no_proc) && !hide_processes(options)) {
    ::_exit(ToolResult::may_not_mount);
  }
  // Root may write anywhere; after this it may not, and who is not root never could.
  if (options.read_only && ::geteuid() == 0 &&
      (::prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE) != 0 ||
       ::prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH) != 0)) {
    ::_exit(99);
  }
  ::execv(arguments[0], arguments.data());
  ::_exit(98);
}

}  // namespace

ToolResult run_tool(std::vector<std::string> arguments, ToolOptions options) {
  arguments.insert(arguments.begin(), std::string(CAIRN_TOOL_PATH));
  std::vector<char*> pointers;
  for (std::string& each : arguments) pointers.push_back(each.data());
  pointers.push_back(nullptr);
  int output = memory_file();
  const int errors = memory_file();
  if (options.output != nullptr) {
    ::close(output);
    output = ::open(options.output, O_WRONLY | O_CLOEXEC);
  }
  if (options.closed_pipe) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    ::close(output);
    ::close(ends[0]);
    output = ends[1];
  }
  const pid_t child = ::fork();
  if (child == 0) become(pointers, options, output, errors);
  int status = 0;
  ::waitpid(child, &status, 0);
  ToolResult result;
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.output = content_of(output);
  result.errors = content_of(errors);
  return result;
}

void run_child(const std::string& errand, const std::filesystem::path& directory) {
  const Result result = run({CAIRN_TOOL_CHILD, errand, directory.native()});
  if (result.status != 0) throw std::runtime_error("tool_child " + errand + " failed");
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::map<std::string, std::string> contents(const std::filesystem::path& directory) {
  std::map<std::string, std::string> contents;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    struct stat status {};
    ::stat(entry.path().c_str(), &status);
    std::ifstream file(entry.path(), std::ios::binary);
    std::string& content = contents[entry.path().filename()];
    content.assign(std::istreambuf_iterator<char>(file), {});
    content += " mode " + std::to_string(status.st_mode) + " inode " +
               std::to_string(status.st_ino) + " changed " + std::to_string(status.st_ctim.tv_sec) +
               '.' + std::to_string(status.st_ctim.tv_nsec);
  }
  return contents;
}

ChangeWatch::ChangeWatch(const std::filesystem::path& directory)
    : descriptor_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  constexpr std::uint32_t changes = IN_ATTRIB | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE |
                                    IN_DELETE_SELF | IN_MODIFY | IN_MOVE | IN_MOVE_SELF;
  if (::inotify_add_watch(descriptor_, directory.c_str(), changes) < 0) {
    throw std::runtime_error("inotify_add_watch");
  }
}

ChangeWatch::~ChangeWatch() { ::close(descriptor_); }

std::vector<std::string> ChangeWatch::changes() const {
  std::vector<std::string> names;
  alignas(inotify_event) char buffer[65536];
  ssize_t count = 0;
  while ((count = ::read(descriptor_, buffer, sizeof buffer)) > 0) {
    for (ssize_t at = 0; at < count;) {
      const auto* const event = reinterpret_cast<const inotify_event*>(buffer + at);
      names.emplace_back(event->len > 0 ? event->name : "the directory");
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
    }
  }
  return names;
}

}  // namespace cairn::test
