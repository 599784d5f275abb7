#include <cairn/caches.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <unordered_map>
#include <utility>

#include "api/cache_impl.h"
#include "api/open_backend.h"
#include "process/first_uses.h"
#include "process/fork_guard.h"
#include "process/mutex.h"
#include "process/process_end.h"

namespace cairn {

// Each thread keeps its own caches of a registry, so that finding one takes no lock; the registry
// knows them all, so that it can close them, and keeps one of each alias that it has given out, so
// that neither the end of a thread nor erase() loses what a `memory:` cache holds, and threads that
// come and go do not open and close RocksDB each time.
struct Caches::Impl {
  using OfThread = std::map<std::string, std::shared_ptr<Cache>, std::less<>>;

  struct ThreadEnd;

  // What one thread has of one registry.
  struct Mine {
    std::weak_ptr<Impl> registry;
    OfThread caches;

    Mine(std::weak_ptr<Impl> of) : registry(std::move(of)) {}
    Mine(const Mine&) = delete;
    Mine& operator=(const Mine&) = delete;
    ~Mine() {
      if (const std::shared_ptr<Impl> alive = registry.lock()) alive->adopt(caches);
    }
  };

  struct Configured {
    CacheOptions options;
    std::filesystem::path location;
  };

  Impl(const std::filesystem::path& location, const Configuration& configuration,
       StoreOptions options)
      : store(std::move(options)) {
    for (const auto& [alias, cache] : configuration) {
      check_options(alias, cache, store);
      names.push_back(alias);
      const Configured entry{cache,
                             resolve_location(cache.location.empty() ? location : cache.location)};
      if (!configured.emplace(alias, entry).second) {
        throw InvalidOption("cache " + quote(alias) + ": the alias is configured twice");
      }
    }
  }

  // Of the calling thread; null where that has ended but for the destructors of its thread_locals.
  OfThread* of_thread(const std::shared_ptr<Impl>& self);
  Cache& cache(OfThread& mine, std::string_view alias);
  std::shared_ptr<Cache> make(std::string_view alias);
  Cache& late_cache(std::string_view alias);
  void close_late(std::string_view alias) noexcept;
  // Takes over what a thread leaves, as it is; gives back what is not needed.
  void adopt(OfThread& left) noexcept;
  std::vector<std::shared_ptr<Cache>> all_given_out() noexcept;

  const std::uint64_t id = next_id.fetch_add(1);
  const StoreOptions store;
  process::HomeProcess home;  // where a cache was made first
  std::vector<std::string> names;
  std::map<std::string, Configured, std::less<>> configured;

  process::FirstUses uses;  // of the Caches, which a static object may hold
  process::Mutex mutex;
  std::vector<std::weak_ptr<Cache>> given_out CAIRN_GUARDED_BY(mutex);
  OfThread kept CAIRN_GUARDED_BY(mutex);
  OfThread late CAIRN_GUARDED_BY(mutex);  // what threads have asked for after their end

  static std::atomic<std::uint64_t> next_id;
};

std::atomic<std::uint64_t> Caches::Impl::next_id{1};

// What the calling thread has of all registries.  A pointer, and a word on whether it is gone: the
// destructors of the thread's other variables may still ask.
struct Caches::Impl::ThreadEnd {
  using Registries = std::unordered_map<std::uint64_t, Mine>;

  ~ThreadEnd() {
    gone = true;
    delete std::exchange(registries, nullptr);
  }
  static Registries* registries_of_thread() {
    if (registries == nullptr && !gone) {
      thread_local const ThreadEnd end;
      registries = new Registries;
    }
    return registries;
  }

