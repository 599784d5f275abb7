// Operations on a record tier, chosen by hostile bytes, beside a map that forgets nothing: reads
// that fill in later, changes that end later, spaces that are retired, a clock that moves on.  What
// must hold: what the tier finds is what the map has, whole; and never while the key is being
// changed.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tier/record_tier.h"

namespace {

using namespace cairn::tier;

void require(bool holds) {
  if (!holds) std::abort();
}

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : left_(data), end_(data + size) {}
  bool empty() const { return left_ == end_; }
  std::uint8_t next() { return empty() ? 0 : *left_++; }

 private:
  const std::uint8_t* left_;
  const std::uint8_t* end_;
};

struct Stored {
  std::string record;
  Instant expires_at;
  std::uint8_t note;
};

// One key in one of the spaces, and what is under way for it.
struct Cell {
  std::string name;
  std::size_t space;
  std::optional<Stored> stored;
  std::optional<RecordTier::Change> change;
  struct Read {
    Space space;
    RecordTier::Ticket ticket;
    std::optional<Stored> stored;
  };
  std::optional<Read> read;
};

class Scene {
 public:
  Scene() : tier_(RecordTier::least_bytes) {
    for (Space& space : spaces_) space = tier_.new_space();
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      cells_[i].name = std::string(i * i % 300, 'k') + static_cast<char>(i);
      cells_[i].space = i % spaces_.size();
    }
  }

  void step(Input& input) {
    const std::uint8_t what = input.next();
    Cell& cell = cells_[input.next() % cells_.size()];
    switch (what % 8) {
      case 0:
        return find(cell);
      case 1:
        return peek(cell, input.next());
      case 2:
        cell.read = Cell::Read{spaces_[cell.space], tier_.ticket(key_of(cell)), cell.stored};
        return;
      case 3:
        return fill(cell);
      case 4:
        if (!cell.change) cell.change.emplace(tier_, key_of(cell));
        return;
      case 5:
        return end_change(cell, input);
      case 6:
        now_ += input.next();
        return;
      default:
        return what < 16 ? clear(cell.space) : crowd(input.next());
    }
  }

 private:
  Key key_of(const Cell& cell) const { return key(spaces_[cell.space], cell.name); }

  void check(const Cell& cell, Instant expires_at, std::uint8_t note) const {
    require(!cell.change && cell.stored);
    require(cell.stored->expires_at == expires_at && cell.stored->note == note);
  }
  void find(const Cell& cell) {
    std::string record;
    const auto hit = tier_.find(key_of(cell), record);
    if (!hit) return;
    check(cell, hit->expires_at, hit->note);
    require(record == cell.stored->record);
  }
  void peek(const Cell& cell, std::size_t count) {
    std::string first(count, '?');
    const auto hit = tier_.peek(key_of(cell), first);
    if (!hit) return;
    check(cell, hit->expires_at, hit->note);
    require(hit->size == cell.stored->record.size());
    first.resize(std::min(count, hit->size));
    require(first == std::string_view(cell.stored->record).substr(0, count));
  }
  void fill(Cell& cell) {
    if (!cell.read || !cell.read->stored) return;
    const Stored& stored = *cell.read->stored;
    tier_.fill(key(cell.read->space, cell.name), cell.read->ticket, stored.record,
               stored.expires_at, stored.note, now_);
    cell.read.reset();
  }
  void end_change(Cell& cell, Input& input) {
    if (!cell.change) return;
    const std::uint8_t how = input.next();
    if (how % 4 == 0) cell.stored.reset();
    if (how % 4 > 1) {
      const std::size_t size = std::size_t{input.next()} * (how / 64 + 1);
      const Instant expires_at = how % 8 > 4 ? now_ + input.next() : never_expires;
      cell.stored = Stored{std::string(size, static_cast<char>(how)), expires_at, how};
      cell.change->store(cell.stored->record, expires_at, how, now_,
                         how % 16 > 8 ? RecordTier::Keep::known : RecordTier::Keep::always);
    }
    cell.change.reset();
  }
  void clear(std::size_t which) {
    for (Cell& cell : cells_) {
      if (cell.space != which) continue;
      cell.change.reset();
      cell.stored.reset();
    }
    tier_.retire(spaces_[which]);
    spaces_[which] = tier_.new_space();
  }
  // Others, so that segments are given up.
  void crowd(std::size_t count) {
    for (; count > 0; --count) {
      const std::string name = "other" + std::to_string(others_++ % 500);
      const Key other = key(spaces_[0], name);
      tier_.fill(other, tier_.ticket(other), std::string(count, 'o'), never_expires, 0, now_);
    }
  }

  RecordTier tier_;
  std::array<Space, 3> spaces_{};
  std::array<Cell, 40> cells_;
  Instant now_ = 1;
  unsigned others_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Scene scene;
  for (Input input(data, size); !input.empty();) scene.step(input);
  return 0;
}
