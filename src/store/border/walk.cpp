#include "store/border/walk.h"

#include <algorithm>
#include <utility>

namespace cairn::store {
namespace {

// The smallest key beyond all that begin with the prefix; empty if there is none.
std::string after(std::string_view prefix) {
  std::string bound(prefix);
  while (!bound.empty() && static_cast<unsigned char>(bound.back()) == 0xff) bound.pop_back();
  if (!bound.empty())
    bound.back() = static_cast<char>(static_cast<unsigned char>(bound.back()) + 1);
  return bound;
}

// How much more a step may pass over where one was not enough to get anywhere.
constexpr std::uint64_t growth = 8;

}  // namespace

Walk::Walk(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& family, std::string_view first,
           std::string_view prefix, rocksdb::ReadOptions options)
    : db_(db),
      family_(family),
      bound_(after(prefix)),
      upper_(bound_),
      options_(std::move(options)),
      place_(std::max(first, prefix)) {
  if (!bound_.empty()) options_.iterate_upper_bound = &upper_;
  renew(longest_step);
}

void Walk::renew(std::uint64_t longest) {
  iterator_.reset();
  options_.max_skippable_internal_keys = longest;
  iterator_.reset(db_.NewIterator(options_, &family_));
}

Walk::At Walk::step() {
  if (std::exchange(seeks_, false)) {
    iterator_->Seek(slice(place_));
  } else {
    iterator_->Next();
  }
  if (iterator_->Valid()) {
    last_ ? last_->assign(key()) : last_.emplace(key());
    return At::entry;
  }
  return iterator_->status().IsIncomplete() ? pause() : At::end;
}

// RocksDB gives up its place, but says which key it was at.
Walk::At Walk::pause() {
  seeks_ = true;
  std::string reached;
  if (!iterator_->GetProperty("rocksdb.iterator.internal-key", &reached).ok()) reached.clear();
  if (last_ && reached <= *last_) reached = *last_ + '\0';  // not that one again
  if (reached > place_) {
    place_ = std::move(reached);
    return At::between;
  }
  // One key with very many entries, or a RocksDB that does not say: this needs a longer step.
  renew(options_.max_skippable_internal_keys * growth);
  return At::between;
}

}  // namespace cairn::store
