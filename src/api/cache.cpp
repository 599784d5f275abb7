// The verbs.  Each is a sentence: make the key, check it, say what zero timeouts mean, and let the
// backend do it.
#include <cairn/cache.h>

#include <algorithm>
#include <unordered_set>

#include "api/cache_impl.h"
#include "api/open_backend.h"
#include "process/update_scope.h"

namespace cairn {
namespace {

// A batch of values is built in memory before it is written.
constexpr std::size_t largest_batch = 1u << 30;
constexpr std::size_t listed_at_once = 1024;

std::chrono::milliseconds until(std::chrono::system_clock::time_point when,
                                std::chrono::milliseconds wall) {
  return std::chrono::ceil<std::chrono::milliseconds>(when.time_since_epoch()) - wall;
}

StoredValue loaded(const ttl::Record& record, std::string payload, std::string_view key) {
  return {record.kind, std::move(payload), key};
}

}  // namespace

Cache Cache::open(const std::filesystem::path& location, CacheOptions options, StoreOptions store) {
  check_options("default", options, store);
  Cache cache(std::make_unique<Impl>("default", location, std::move(options), std::move(store)));
  cache.impl_->use();
  return cache;
}

Cache::Cache(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Cache::Cache(Cache&&) noexcept = default;
Cache& Cache::operator=(Cache&&) noexcept = default;
Cache::~Cache() = default;

// ---- read ----

std::optional<StoredValue> Cache::read(std::string_view key, const ReadOptions& options) const {
  const key::FinalKey full = impl_->keys.make(key, options.version);
  return impl_->reading([&]() -> std::optional<StoredValue> {
    Backend& backend = impl_->use();
    std::string payload;
    const std::optional<ttl::Record> record = backend.read(full, payload);
    backend.counters().count(record ? Event::hit : Event::miss);
    if (!record) return std::nullopt;
    return loaded(*record, std::move(payload), key);
  });
}

bool Cache::contains(std::string_view key, ReadOptions options) const {
  const key::FinalKey full = impl_->keys.make(key, options.version);
  return impl_->reading([&] { return impl_->use().find(full).has_value(); });
}

std::optional<Timeout> Cache::ttl(std::string_view key, ReadOptions options) const {
  const key::FinalKey full = impl_->keys.make(key, options.version);
  return impl_->reading([&]() -> std::optional<Timeout> {
    Backend& backend = impl_->use();
    const std::optional<ttl::Record> record = backend.find(full);
    if (!record) return std::nullopt;
    if (record->expires_at == ttl::never_expires) return never;
    const ttl::Instant now = backend.now();
    if (ttl::expired(record->expires_at, now)) return std::nullopt;
    return std::chrono::milliseconds(record->expires_at - now);
  });
}

void Cache::read_many(const std::vector<std::string>& keys,
                      const std::function<void(StoredValue)>& visit,
                      const ReadOptions& options) const {
  if (keys.empty()) return;
  std::vector<key::FinalKey> full;
  full.reserve(keys.size());
  for (const std::string& key : keys) full.push_back(impl_->keys.make(key, options.version));
  const std::vector<std::string_view> wanted(full.begin(), full.end());

  // Copied out before they are decoded: codecs run outside the backend.
  std::vector<StoredValue> values;
  impl_->reading([&] {
    Backend& backend = impl_->use();
    backend.read_many(wanted, [&](std::size_t index, const ttl::Record& record) {
      values.push_back(loaded(record, std::string(record.payload), keys[index]));
    });
    backend.counters().count(Event::hit, values.size());
    backend.counters().count(Event::miss, keys.size() - values.size());
    return true;
  });
  for (StoredValue& value : values) visit(std::move(value));
}

void Cache::for_each_key(std::string_view prefix,
                         const std::function<bool(std::string_view)>& visit,
                         ReadOptions options) const {
  const std::string head = impl_->keys.head(options.version, "keys");
  const std::string wanted = head + std::string(prefix);
  std::string next = wanted;
  do {
    const Backend::Listing listing = impl_->use().list(next, wanted, listed_at_once);
    for (const std::string& full : listing.keys) {
      if (!visit(std::string_view(full).substr(head.size()))) return;
    }
    next = listing.next;
  } while (!next.empty());
}

std::vector<std::string> Cache::keys(std::string_view prefix, ReadOptions options) const {
  std::vector<std::string> found;
  for_each_key(
      prefix,
      [&](std::string_view key) {
        found.emplace_back(key);
        return true;
      },
      options);
  return found;
}

// ---- write ----

void Cache::write(std::string_view key, EncodedValue value, const SetOptions& options) {
  const key::FinalKey full = impl_->keys.make(key, options.version);
  const Timeout timeout = impl_->timeout(options.timeout);
  const WriteMode mode = impl_->mode(options.durability);
  Backend& backend = impl_->use();
  if (impl_->too_large(value)) {
    backend.remove(full, mode);  // what the caller meant to replace must not be served
    impl_->refuse_too_large("set", key, value);
  }
  if (!timeout.keeps()) {
    backend.remove(full, mode);
    return;
  }
  backend.write(full, value, timeout, mode);
  backend.counters().count(Event::set);
}

bool Cache::write_if_absent(std::string_view key, EncodedValue value, const SetOptions& options) {
  const key::FinalKey full = impl_->keys.make(key, options.version);
  const Timeout timeout = impl_->timeout(options.timeout);
  if (impl_->too_large(value)) impl_->refuse_too_large("add", key, value);
  Backend& backend = impl_->use();
  if (!timeout.keeps()) return !backend.find(full);
  const bool added = backend.write_if_absent(full, value, timeout, impl_->mode(options.durability));
  if (added) backend.counters().count(Event::set);
  return added;
}

std::vector<std::string> Cache::set_many(std::initializer_list<Item> items, SetOptions options) {
  std::vector<Entry> entries;
  entries.reserve(items.size());
  for (const Item& item : items) entries.push_back({std::string(item.key), item.value});
  return write_many(std::move(entries), options);
}

std::vector<std::string> Cache::write_many(std::vector<Entry> entries, const SetOptions& options) {
  std::vector<std::string> refused;
  if (entries.empty()) return refused;
  const Timeout timeout = impl_->timeout(options.timeout);
  const WriteMode mode = impl_->mode(options.durability);

  std::vector<key::FinalKey> full;
  full.reserve(entries.size());
  std::size_t bytes = 0;
  for (const Entry& entry : entries) {
    full.push_back(impl_->keys.make(entry.key, options.version));
    if (!impl_->too_large(entry.value))
      bytes += full.back().view().size() + entry.value.bytes.size();
  }
  if (bytes > largest_batch) {
    throw InvalidOption("set_many: " + std::to_string(entries.size()) + " values of " +
                        std::to_string(bytes) + " bytes exceed 1 GiB; store them in parts");
  }

  // From the back, so that of two with one final key the last is kept.
  std::vector<Backend::Write> writes;
  writes.reserve(entries.size());
  std::unordered_set<std::string_view> seen;
  seen.reserve(entries.size());
  std::size_t stored = 0;
  for (std::size_t i = entries.size(); i-- > 0;) {
    if (!seen.insert(full[i].view()).second) continue;
    const bool refuse = impl_->too_large(entries[i].value);
    if (refuse) refused.push_back(entries[i].key);
    const bool keep = !refuse && timeout.keeps();
    stored += keep ? 1 : 0;
    writes.push_back({full[i].view(), keep ? &entries[i].value : nullptr});
  }
  std::reverse(writes.begin(), writes.end());
  std::reverse(refused.begin(), refused.end());

  Backend& backend = impl_->use();
  backend.write_many(writes, timeout, mode);
  backend.counters().count(Event::set, stored);
  return refused;
}

StoredValue Cache::read_or_make(std::string_view key, const std::function<EncodedValue()>& make,
                                const GetOrSetOptions& options) {
  if (std::optional<StoredValue> hit = read(key, {.version = options.version})) {
    return *std::move(hit);
  }
  // Waiting for another thread's factory under a key's lock, it may be waiting for that lock.
  process::UpdateScope::refuse_writes();
  const key::FinalKey full = impl_->keys.unchecked(key, options.version);
  const Timeout timeout = impl_->timeout(options.timeout);
  const WriteMode mode = impl_->mode(options.durability);
  Backend& backend = impl_->use();
  const auto stored = [&]() -> std::optional<SingleFlight::Made> {
    std::string payload;
    const std::optional<ttl::Record> record = backend.read(full, payload);
    if (!record) return std::nullopt;
    return SingleFlight::Made{record->kind, std::move(payload)};
  };
  SingleFlight::Made made = backend.flights().run(full, options.max_wait, [&] {
    // Whoever was in flight before us may have stored it since we looked.
    if (auto before = impl_->reading(stored)) return *std::move(before);
    EncodedValue value = make();
    if (impl_->too_large(value)) impl_->refuse_too_large("get_or_set", key, value);
    SingleFlight::Made own{value.kind, value.bytes.substr(EncodedValue::header_room)};
    if (!timeout.keeps()) return own;
    auto winner = impl_->reading([&]() -> std::optional<SingleFlight::Made> {
      if (!backend.write_if_absent(full, value, timeout, mode)) return stored();
      backend.counters().count(Event::set);
      return std::nullopt;
    });
    return winner ? *std::move(winner) : own;
  });
  return {made.kind, std::move(made.payload), key};
}

bool Cache::touch(std::string_view key, SetOptions options) {
  const key::FinalKey full = impl_->keys.make(key, options.version);
  const Timeout timeout = impl_->timeout(options.timeout);
  const WriteMode mode = impl_->mode(options.durability);
  Backend& backend = impl_->use();
  const bool touched =
      timeout.keeps() ? backend.touch(full, timeout, mode) : backend.remove(full, mode);
  if (touched) backend.counters().count(Event::touch);
  return touched;
}

bool Cache::expire_at(std::string_view key, std::chrono::system_clock::time_point when,
                      ChangeOptions options) {
  const Timeout timeout = until(when, impl_->use().wall());
  return touch(key,
               {.timeout = timeout, .version = options.version, .durability = options.durability});
}

bool Cache::erase(std::string_view key, ChangeOptions options) {
  const key::FinalKey full = impl_->keys.make(key, options.version);
  Backend& backend = impl_->use();
  const bool erased = backend.remove(full, impl_->mode(options.durability));
  if (erased) backend.counters().count(Event::erase);
  return erased;
}

std::size_t Cache::remove_many(const std::vector<std::string>& keys, const ChangeOptions& options) {
  if (keys.empty()) return 0;
  std::vector<key::FinalKey> full;
  full.reserve(keys.size());
  for (const std::string& key : keys) full.push_back(impl_->keys.make(key, options.version));
  std::vector<std::string_view> wanted(full.begin(), full.end());
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  Backend& backend = impl_->use();
  const std::size_t erased = backend.remove_many(wanted, impl_->mode(options.durability));
  backend.counters().count(Event::erase, erased);
  return erased;
}

std::size_t Cache::erase_prefix(std::string_view prefix, ChangeOptions options) {
  const std::string wanted =
      impl_->keys.head(options.version, "erase_prefix") + std::string(prefix);
  const WriteMode mode = impl_->mode(options.durability);
  Backend& backend = impl_->use();
  std::string next = wanted;
  std::size_t erased = 0;
  do {
    const Backend::Listing listing = backend.list(next, wanted, listed_at_once);
    const std::vector<std::string_view> full(listing.keys.begin(), listing.keys.end());
    erased += backend.remove_many(full, mode);
    next = listing.next;
  } while (!next.empty());
  backend.counters().count(Event::erase, erased);
  return erased;
}

// Decodes before it removes, so that a value which cannot be decoded is not lost, and removes only
// what was decoded.  False if there is nothing to take, whatever `accept` has seen on the way.
bool Cache::take(std::string_view key, const std::function<void(StoredValue)>& accept,
                 const ChangeOptions& options) {
  const key::FinalKey full = impl_->keys.make(key, options.version);
  const WriteMode mode = impl_->mode(options.durability);
  Backend& backend = impl_->use();
  for (;;) {
    std::string payload;
    const std::optional<ttl::Record> record = backend.read(full, payload);
    backend.counters().count(record ? Event::hit : Event::miss);
    if (!record) return false;
    accept(loaded(*record, payload, key));
    if (backend.remove_same(full, *record, mode)) break;
  }
  backend.counters().count(Event::erase);
  return true;
}

void Cache::modify(
    std::string_view key,
    const std::function<std::optional<EncodedValue>(std::optional<StoredValue>)>& change,
    const SetOptions& options) {
  const key::FinalKey full = impl_->keys.make(key, options.version);
  Backend& backend = impl_->use();
  bool stored = false;
  backend.update(
      full,
      [&](const std::optional<ttl::Record>& current) {
        std::optional<StoredValue> value;
        if (current) value = loaded(*current, std::string(current->payload), key);
        std::optional<EncodedValue> changed = change(std::move(value));
        if (changed && impl_->too_large(*changed)) impl_->refuse_too_large("update", key, *changed);
        stored = changed.has_value();
        return changed;
      },
      options.timeout, impl_->options.timeout, impl_->mode(options.durability));
  if (stored) backend.counters().count(Event::set);
}

void Cache::clear() { impl_->use().clear(); }

// ---- the store ----

std::uint64_t Cache::expire() { return impl_->use().expire(); }
std::uint64_t Cache::cull() { return impl_->use().cull(impl_->mode({})); }
Stats Cache::stats() const { return impl_->use().stats(impl_->mode({})); }
void Cache::sync() { impl_->use().sync(); }
void Cache::checkpoint(const std::filesystem::path& directory) {
  impl_->use().checkpoint(directory);
}
void Cache::close() noexcept { impl_->close(); }

// ---- keys ----

std::string Cache::make_key(std::string_view key, std::optional<std::int64_t> version) const {
  return std::string(impl_->keys.unchecked(key, version).view());
}

const CacheOptions& Cache::options() const noexcept { return impl_->options; }

}  // namespace cairn
