// What is behind a Cache: its options, its keys, and a handle on a backend.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <cairn/cache.h>
#include "backend/backend.h"
#include "key/key_maker.h"
#include "process/callback_scope.h"
#include "process/first_uses.h"
#include "process/fork_guard.h"
#include "process/mutex.h"
#include "process/update_scope.h"

namespace cairn {

/// What an operation is going to do.
enum class Intent { read, write };

struct Cache::Impl {
  /// `where` is resolved (resolve_location).
  Impl(std::string alias_name, std::filesystem::path where, CacheOptions cache_options,
       StoreOptions store_options);
  ~Impl();

  /// The backend, with this handle attached to it: opened if it is not.  Every operation begins
  /// here, where a forked child is refused, and a write inside the function of update().  The store
  /// refuses them again, because it is entered in other ways as well.
  Backend& use(Intent intent) {
    home_.check();
    if (intent == Intent::write) process::UpdateScope::refuse_writes();
    if (!attached_.load(std::memory_order_acquire)) [[unlikely]]
      attach();
    if (process::CallbackScope::inside()) [[unlikely]]
      backend_->check_caller();
    uses.used();
    return *backend_;
  }
  bool attached() const noexcept { return attached_.load(); }
  void close() noexcept;
  /// Closes, and releases the backend as well: for a handle that nobody may use any more.
  void retire() noexcept;

  Timeout timeout(const std::optional<Timeout>& asked) const {
    return asked.value_or(options.timeout);
  }
  WriteMode mode(const std::optional<Durability>& asked) const {
    return {asked.value_or(Durability::clean_close),
            Bounds{options.max_entries, options.cull_frequency}};
  }
  static std::uint64_t size(const EncodedValue& value) {
    return value.bytes.size() - EncodedValue::header_room;
  }
  bool too_large(const EncodedValue& value) const { return size(value) > options.max_value_size; }
  /// Throws with code value_too_large.
  [[noreturn]] void refuse_too_large(std::string_view verb, std::string_view key,
                                     std::uint64_t size) const;

  /// The value of a counter a step further; empty if there is no such counter.
  std::optional<std::int64_t> increment(std::string_view key, const Step& step,
                                        const IncrOptions& asked);
  /// Moves a value to the version a step further, and returns that version.
  std::int64_t move(std::string_view key, const Step& step, const ChangeOptions& asked);

  /// Runs a read; a failure of the disk obeys on_read_error.
  template <class Read>
  auto reading(Read read) -> decltype(read()) {
    try {
      return read();
    } catch (const Error& error) {
      pass_over_read_error(error);
      return {};
    }
  }

  /// The same for one key, counted as a hit or a miss.
  template <class Read>
  auto looking_up(const Read& read) -> std::invoke_result_t<Read, Backend&> {
    return reading([&] {
      Backend& backend = use(Intent::read);
      auto found = read(backend);
      backend.tally().count(found ? Event::hit : Event::miss);
      return found;
    });
  }

  /// A value as codecs read it; `key` must outlive it.
  static StoredValue loaded(Found found, std::string_view key) {
    return {found.kind, std::move(found.payload), key};
  }

  const std::string alias;
  const std::filesystem::path location;
  const CacheOptions options;
  const StoreOptions store;
  const key::KeyMaker keys;
  process::FirstUses uses;  // of the Cache, which a static object may hold

 private:
  void attach();
  void pass_over_read_error(const Error& error);

  // Held for a moment only, and never while attaching or detaching: these wait for operations under
  // way, and one of those may be about to attach from inside update().
  process::Mutex mutex_;
  std::atomic<bool> attached_{false};
  process::HomeProcess home_;         // where it was attached first
  std::shared_ptr<Backend> backend_;  // set under mutex_; from the first attach() to retire()
};

}  // namespace cairn
