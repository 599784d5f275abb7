// The rules that a store applies to records without knowing what is in them.
#pragma once

#include <rocksdb/compaction_filter.h>
#include <rocksdb/merge_operator.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace cairn::store {

/// Given from outside by whoever owns the store.
struct Rules {
  std::shared_ptr<rocksdb::MergeOperator> merge;
  /// The compaction filter of one family, by its name.
  std::function<std::shared_ptr<rocksdb::CompactionFilterFactory>(const std::string& family)>
      filter;
  /// Something small to remember: asked for every few seconds of activity and at close, and given
  /// back when the store is opened.  Empty: nothing yet.
  std::function<std::string()> mark;
  std::function<void(std::string_view mark)> resume;
  /// Keeps whatever the store is a part of from ending.  Empty: its owner does not release it in a
  /// callback.
  std::function<std::shared_ptr<void>()> keep = {};
};

}  // namespace cairn::store
