#include "api/cache_impl.h"

#include <new>

#include <cairn/error.h>
#include "api/open_backend.h"
#include "store/border/status.h"

namespace cairn {

Cache::Impl::Impl(std::string alias_name, std::filesystem::path where, CacheOptions cache_options,
                  StoreOptions store_options)
    : alias(std::move(alias_name)),
      location(std::move(where)),
      options(std::move(cache_options)),
      store(std::move(store_options)),
      keys(options.key_prefix, options.version, options.key_function,
           key::KeyRules(options.key_warnings, options.validate_key)) {}

Cache::Impl::~Impl() {
  if (home_.left()) {
    // In the child the backend stays as it is: a condition variable that a thread of the parent
    // waits on cannot be destroyed.
    new (std::nothrow) std::shared_ptr<Backend>(std::move(backend_));
    return;
  }
  close();
}

void Cache::Impl::attach() {
  std::shared_ptr<Backend> backend;
  {
    const process::LockGuard lock(mutex_);
    backend = backend_;
  }
  if (!backend) {
    backend = open_backend(location, options.column_family.empty() ? alias : options.column_family,
                           store);
  }
  backend->attach();
  home_.settle();
  bool first = false;
  {
    const process::LockGuard lock(mutex_);
    if (!backend_) backend_ = backend;
    first = !attached_.exchange(true, std::memory_order_acq_rel);
  }
  if (!first) backend->detach();  // another thread was quicker
}

void Cache::Impl::close() noexcept {
  if (home_.left()) return;
  std::shared_ptr<Backend> backend;
  {
    const process::LockGuard lock(mutex_);
    if (attached_.exchange(false)) backend = backend_;
  }
  if (backend) backend->detach();
}

void Cache::Impl::retire() noexcept {
  close();
  if (home_.left()) return;
  const process::LockGuard lock(mutex_);
  backend_.reset();
}

void Cache::Impl::refuse_too_large(std::string_view verb, std::string_view key,
                                   std::uint64_t size) const {
  throw Error(ErrorCode::value_too_large,
              std::string(verb) + " " + quote(key) + ": the value has " + std::to_string(size) +
                  " bytes, and max_value_size is " + std::to_string(options.max_value_size) +
                  "; raise it, or store less");
}

// Only what the disk did: an unusable location or a forked process is a mistake, not a bad disk.
void Cache::Impl::pass_over_read_error(const Error& error) {
  const bool disk = store::unreadable(error) || error.code() == ErrorCode::no_space;
  if (!disk || options.on_read_error != OnReadError::miss) throw;
  const process::LockGuard lock(mutex_);
  if (backend_) backend_->tally().count(Event::read_error);
}

}  // namespace cairn
