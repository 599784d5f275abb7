#include "ttl/fold.h"

#include <algorithm>

namespace cairn::ttl {

Fold::Fold(std::optional<std::string_view> base) noexcept : state_(State::dead) {
  if (!base) return;
  if (const std::optional<Record> parsed = parse(*base)) {
    *this = Fold(*base, *parsed);
  } else {
    state_ = State::opaque;
    base_ = *base;
  }
}

Fold::Fold(std::string_view base, const Record& parsed) noexcept
    : state_(State::dead), base_(base) {
  if (parsed.kind == ValueKind::nothing) return;
  state_ = State::record;
  record_ = parsed;
  if (record_.kind == ValueKind::integer) value_ = integer(record_);
}

void Fold::apply(std::string_view operand) noexcept {
  if (state_ != State::record) return;
  const std::optional<Operand> parsed = parse_operand(operand);
  if (!parsed) return;
  if (expired(record_.expires_at, parsed->written_at)) {
    state_ = State::dead;
  } else if (record_.kind == ValueKind::integer) {
    value_ = wrapping_add(value_, parsed->delta);
  }
}

std::string Fold::bytes() const {
  switch (state_) {
    case State::dead:
      return encode(Record{ValueKind::nothing, 0, 0, {}});
    case State::opaque:
      return std::string(base_);
    case State::record:
      break;
  }
  if (record_.kind != ValueKind::integer) return std::string(base_);
  return encode_integer(value_, record_);
}

Operand combine(const Operand& older, const Operand& younger) noexcept {
  return {std::max(older.written_at, younger.written_at), wrapping_add(older.delta, younger.delta)};
}

}  // namespace cairn::ttl
