// The verbs of many keys: batches, listings and prefixes.
#include <cairn/cache.h>

#include <algorithm>
#include <span>
#include <unordered_set>
#include <utility>

#include "api/cache_impl.h"

namespace cairn {
namespace {

// A batch of values is built in memory before it is written.
constexpr std::size_t largest_batch = 1u << 30;
constexpr std::size_t listed_at_once = 1024;

std::vector<key::FinalKey> make_all(const key::KeyMaker& maker,
                                    const std::vector<std::string>& keys,
                                    std::optional<std::int64_t> version) {
  std::vector<key::FinalKey> made;
  made.reserve(keys.size());
  for (const std::string& key : keys) made.push_back(maker.make(key, version));
  return made;
}

}  // namespace

// ---- read ----

void Cache::read_many(const std::vector<std::string>& keys,
                      const std::function<void(StoredValue)>& visit,
                      const ReadOptions& options) const {
  if (keys.empty()) return;
  const std::vector<key::FinalKey> final_keys = make_all(impl_->keys, keys, options.version);
  const std::vector<std::string_view> wanted(final_keys.begin(), final_keys.end());

  // Copied out before they are decoded: codecs run outside the backend.
  std::vector<StoredValue> values;
  impl_->reading([&] {
    Backend& backend = impl_->use(Intent::read);
    std::function<void(std::size_t)> unreadable;
    if (impl_->options.on_read_error == OnReadError::miss) {
      unreadable = [&](std::size_t) { backend.tally().count(Event::read_error); };
    }
    backend.read_many(
        wanted,
        [&](std::size_t index, Found found) {
          values.push_back(Impl::loaded(std::move(found), keys[index]));
        },
        unreadable);
    backend.tally().count(Event::hit, values.size());
    backend.tally().count(Event::miss, keys.size() - values.size());
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
    const Reads::Listing listing = impl_->use(Intent::read).list(next, wanted, listed_at_once);
    for (const std::string& final_key : listing.keys) {
      if (!visit(std::string_view(final_key).substr(head.size()))) return;
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

std::vector<std::string> Cache::set_many(std::initializer_list<Item> items, SetOptions options) {
  std::vector<Entry> entries;
  entries.reserve(items.size());
  for (const Item& item : items) {
    internal::check_encoded(item.key, item.value);  // the caller could have changed it
    entries.push_back({std::string(item.key), item.value});
  }
  return write_many(std::move(entries), options);
}

std::vector<std::string> Cache::write_many(std::vector<Entry> entries, const SetOptions& options) {
  std::vector<std::string> refused;
  if (entries.empty()) return refused;
  const Timeout timeout = impl_->timeout(options.timeout);
  const WriteMode mode = impl_->mode(options.durability);

  std::vector<key::FinalKey> final_keys;
  final_keys.reserve(entries.size());
  std::size_t bytes = 0;
  for (const Entry& entry : entries) {
    final_keys.push_back(impl_->keys.make(entry.key, options.version));
    if (!impl_->too_large(entry.value))
      bytes += final_keys.back().view().size() + entry.value.bytes.size();
  }
  if (bytes > largest_batch) {
    throw InvalidOption("set_many: " + std::to_string(entries.size()) + " values of " +
                        std::to_string(bytes) + " bytes exceed 1 GiB; store them in parts");
  }

  // From the back, so that of two with one final key the last is kept.
  std::vector<Writes::Write> writes;
  writes.reserve(entries.size());
  std::unordered_set<std::string_view> seen;
  seen.reserve(entries.size());
  std::size_t stored = 0;
  for (std::size_t i = entries.size(); i-- > 0;) {
    if (!seen.insert(final_keys[i].view()).second) continue;
    const bool refuse = impl_->too_large(entries[i].value);
    if (refuse) refused.push_back(entries[i].key);
    const bool keep = !refuse && timeout.keeps();
    stored += keep ? 1 : 0;
    writes.push_back({final_keys[i].view(), keep ? &entries[i].value : nullptr});
  }
  std::reverse(writes.begin(), writes.end());
  std::reverse(refused.begin(), refused.end());

  Backend& backend = impl_->use(Intent::write);
  backend.write_many(writes, timeout, mode);
  backend.tally().count(Event::set, stored);
  return refused;
}

std::size_t Cache::erase_all(const std::vector<std::string>& keys, const ChangeOptions& options) {
  if (keys.empty()) return 0;
  const std::vector<key::FinalKey> final_keys = make_all(impl_->keys, keys, options.version);
  std::vector<std::string_view> wanted(final_keys.begin(), final_keys.end());
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  Backend& backend = impl_->use(Intent::write);
  const std::size_t erased = backend.erase_many(wanted, impl_->mode(options.durability));
  backend.tally().count(Event::erase, erased);
  return erased;
}

std::size_t Cache::erase_prefix(std::string_view prefix, ChangeOptions options) {
  const std::string wanted =
      impl_->keys.head(options.version, "erase_prefix") + std::string(prefix);
  const WriteMode mode = impl_->mode(options.durability);
  Backend& backend = impl_->use(Intent::write);
  std::size_t erased = 0;
  const auto erase_these = [&](std::span<const std::string> keys) {
    const std::vector<std::string_view> listed(keys.begin(), keys.end());
    const std::size_t live = backend.erase_many(listed, mode);
    backend.tally().count(Event::erase, live);
    erased += live;
  };
  // Erasing needs nothing of what cannot be read but the keys.
  const auto erase_readable = [&] {
    const std::vector<std::string> keys = backend.list_readable(wanted);
    for (std::span<const std::string> rest = keys; !rest.empty();) {
      const std::size_t piece = std::min(rest.size(), listed_at_once);
      erase_these(rest.first(piece));
      rest = rest.subspan(piece);
    }
    return "erase_prefix " + quote(prefix) + ": what can be read is erased, " +
           std::to_string(erased) + " live values; clear() erases the rest: ";
  };
  std::string next = wanted;
  do {
    Reads::Listing listing;
    try {
      listing = backend.list(next, wanted, listed_at_once);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::corruption) throw Corruption(erase_readable() + error.what());
      if (error.code() == ErrorCode::io) throw IoError(erase_readable() + error.what());
      throw;
    }
    erase_these(listing.keys);
    next = listing.next;
  } while (!next.empty());
  return erased;
}

}  // namespace cairn
