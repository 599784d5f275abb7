#include "durability/faults/full_disk.h"

#include <sched.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <random>

#include <cairn/caches.h>
#include "durability/faults/run.h"

extern char** environ;

namespace cairn::test::durability {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t volume_size = 32 << 20;
constexpr std::size_t ballast_size = 10 << 20;
constexpr std::size_t value_size = 40'000;

bool run(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (::posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ) != 0) {
    return false;
  }
  int status = 0;
  return ::waitpid(child, &status, 0) == child && status == 0;
}

// Does not compress, and is the same for the same number.
std::string value(std::uint64_t number) {
  std::mt19937_64 random(number);
  std::string bytes;
  while (bytes.size() < value_size) {
    const std::uint64_t word = random();
    bytes.append(reinterpret_cast<const char*>(&word), sizeof word);
  }
  return bytes;
}

class Filler {
 public:
  Filler(const fs::path& volume, Durability level)
      : ballast_(volume / "ballast"),
        caches_(volume / "store", {{"default", {.timeout = never}}},
                {.durability = level, .memory_budget = 8ull << 20}) {
    std::ofstream(ballast_, std::ios::binary) << std::string(ballast_size, 'b');
  }

  FullDiskResult run() {
    std::uint64_t refused_in_a_row = 0;
    for (std::uint64_t number = 0; refused_in_a_row < 50 && number < 5000; ++number) {
      refused_in_a_row = write(number) ? 0 : refused_in_a_row + 1;
    }
    if (result_.refused == 0) violation("the volume does not fill");
    read_all("while the disk is full");
    fs::remove(ballast_);
    const auto took = heal(caches_, "default", std::chrono::seconds(6));
    if (!took) violation("no write succeeds within 6 s after space is free");
    result_.healed_after_ms = took ? took->count() : -1;
    // A job of RocksDB that met the full disk may say so only after that.
    bool lasting = took && write(1'000'000);
    for (int late = 0; took && !lasting && late < 3; ++late) {
      lasting = heal(caches_, "default", std::chrono::seconds(6)) && write(1'000'000);
    }
    if (!lasting) violation("writes fail again and again: " + why_);
    read_all("after space is free");
    caches_.close_all();
    read_all("after the next opening");
    return std::move(result_);
  }

 private:
  void violation(const std::string& what) {
    if (result_.violations.size() < 5) result_.violations.push_back(what);
  }

  bool write(std::uint64_t number) {
    try {
      caches_["default"].set(std::to_string(number), value(number));
      acknowledged_.push_back(number);
      ++result_.written;
      return true;
    } catch (const IoError& error) {
      if (error.code() != ErrorCode::no_space)
        violation(std::string("other code: ") + error.what());
      ++result_.refused;
      why_ = error.what();
      return false;
    } catch (const std::exception& error) {
      violation(std::string("set throws what is no IoError: ") + error.what());
      return false;
    }
  }

  void read_all(const std::string& when) {
    for (const std::uint64_t number : acknowledged_) {
      try {
        const auto found = caches_["default"].get(std::to_string(number));
        if (!found) {
          violation(std::to_string(number) + " is missing " + when);
        } else if (*found != value(number)) {
          violation(std::to_string(number) + " has another value " + when);
        }
      } catch (const std::exception& error) {
        violation("get throws " + when + ": " + error.what());
      }
    }
  }

  const fs::path ballast_;
  Caches caches_;
  std::vector<std::uint64_t> acknowledged_;
  FullDiskResult result_;
  std::string why_;
};

}  // namespace

std::string mount_volume(Volume volume, const fs::path& directory) {
  const auto why = [](const char* call) {
    return call + (": " + std::string(std::strerror(errno)));
  };
  if (::unshare(CLONE_NEWNS) != 0) return why("unshare(CLONE_NEWNS)");
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return why("mount / as private");
  }
  if (volume == Volume::tmpfs) {
    const std::string size = "size=" + std::to_string(volume_size);
    const bool mounted = ::mount("none", directory.c_str(), "tmpfs", 0, size.c_str()) == 0;
    return mounted ? "" : why("mount tmpfs");
  }
  const fs::path image = directory.native() + ".image";
  std::ofstream(image).close();
  fs::resize_file(image, volume_size);
  if (!run({"mkfs.ext4", "-q", "-F", image})) return "mkfs.ext4 fails or is not installed";
  return run({"mount", "-o", "loop", image, directory}) ? "" : "mount -o loop fails";
}

FullDiskResult fill(const fs::path& volume, Durability level) {
  return Filler(volume, level).run();
}

}  // namespace cairn::test::durability