  static thread_local Registries* registries;
  static thread_local bool gone;
};

thread_local Caches::Impl::ThreadEnd::Registries* Caches::Impl::ThreadEnd::registries = nullptr;
thread_local bool Caches::Impl::ThreadEnd::gone = false;

Caches::Impl::OfThread* Caches::Impl::of_thread(const std::shared_ptr<Impl>& self) {
  ThreadEnd::Registries* const registries = ThreadEnd::registries_of_thread();
  if (registries == nullptr) return nullptr;
  const auto found = registries->find(id);
  if (found != registries->end()) return &found->second.caches;
  std::erase_if(*registries, [](const auto& each) { return each.second.registry.expired(); });
  return &registries->try_emplace(id, self).first->second.caches;
}

Cache& Caches::Impl::cache(OfThread& mine, std::string_view alias) {
  if (const auto ready = mine.find(alias); ready != mine.end()) return *ready->second;
  const std::shared_ptr<Cache> made = make(alias);
  return *mine.emplace(alias, made).first->second;
}

std::shared_ptr<Cache> Caches::Impl::make(std::string_view alias) {
  const auto found = configured.find(alias);
  if (found == configured.end()) {
    throw InvalidCacheBackend("The connection " + quote(alias) + " doesn't exist.");
  }
  std::shared_ptr<Cache> made(new Cache(std::make_unique<Cache::Impl>(
      found->first, found->second.location, found->second.options, store)));
  made->impl_->uses.never();
  made->impl_->use(Intent::read);
  home.settle();
  const process::LockGuard lock(mutex);
  std::erase_if(given_out, [](const auto& each) { return each.expired(); });
  given_out.push_back(made);
  return made;
}

// Shared by all threads that have ended.
Cache& Caches::Impl::late_cache(std::string_view alias) {
  {
    const process::LockGuard lock(mutex);
    if (const auto found = late.find(alias); found != late.end()) return *found->second;
  }
  const std::shared_ptr<Cache> made = make(alias);
  const process::LockGuard lock(mutex);
  return *late.emplace(alias, made).first->second;
}

void Caches::Impl::close_late(std::string_view alias) noexcept {
  std::shared_ptr<Cache> closing;
  {
    const process::LockGuard lock(mutex);
    if (const auto found = late.find(alias); found != late.end()) closing = found->second;
  }
  if (closing) closing->close();
}

void Caches::Impl::adopt(OfThread& left) noexcept {
  if (home.left()) return;
  const process::LockGuard lock(mutex);
  for (auto& [alias, cache] : left) {
    std::shared_ptr<Cache>& slot = kept[alias];
    if (!slot || !slot->impl_->attached()) slot.swap(cache);
  }
}

// Copied, because closing waits for operations under way, and these may want the registry.
std::vector<std::shared_ptr<Cache>> Caches::Impl::all_given_out() noexcept {
  const process::LockGuard lock(mutex);
  std::vector<std::shared_ptr<Cache>> caches;
  for (const std::weak_ptr<Cache>& each : given_out) {
    if (std::shared_ptr<Cache> cache = each.lock()) caches.push_back(std::move(cache));
  }
  return caches;
}

Caches::Caches(const std::filesystem::path& location, const Configuration& aliases,
               StoreOptions store)
    : impl_(std::make_shared<Impl>(location, aliases, std::move(store))) {}

// Other threads may still have their caches of this registry until they end: they must not keep the
// directories.
Caches::~Caches() {
  if (impl_->home.left()) return;
  if (process::ProcessEnd::begun()) {  // as in ~Cache()
    process::ProcessEnd::keep(impl_);
    return;
  }
  for (const std::shared_ptr<Cache>& cache : impl_->all_given_out()) cache->impl_->retire();
}

Cache& Caches::operator[](std::string_view alias) {
  impl_->home.check();
  Impl::OfThread* const mine = impl_->of_thread(impl_);
  Cache& found = mine != nullptr ? impl_->cache(*mine, alias) : impl_->late_cache(alias);
  impl_->uses.used();  // last: once the store has been opened
  return found;
}

bool Caches::contains(std::string_view alias) const noexcept {
  return impl_->configured.find(alias) != impl_->configured.end();
}

const std::vector<std::string>& Caches::aliases() const noexcept { return impl_->names; }

std::vector<Cache*> Caches::all(bool initialized_only) {
  impl_->home.check();
  Impl::OfThread* const mine = impl_->of_thread(impl_);
  const auto has = [&](const std::string& alias) {
    if (mine != nullptr) return mine->contains(alias);
    const process::LockGuard lock(impl_->mutex);
    return impl_->late.contains(alias);
  };
  std::vector<Cache*> caches;
  for (const std::string& alias : impl_->names) {
    if (!initialized_only || has(alias)) caches.push_back(&(*this)[alias]);
  }
  return caches;
}

void Caches::erase(std::string_view alias) {
  impl_->home.check();
  Impl::OfThread* const mine = impl_->of_thread(impl_);
  if (mine == nullptr) return impl_->close_late(alias);
  const auto found = mine->find(alias);
  if (found == mine->end()) return;
  found->second->close();
  Impl::OfThread dropped;
  dropped.insert(mine->extract(found));
  impl_->adopt(dropped);
}

void Caches::close_all() noexcept {
  if (impl_->home.left()) return;
  for (const std::shared_ptr<Cache>& cache : impl_->all_given_out()) cache->close();
}

}  // namespace cairn
