// ContentsCount, as RocksDB calls it.
#pragma once

#include <rocksdb/table_properties.h>

#include <memory>
#include <string_view>

#include "ttl/clock.h"
#include "ttl/table_contents.h"

namespace cairn::ttl {

/// Gives each table that is written the property of its contents.
class ContentsCollectorFactory final : public rocksdb::TablePropertiesCollectorFactory {
 public:
  explicit ContentsCollectorFactory(std::shared_ptr<const Clock> clock)
      : clock_(std::move(clock)) {}
  rocksdb::TablePropertiesCollector* CreateTablePropertiesCollector(
      rocksdb::TablePropertiesCollectorFactory::Context context) override;
  const char* Name() const override { return contents_property; }

 private:
  const std::shared_ptr<const Clock> clock_;
};

/// Empty if the table has no such property, or one that cannot be read.
std::optional<TableContents> contents_of(const rocksdb::UserCollectedProperties& properties);

}  // namespace cairn::ttl
