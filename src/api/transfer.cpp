#include <cairn/error.h>
#include <cairn/transfer.h>

#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "api/open_backend.h"
#include "key/key_rules.h"
#include "store/directory/directory.h"
#include "store/session.h"
#include "store/store.h"
#include "ttl/counter_merge.h"
#include "ttl/record.h"

namespace cairn {
namespace {

using store::Session;

constexpr auto latest_writing = static_cast<std::int64_t>(ttl::latest_writing);
constexpr std::uint64_t largest_payload = 2ull << 30;  // as CacheOptions allow

// The same directory, whatever the program's is later.
std::filesystem::path prepared(const std::filesystem::path& directory, store::Sharing sharing) {
  store::prepare_directory(directory, sharing);
  std::error_code error;
  std::filesystem::path path = std::filesystem::canonical(directory, error);
  if (error) throw IoError("open " + quote(directory.native()) + ": " + error.message());
  return path;
}

ttl::Instant instant(RawRecord::Time time) {
  return static_cast<ttl::Instant>(time.time_since_epoch().count());
}

std::string encoded(const RawRecord& record) {
  return ttl::encode({record.kind, instant(record.written_at),
                      record.expires_at ? instant(*record.expires_at) : ttl::never_expires,
                      record.payload});
}

[[noreturn]] void refuse(const RawRecord& record, const std::string& why) {
  throw InvalidOption("write " + quote(record.key) + ": " + why);
}

}  // namespace

RawRecord::RawRecord(const RecordInfo& record)
    : family(record.family),
      key(record.key),
      kind(record.kind),
      written_at(record.written_at),
      expires_at(record.expires_at),
      payload(record.payload) {}

void check_record(const RawRecord& record) {
  check_options(record.family, {}, {});
  key::KeyRules::check_size(record.key);
  const std::int64_t written_at = record.written_at.time_since_epoch().count();
  if (written_at < 0 || written_at > latest_writing) {
    refuse(record, "written_at is not between 0 and " + std::to_string(latest_writing) + " ms");
  }
  if (record.expires_at && record.expires_at->time_since_epoch().count() < 0) {
    refuse(record, "expires_at is before 1970");
  }
  if (record.payload.size() > largest_payload) {
    throw Error(ErrorCode::value_too_large, "write " + quote(record.key) + ": exceeds 2 GiB");
  }
  if (!ttl::fits(record.kind, record.payload.size())) {
    refuse(record, "a payload of " + std::to_string(record.payload.size()) +
                       " bytes is none of kind " + std::string(kind_name(record.kind)));
  }
}

struct StoreWriter::Impl {
  // Shared, so that a callback that destroys the writer can leave it to another thread to be
  // closed.
  class Target : public std::enable_shared_from_this<Target> {
   public:
    Target(const std::filesystem::path& directory, StoreOptions options)
        : store_(prepared(directory, store::sharing(options)), std::move(options), rules()) {}

    store::Store& store() { return store_; }

   private:
    // Not the rules of a cache: what is written is neither judged by a clock nor filtered, since a
    // record's time may have passed long ago.  The time of the store's own clock stays as it is.
    store::Rules rules() {
      store::Rules rules;
      rules.merge = std::make_shared<ttl::CounterMerge>();
      rules.filter = [](const std::string&) { return nullptr; };
      rules.clock_time = [] { return std::string(); };
      rules.clock_not_before = [](std::string_view) { return store::Correction(); };
      rules.owner = [this] { return weak_from_this().lock(); };
      return rules;
    }

    store::Store store_;
  };

  Impl(const std::filesystem::path& directory, StoreOptions options)
      : target(std::make_shared<Target>(directory, std::move(options))) {
    store().attach();
  }
  ~Impl() { store().detach(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  store::Store& store() const { return target->store(); }

  const std::shared_ptr<Target> target;
};

StoreWriter::StoreWriter(const std::filesystem::path& directory, StoreOptions options) {
  check_options("default", {}, options);
  impl_ = std::make_unique<Impl>(directory, std::move(options));
}
StoreWriter::StoreWriter(StoreWriter&&) noexcept = default;
StoreWriter& StoreWriter::operator=(StoreWriter&&) noexcept = default;
StoreWriter::~StoreWriter() = default;

void StoreWriter::write(std::span<const RawRecord> records) {
  if (!impl_) throw InvalidOption("write: the writer is closed");
  std::map<std::string_view, std::vector<const RawRecord*>> by_family;
  for (const RawRecord& record : records) {
    check_record(record);
    by_family[record.family].push_back(&record);
  }
  for (const auto& [name, members] : by_family) {
    std::vector<std::string_view> keys;
    for (const RawRecord* each : members) keys.push_back(each->key);
    store::Family& family = impl_->store().family(std::string(name));
    Session session(impl_->store(), family, Session::Intent::write, "write");
    {
      const auto locks = session.lock_all(keys);
      store::Batch batch = session.batch();
      for (const RawRecord* each : members) batch.put(each->key, encoded(*each));
      session.commit(batch, name);
    }
    session.settle(Durability::clean_close, name);
  }
}

void StoreWriter::close() {
  if (!impl_) return;
  store::Store& store = impl_->store();
  Session(store, store.family("default"), Session::Intent::read, "sync").sync();
  impl_.reset();
}

}  // namespace cairn
