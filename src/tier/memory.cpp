#include "tier/memory.h"

#include <new>

#include <sys/mman.h>

namespace cairn::tier {

namespace {

constexpr std::size_t large_page = std::size_t{2} << 20;

Word* map(std::size_t bytes) {
  void* const start = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (start == MAP_FAILED) throw std::bad_alloc();
  // A child may not use it (process::ForkGuard): it gets zeros, and the parent's pages stay its
  // own.
  (void)madvise(start, bytes, MADV_WIPEONFORK);
  // Zeros are atomics of the value zero: they have no other representation and no destructor.
  return static_cast<Word*>(start);
}

}  // namespace

Memory::Memory(std::size_t bytes) : bytes_(bytes), words_(map(bytes)) {}

Memory::~Memory() { munmap(words_, bytes_); }

void Memory::prefer_large_pages(std::size_t from, std::size_t to) const noexcept {
  const auto start = reinterpret_cast<std::uintptr_t>(words_);
  const std::uintptr_t first = (start + from + large_page - 1) / large_page * large_page;
  const std::uintptr_t last = (start + to) / large_page * large_page;
  if (first >= last) return;
  madvise(reinterpret_cast<char*>(words_) + (first - start), last - first, MADV_HUGEPAGE);
}

}  // namespace cairn::tier
