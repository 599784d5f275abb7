#include <cairn/encoded_value.h>

#include <cxxabi.h>

#include <exception>
#include <stdexcept>

#include "bytes/little_endian.h"
#include "ttl/record.h"

namespace cairn {

std::string_view kind_name(ValueKind kind) {
  switch (kind) {
    case ValueKind::nothing:
      return "nothing";
    case ValueKind::bytes:
      return "bytes";
    case ValueKind::integer:
      return "integer";
    case ValueKind::real:
      return "real";
    case ValueKind::boolean:
      return "boolean";
    case ValueKind::null:
      return "null";
    case ValueKind::archive:
      return "archive";
    case ValueKind::custom:
      return "custom";
  }
  return "unknown";
}

void StoredValue::wrong_type(std::string_view wanted) const {
  throw WrongType("get " + quote(key) + ": holds a value of kind " + std::string(kind_name(kind)) +
                  ", not " + std::string(wanted) +
                  "; read it as what was stored, or store it again");
}

void StoredValue::damaged(std::string_view what) const {
  throw SerializationError("get " + quote(key) + ": the stored value is damaged: " +
                           std::string(what) + "; erase the key or store it again");
}

bool Codec<bool>::decode(StoredValue value) {
  if (value.kind != ValueKind::boolean) value.wrong_type("boolean");
  if (value.payload != std::string_view("\0", 1) && value.payload != std::string_view("\1", 1)) {
    value.damaged("a boolean is one byte, 0 or 1");
  }
  return value.payload[0] == '\1';
}

namespace internal {

std::uint64_t little_endian_payload(const StoredValue& value) {
  if (value.payload.size() != 8) value.damaged("a number has 8 bytes");
  return load_little_endian<8>(value.payload.data());
}

void integer_too_large() {
  throw Overflow("integers are stored as int64, and the value exceeds 9223372036854775807");
}

void number_does_not_fit(const StoredValue& value) {
  throw Overflow("get " + quote(value.key) +
                 ": the stored number does not fit in the type asked for; use std::int64_t or "
                 "double");
}

void null_in_optional() {
  throw std::logic_error(
      "the codec stores null for the value in a std::optional, which would come back empty");
}

void null_pointer() {
  throw std::invalid_argument("the value is a null pointer; nullptr, for null, is stored");
}

void check_encoded(std::string_view key, const EncodedValue& value) {
  if (!value.bytes.starts_with(EncodedValue::header_place())) {
    throw SerializationError("encode " + quote(key) +
                             ": the codec has changed the bytes that it found in the buffer; it "
                             "must append to them");
  }
  const std::string_view payload = std::string_view(value.bytes).substr(EncodedValue::header_room);
  const bool is_boolean = payload.size() == 1 && static_cast<unsigned char>(payload[0]) <= 1;
  if (value.kind == ValueKind::nothing || !ttl::fits(value.kind, payload.size()) ||
      (value.kind == ValueKind::boolean && !is_boolean)) {
    throw SerializationError(
        "encode " + quote(key) + ": the codec returned kind " +
        std::to_string(static_cast<int>(value.kind)) + " (" + std::string(kind_name(value.kind)) +
        ") for a payload of " + std::to_string(payload.size()) +
        " bytes, which is none of that kind; ValueKind says what is, and custom takes any");
  }
}

void rethrow_codec_error(std::string_view verb, std::string_view key) {
  try {
    throw;
  } catch (const Overflow& error) {
    if (verb != "encode") throw;  // names the key already
    throw Overflow("encode " + quote(key) + ": " + error.what());
  } catch (const Error&) {
    throw;
  } catch (const abi::__forced_unwind&) {
    throw;  // a thread that is cancelled: whoever stops that ends the process
  } catch (const std::exception& error) {
    std::throw_with_nested(
        SerializationError(std::string(verb) + " " + quote(key) + ": " + error.what()));
  } catch (...) {
    throw SerializationError(std::string(verb) + " " + quote(key) +
                             ": the codec threw something that is not a std::exception");
  }
}

}  // namespace internal
}  // namespace cairn
