#include "store/directory/watermark.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "bytes/little_endian.h"

namespace cairn::store {
namespace {

constexpr std::size_t word_size = 8;
constexpr std::size_t copies = 2;

// RocksDB's sequence numbers have 56 bits; the eighth byte checks them.
std::uint8_t check_of(std::uint64_t sequence) {
  const std::uint64_t mixed = (sequence + 1) * 0x9e3779b97f4a7c15u;
  return static_cast<std::uint8_t>(mixed >> 56);
}

using Word = std::array<char, word_size>;

Word pack(std::uint64_t sequence) {
  Word word{};
  store_little_endian<7>(word.data(), sequence);
  word[7] = static_cast<char>(check_of(sequence));
  return word;
}

std::optional<std::uint64_t> unpack(const char* word) {
  const std::uint64_t sequence = load_little_endian<7>(word);
  if (word[7] != static_cast<char>(check_of(sequence))) return std::nullopt;
  return sequence;
}

}  // namespace

Watermark::Watermark(const std::filesystem::path& directory, const char* name)
    : file_(::open((directory / name).c_str(),
                   O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600)) {
  if (file_.get() < 0) fail(directory / name, "open", errno);
  std::array<char, word_size * copies> bytes{};
  const ssize_t length = ::pread(file_.get(), bytes.data(), bytes.size(), 0);
  bool readable = false;
  for (std::size_t i = 0; length == ssize_t{bytes.size()} && i < copies; ++i) {
    const std::optional<std::uint64_t> found = unpack(bytes.data() + i * word_size);
    if (!found) continue;
    readable = true;
    sequence_ = std::max(sequence_.load(), *found);
  }
  const bool blank = std::all_of(bytes.begin(), bytes.end(), [](auto byte) { return byte == 0; });
  unreadable_ = !readable && !blank;
}

void Watermark::raise(std::uint64_t sequence) noexcept {
  const process::LockGuard lock(mutex_);
  if (sequence <= sequence_) return;
  sequence_ = sequence;
  write();
}

void Watermark::reset(std::uint64_t sequence) noexcept {
  const process::LockGuard lock(mutex_);
  sequence_ = sequence;
  write();
}

// A watermark that cannot be written stays behind the truth, which is what it may be.
void Watermark::write() noexcept {
  const Word word = pack(sequence_);
  std::array<char, word_size * copies> bytes{};
  for (std::size_t i = 0; i < copies; ++i)
    std::copy(word.begin(), word.end(), bytes.begin() + static_cast<std::ptrdiff_t>(i * word_size));
  (void)!::pwrite(file_.get(), bytes.data(), bytes.size(), 0);
}

}  // namespace cairn::store
