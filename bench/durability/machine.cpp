#include "durability/machine.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <rocksdb/version.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <ctime>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

namespace bench {
namespace {

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(": ") + 2);
  }
  return "unknown";
}

bool below(const std::string& path, const std::string& mount) {
  return mount == "/" || path == mount || path.starts_with(mount + "/");
}

// The type of the innermost mount that the directory is in.
std::string file_system(const std::filesystem::path& directory) {
  const std::string path = std::filesystem::canonical(directory).native();
  std::ifstream file("/proc/self/mountinfo");
  std::string innermost;
  std::string type = "unknown";
  for (std::string line; std::getline(file, line);) {
    const std::size_t separator = line.find(" - ");
    if (separator == std::string::npos) continue;
    std::istringstream fields(line);
    std::string field[5];
    for (std::string& each : field) fields >> each;
    const std::string& mount = field[4];
    if (!below(path, mount) || mount.size() < innermost.size()) continue;
    innermost = mount;
    std::istringstream(line.substr(separator + 3)) >> type;
  }
  return type;
}

std::string kernel() {
  utsname name{};
  ::uname(&name);
  // Without what whoever built it has added to the number.
  const std::string release = name.release;
  return fmt::format("{} {}", name.sysname, release.substr(0, release.find('-')));
}

std::string compiler() {
#ifdef __clang__
  return fmt::format("clang {}.{}", __clang_major__, __clang_minor__);
#else
  return fmt::format("g++ {}.{}", __GNUC__, __GNUC_MINOR__);
#endif
}

}  // namespace

Context describe_machine(const std::filesystem::path& directory) {
  const double memory = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) *
                        static_cast<double>(::sysconf(_SC_PAGE_SIZE));
  return {
      .date = fmt::format("{:%Y-%m-%d %H:%M}", fmt::gmtime(std::time(nullptr))),
      .processor = processor(),
      .cores = std::thread::hardware_concurrency(),
      .memory_gib = memory / (1u << 30),
      .kernel = kernel(),
      .file_system = file_system(directory),
      .compiler = compiler(),
      .rocksdb = fmt::format("{}.{}.{}", ROCKSDB_MAJOR, ROCKSDB_MINOR, ROCKSDB_PATCH),
#ifdef NDEBUG
      .release = true,
#endif
  };
}

}  // namespace bench
