// The verbs of one key.  Each is a sentence: make the key, check it, say what zero timeouts mean,
// and let the backend do it.
#include <cairn/cache.h>

#include <span>
#include <utility>

#include "api/cache_impl.h"
#include "api/open_backend.h"
#include "process/process_end.h"
#include "store/directory/directory.h"

namespace cairn {
namespace {

// An update gives up where others write the key each time before it can.
constexpr int most_attempts = 1000;

std::chrono::milliseconds until(std::chrono::system_clock::time_point when,
                                std::chrono::milliseconds wall) {
  return std::chrono::ceil<std::chrono::milliseconds>(when.time_since_epoch()) - wall;
}

void require_bytes(ValueKind kind, std::string_view key) {
  if (kind != ValueKind::bytes) StoredValue{kind, {}, key}.wrong_type("bytes");
}

}  // namespace

Cache Cache::open(const std::filesystem::path& location, CacheOptions options, StoreOptions store) {
  check_options("default", options, store);
  std::filesystem::path where =
      resolve_location(options.location.empty() ? location : options.location);
  Cache cache(
      std::make_unique<Impl>("default", std::move(where), std::move(options), std::move(store)));
  cache.impl_->use(Intent::read);
  cache.impl_->uses.forget();
  return cache;
}

Cache::Cache(std::unique_ptr<Impl> impl) noexcept : impl_(impl.release()) {}
Cache::Cache(Cache&& other) noexcept : impl_(std::exchange(other.impl_, nullptr)) {
  if (impl_ != nullptr) impl_->uses.forget();
}
Cache& Cache::operator=(Cache&& other) noexcept {
  if (this != &other) {
    delete impl_;
    impl_ = std::exchange(other.impl_, nullptr);
    if (impl_ != nullptr) impl_->uses.forget();
  }
  return *this;
}
Cache::~Cache() {
  if (process::ProcessEnd::begun()) {
    // Other threads may go on using it.  They are refused, and what refuses them has to be there.
    process::ProcessEnd::keep(std::shared_ptr<Impl>(impl_));
  } else {
    delete impl_;
  }
}

// ---- read ----

std::optional<StoredValue> Cache::read(std::string_view key, const ReadOptions& options) const {
  const key::FinalKey final_key = impl_->keys.make(key, options.version);
  std::optional<Found> found =
      impl_->looking_up([&](Backend& backend) { return backend.read(final_key); });
  if (!found) return std::nullopt;
  return Impl::loaded(*std::move(found), key);
}

bool Cache::get_into(std::string_view key, std::string& value, ReadOptions options) const {
  const key::FinalKey final_key = impl_->keys.make(key, options.version);
  const std::optional<ValueKind> kind =
      impl_->looking_up([&](Backend& backend) { return backend.read_into(final_key, value); });
  if (!kind) value.clear();
  if (kind) require_bytes(*kind, key);
  return kind.has_value();
}

std::optional<std::size_t> Cache::get_into(std::string_view key, std::span<std::byte> buffer,
                                           ReadOptions options) const {
  const key::FinalKey final_key = impl_->keys.make(key, options.version);
  const std::span payload(reinterpret_cast<char*>(buffer.data()), buffer.size());
  const std::optional<Reads::Part> part =
      impl_->looking_up([&](Backend& backend) { return backend.read_into(final_key, payload); });
  if (!part) return std::nullopt;
  require_bytes(part->kind, key);
  return part->size;
}

bool Cache::contains(std::string_view key, ReadOptions options) const {
  const key::FinalKey final_key = impl_->keys.make(key, options.version);
  return impl_->reading([&] { return impl_->use(Intent::read).peek(final_key).has_value(); });
}

std::optional<Timeout> Cache::ttl(std::string_view key, ReadOptions options) const {
  const key::FinalKey final_key = impl_->keys.make(key, options.version);
  return impl_->reading([&]() -> std::optional<Timeout> {
    Backend& backend = impl_->use(Intent::read);
    const std::optional<Reads::Header> record = backend.peek(final_key);
    if (!record) return std::nullopt;
    if (record->expires_at == ttl::never_expires) return never;
    const ttl::Instant now = backend.now();
    if (ttl::expired(record->expires_at, now)) return std::nullopt;
    return std::chrono::milliseconds(record->expires_at - now);
  });
}

// ---- write ----

void Cache::write(std::string_view key, EncodedValue value, const SetOptions& options) {
  const key::FinalKey final_key = impl_->keys.make(key, options.version);
  const Timeout timeout = impl_->timeout(options.timeout);
  const WriteMode mode = impl_->mode(options.durability);
  Backend& backend = impl_->use(Intent::write);
  if (impl_->too_large(value)) {
    backend.erase(final_key, mode);  // what the caller meant to replace must not be served
    impl_->refuse_too_large("set", key, Impl::size(value));
  }
  if (!timeout.keeps()) {
    backend.erase(final_key, mode);
    return;
  }
  backend.write(final_key, value, timeout, mode);
  backend.tally().count(Event::set);
}

bool Cache::write_if_absent(std::string_view key, EncodedValue value, const SetOptions& options) {
  const key::FinalKey final_key = impl_->keys.make(key, options.version);
  const Timeout timeout = impl_->timeout(options.timeout);
  if (impl_->too_large(value)) impl_->refuse_too_large("add", key, Impl::size(value));
  Backend& backend = impl_->use(Intent::write);
  const WriteMode mode = impl_->mode(options.durability);
  if (!timeout.keeps()) {
    const bool absent = !backend.peek(final_key);
    backend.settle(mode);
    return absent;
  }
  const bool added = backend.write_if_absent(final_key, value, timeout, mode);
  if (added) backend.tally().count(Event::set);
  return added;
}

// Empty: what `make` has made.
std::optional<StoredValue> Cache::read_or_make(std::string_view key,
                                               const std::function<EncodedValue()>& make,
                                               const GetOrSetOptions& options) {
  using Made = SingleFlight::Made;
  WriteMode mode = impl_->mode(options.durability);
  // A miss that could not be overwritten would be made again by every caller, for ever.
  mode.unreadable_is_absent = impl_->options.on_read_error == OnReadError::miss;
  // What another has written waits for the disk only if the caller asks: else it is but read.
  const auto settle = [&] {
    if (options.durability) impl_->use(Intent::read).settle(mode);
  };
  if (auto hit = read(key, {.version = options.version})) {
    settle();
    return hit;
  }
  const key::FinalKey final_key = impl_->keys.unchecked(key, options.version);
  const Timeout timeout = impl_->timeout(options.timeout);
  Backend& backend = impl_->use(Intent::write);
  EncodedValue value;

  SingleFlight::Steps steps;
  steps.find = [&] {
    return impl_->reading([&]() -> std::optional<Made> {
      std::optional<Found> found = backend.read(final_key);
      if (!found) return std::nullopt;
      return Made{found->kind, std::move(found->payload), found->expires_at};
    });
  };
  steps.make = [&] {
    value = make();
    return Made{
        .kind = value.kind, .payload = value.bytes.substr(EncodedValue::header_room), .own = true};
  };
  // What is too large to be stored, or is not to be kept, is still what was asked for.
  steps.store = [&](Made made) {
    if (!timeout.keeps() || impl_->too_large(value)) return made;
    auto winner = impl_->reading([&]() -> std::optional<Made> {
      if (!backend.write_if_absent(final_key, value, timeout, mode)) return steps.find();
      backend.tally().count(Event::set);
      return std::nullopt;
    });
    if (winner) return *std::move(winner);
    if (const auto stored = ttl::parse(value.bytes)) made.expires_at = stored->expires_at;
    return made;
  };
  steps.is_live = [&](const Made& made) { return !ttl::expired(made.expires_at, backend.now()); };

  Made made = backend.flights().run(final_key, options.max_wait, steps);
  if (made.own) return std::nullopt;
  settle();
  return StoredValue{made.kind, std::move(made.payload), key};
}

bool Cache::touch(std::string_view key, SetOptions options) {
  const key::FinalKey final_key = impl_->keys.make(key, options.version);
  const Timeout timeout = impl_->timeout(options.timeout);
  const WriteMode mode = impl_->mode(options.durability);
  Backend& backend = impl_->use(Intent::write);
  const bool touched =
      timeout.keeps() ? backend.touch(final_key, timeout, mode) : backend.erase(final_key, mode);
  if (touched) backend.tally().count(Event::touch);
  return touched;
}

bool Cache::expire_at(std::string_view key, std::chrono::system_clock::time_point when,
                      ChangeOptions options) {
  const Timeout timeout = until(when, impl_->use(Intent::read).wall());
  return touch(key,
               {.timeout = timeout, .version = options.version, .durability = options.durability});
}

bool Cache::erase(std::string_view key, ChangeOptions options) {
  const key::FinalKey final_key = impl_->keys.make(key, options.version);
  Backend& backend = impl_->use(Intent::write);
  const bool erased = backend.erase(final_key, impl_->mode(options.durability));
  if (erased) backend.tally().count(Event::erase);
  return erased;
}

// Decodes before it removes, so that a value which cannot be decoded is not lost, and removes only
// what was decoded.  False if there is nothing to take, whatever `accept` has seen on the way.
bool Cache::take(std::string_view key, const std::function<void(StoredValue)>& accept,
                 const ChangeOptions& options) {
  const key::FinalKey final_key = impl_->keys.make(key, options.version);
  const WriteMode mode = impl_->mode(options.durability);
  Backend& backend = impl_->use(Intent::write);
  for (;;) {
    const std::optional<Found> found = backend.read(final_key);
    backend.tally().count(found ? Event::hit : Event::miss);
    if (!found) {
      backend.settle(mode);
      return false;
    }
    accept(Impl::loaded(*found, key));
    if (backend.write_if_same(final_key, found, {.value = nullptr}, mode)) break;
  }
  backend.tally().count(Event::erase);
  return true;
}

// Holds no lock but the key's turn while `change` runs.  Whatever else changes the key meanwhile
// makes the function run again, with what is there then.
void Cache::modify(
    std::string_view key,
    const std::function<std::optional<EncodedValue>(std::optional<StoredValue>)>& change,
    const SetOptions& options) {
  const key::FinalKey final_key = impl_->keys.make(key, options.version);
  const WriteMode mode = impl_->mode(options.durability);
  Backend& backend = impl_->use(Intent::write);
  const KeyTurns::Turn turn = backend.turns().take(final_key);
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    const std::optional<Found> found = backend.read(final_key);
    std::optional<EncodedValue> changed;
    {
      const process::UpdateScope scope;
      changed = change(found ? std::optional(Impl::loaded(*found, key)) : std::nullopt);
    }
    if (changed && impl_->too_large(*changed))
      impl_->refuse_too_large("update", key, Impl::size(*changed));
    // An existing value keeps its expiry; one that has expired meanwhile does not exist.
    Writes::Replacement left{.value = changed ? &*changed : nullptr,
                             .timeout = options.timeout,
                             .if_expired = impl_->options.timeout};
    if (!found && !left.timeout) left.timeout = left.if_expired;
    if (left.timeout && !left.timeout->keeps()) left.value = nullptr;
    if (backend.write_if_same(final_key, found, left, mode)) {
      if (changed) backend.tally().count(Event::set);
      return;
    }
  }
  throw Error(ErrorCode::busy, "update " + quote(key) + ": others changed the value each of " +
                                   std::to_string(most_attempts) +
                                   " times that the function ran; make it quicker, or write the "
                                   "key by update() alone");
}

void Cache::clear() { impl_->use(Intent::write).clear(); }

// ---- the store ----

std::uint64_t Cache::expire() { return impl_->use(Intent::write).expire({}); }
std::uint64_t Cache::expire(const std::function<bool(const ExpireProgress&)>& progress) {
  return impl_->use(Intent::write).expire(progress);
}
void Cache::compact() { impl_->use(Intent::write).compact(); }
std::uint64_t Cache::cull() { return impl_->use(Intent::write).cull(impl_->mode({})); }
Stats Cache::stats() const { return impl_->use(Intent::read).stats(impl_->mode({})); }
void Cache::sync() { impl_->use(Intent::read).sync(); }
void Cache::checkpoint(const std::filesystem::path& directory) {
  const std::filesystem::path copy =
      directory.empty() ? directory : store::absolute_path(directory);
  impl_->use(Intent::read).checkpoint(copy);
}
void Cache::close() noexcept { impl_->close(); }

// ---- keys ----

std::string Cache::make_key(std::string_view key, std::optional<std::int64_t> version) const {
  return std::string(impl_->keys.unchecked(key, version).view());
}

const CacheOptions& Cache::options() const noexcept { return impl_->options; }

}  // namespace cairn
