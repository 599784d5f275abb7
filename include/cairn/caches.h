// The registry of named caches, as Django's `caches`.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <cairn/cache.h>
#include <cairn/export.h>
#include <cairn/options.h>

namespace cairn {

/// Named caches with one default location.
///
/// An object like any other: make it in main() and pass it on; a process-wide one is the user's
/// choice.  It must outlive the references it hands out.  Safe for use by several threads.
///
/// Nothing is opened before an alias is first asked for.  Its directory is then made if it is not
/// there (mode 0700, with its parents) and locked: one process has it open at a time.  Opening
/// throws
///  - IoError with code locked: another process has it; the message says which;
///  - IoError: it cannot be made, read or written;
///  - InvalidOption: it is a file, not empty and no Cairn store, another program's RocksDB, another
///    user's, writable by others (StoreOptions::allow_shared), or open with other StoreOptions;
///  - Corruption: its data fails its checks, or (code newer_format) a newer Cairn wrote it.
class CAIRN_EXPORT Caches {
 public:
  /// Aliases and their options, in the order in which aliases() lists them.
  using Configuration = std::vector<std::pair<std::string, CacheOptions>>;

  /// A registry of those aliases; nothing is opened yet.  `location` is where caches without a
  /// location of their own are kept: a directory, `memory:NAME` or `dummy:`; `store` are the
  /// options of every directory.  Throws InvalidOption for options that make no sense: an empty,
  /// doubled or unusable alias (letters, digits, '.', '_', '-'; at most 64), a negative
  /// cull_frequency, ...
  Caches(const std::filesystem::path& location, const Configuration& aliases,
         StoreOptions store = {});
  /// Closes every handle that it gave out.
  ~Caches();
  Caches(const Caches&) = delete;
  Caches& operator=(const Caches&) = delete;

  /// The cache of that name: in one thread always the same object, in another thread another one,
  /// on the same data.  Valid until this thread ends or erase() is called.  A thread that ends
  /// leaves its handle to the registry, which may keep the store open with it: see close_all().
  /// Throws InvalidCacheBackend with Django's wording if the alias is not configured or its
  /// location names no back end.
  Cache& operator[](std::string_view alias);

  /// True if the alias is configured, opened or not.
  bool contains(std::string_view alias) const noexcept;
  /// The configured aliases, in order of configuration.
  const std::vector<std::string>& aliases() const noexcept;
  /// The first of the configured aliases (Django: `for alias in caches`).
  std::vector<std::string>::const_iterator begin() const noexcept { return aliases().begin(); }
  /// The end of the configured aliases.
  std::vector<std::string>::const_iterator end() const noexcept { return aliases().end(); }

  /// This thread's caches: all that are configured or, with `initialized_only`, those that it has
  /// used (Django: `caches.all()`).  May open caches, and throws what that throws.
  std::vector<Cache*> all(bool initialized_only = false);

  /// Closes and drops this thread's object (Django: `del caches[alias]`); the next use makes a new
  /// one.  The data stays.
  void erase(std::string_view alias);

  /// Closes every handle that was given out, in all threads and of those that have ended, and opens
  /// none.  They open again when used.
  void close_all() noexcept;

 private:
  struct CAIRN_NO_EXPORT Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace cairn
