#include "ttl/contents_collector.h"

#include <exception>
#include <string>

namespace cairn::ttl {
namespace {

class ContentsCollector final : public rocksdb::TablePropertiesCollector {
 public:
  explicit ContentsCollector(Instant now) noexcept : count_(now) {}

  rocksdb::Status AddUserKey(const rocksdb::Slice& key, const rocksdb::Slice& value,
                             rocksdb::EntryType type, rocksdb::SequenceNumber,
                             std::uint64_t) noexcept override {
    const std::uint64_t bytes = key.size() + value.size();
    switch (type) {
      case rocksdb::kEntryPut:
        count_.add_value(key.size(), {value.data(), value.size()});
        break;
      case rocksdb::kEntryMerge:
        count_.add_operand(bytes);
        break;
      case rocksdb::kEntryDelete:
      case rocksdb::kEntrySingleDelete:
        count_.add_erasure(bytes);
        break;
      default:
        count_.add_unreadable(bytes);
    }
    return rocksdb::Status::OK();
  }

  // Where there is no memory the table does without.
  rocksdb::Status Finish(rocksdb::UserCollectedProperties* properties) noexcept override {
    try {
      properties->insert_or_assign(contents_property, encode(count_.contents()));
    } catch (const std::exception&) {
    }
    return rocksdb::Status::OK();
  }

  rocksdb::UserCollectedProperties GetReadableProperties() const noexcept override { return {}; }
  const char* Name() const override { return contents_property; }

 private:
  ContentsCount count_;
};

}  // namespace

rocksdb::TablePropertiesCollector* ContentsCollectorFactory::CreateTablePropertiesCollector(
    rocksdb::TablePropertiesCollectorFactory::Context) {
  return new ContentsCollector(clock_->now());
}

std::optional<TableContents> contents_of(const rocksdb::UserCollectedProperties& properties) {
  const auto found = properties.find(contents_property);
  return found == properties.end() ? std::nullopt : parse_contents(found->second);
}

}  // namespace cairn::ttl
