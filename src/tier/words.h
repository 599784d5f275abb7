// Bytes as words that one thread may read while another writes: atomic, 64 bits each.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace cairn::tier {

/// A reader copies words that may change under it, and afterwards looks whether they did (Bucket).
/// For that every store releases and every load acquires: who has seen one new word sees what was
/// written before it.  On x86 both are plain moves.
using Word = std::atomic<std::uint64_t>;
inline constexpr std::size_t word_bytes = sizeof(Word);
static_assert(Word::is_always_lock_free && sizeof(Word) == 8);

inline std::size_t words_for(std::size_t bytes) noexcept {
  return (bytes + word_bytes - 1) / word_bytes;
}

inline std::uint64_t load(const Word& word) noexcept {
  return word.load(std::memory_order_acquire);
}
inline void store(Word& word, std::uint64_t value) noexcept {
  word.store(value, std::memory_order_release);
}

/// Less than eight bytes, in pieces of a known size: a memcpy of any other is a call.
inline void copy_few(const char* from, char* to, std::size_t size) noexcept {
  if ((size & 4) != 0) {
    std::memcpy(to, from, 4);
    to += 4;
    from += 4;
  }
  if ((size & 2) != 0) {
    std::memcpy(to, from, 2);
    to += 2;
    from += 2;
  }
  if ((size & 1) != 0) *to = *from;
}

/// Up to eight bytes as a word, with zeros behind them.
inline std::uint64_t word_of(const char* from, std::size_t size) noexcept {
  std::uint64_t value = 0;
  if (size == word_bytes) {
    std::memcpy(&value, from, word_bytes);
  } else {
    copy_few(from, reinterpret_cast<char*>(&value), size);
  }
  return value;
}

/// The first `size` bytes of a word, less than eight.
inline void copy_part(std::uint64_t value, char* to, std::size_t size) noexcept {
  copy_few(reinterpret_cast<const char*>(&value), to, size);
}

inline void store_bytes(Word* to, std::string_view bytes) noexcept {
  const char* from = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= word_bytes; from += word_bytes, left -= word_bytes) {
    store(*to++, word_of(from, word_bytes));
  }
  if (left > 0) store(*to, word_of(from, left));
}

inline bool equal_bytes(const Word* words, std::string_view bytes) noexcept {
  const char* from = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= word_bytes; from += word_bytes, left -= word_bytes) {
    if (load(*words++) != word_of(from, word_bytes)) return false;
  }
  return left == 0 || load(*words) == word_of(from, left);
}

/// The eight bytes that begin `bytes` (1 to 7) behind the beginning of `first`.
inline std::uint64_t straddle(std::uint64_t first, std::uint64_t second,
                              std::size_t bytes) noexcept {
  const std::size_t bits = 8 * bytes;
  if constexpr (std::endian::native == std::endian::little) {
    return first >> bits | second << (64 - bits);
  } else {
    return first << bits | second >> (64 - bits);
  }
}

#if defined(__SANITIZE_THREAD__)
#define CAIRN_WIDE_LOADS 0
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CAIRN_WIDE_LOADS 0
#endif
#endif
#if !defined(CAIRN_WIDE_LOADS) && defined(__x86_64__)
#define CAIRN_WIDE_LOADS 1
#endif

#if CAIRN_WIDE_LOADS
inline constexpr std::size_t wide_bytes = 64;

/// Four loads of 16 bytes, which x86 does not reorder with later ones, and no compiler sees.  Eight
/// words one by one take twice as long.  The thread sanitizer gets the words.
inline void load_wide(const char* from, char* to) noexcept {
  asm volatile(
      "movups (%0), %%xmm0\n\tmovups 16(%0), %%xmm1\n\t"
      "movups 32(%0), %%xmm2\n\tmovups 48(%0), %%xmm3\n\t"
      "movups %%xmm0, (%1)\n\tmovups %%xmm1, 16(%1)\n\t"
      "movups %%xmm2, 32(%1)\n\tmovups %%xmm3, 48(%1)"
      :
      : "r"(from), "r"(to)
      : "xmm0", "xmm1", "xmm2", "xmm3", "memory");
}
#endif

/// `size` bytes from the byte `from` of the words on.
[[gnu::always_inline]] inline void load_bytes(const Word* words, std::size_t from, char* to,
                                              std::size_t size) noexcept {
#if CAIRN_WIDE_LOADS
  if (size >= wide_bytes) {  // the last ones overlap
    const char* const start = reinterpret_cast<const char*>(words) + from;
    std::size_t done = 0;
    for (; done + wide_bytes <= size; done += wide_bytes) load_wide(start + done, to + done);
    if (done < size) load_wide(start + size - wide_bytes, to + size - wide_bytes);
    return;
  }
#endif
  if (size == 0) return;
  words += from / word_bytes;
  const std::size_t skipped = from % word_bytes;
  if (skipped == 0) {
    for (; size >= word_bytes; size -= word_bytes, to += word_bytes) {
      const std::uint64_t value = load(*words++);
      std::memcpy(to, &value, word_bytes);
    }
    if (size == 0) return;
    const std::uint64_t value = load(*words);
    copy_part(value, to, size);
    return;
  }
  std::uint64_t first = load(*words++);
  for (; size >= word_bytes; size -= word_bytes, to += word_bytes) {
    const std::uint64_t second = load(*words++);
    const std::uint64_t value = straddle(first, second, skipped);
    std::memcpy(to, &value, word_bytes);
    first = second;
  }
  if (size == 0) return;
  const std::uint64_t second = skipped + size > word_bytes ? load(*words) : 0;
  const std::uint64_t value = straddle(first, second, skipped);
  copy_part(value, to, size);
}

}  // namespace cairn::tier
