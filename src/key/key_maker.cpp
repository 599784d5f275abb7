#include "key/key_maker.h"

#include <cairn/error.h>

namespace cairn::key {

KeyMaker::KeyMaker(std::string prefix, std::int64_t version, KeyFunction function, KeyRules rules)
    : prefix_(std::move(prefix)),
      version_(version),
      function_(std::move(function)),
      rules_(std::move(rules)),
      default_head_(make_key({}, prefix_, version_)) {}

FinalKey KeyMaker::unchecked(std::string_view key, std::optional<std::int64_t> version) const {
  const std::int64_t wanted = version.value_or(version_);
  if (!function_.is_default()) return {function_(key, prefix_, wanted), {}};
  if (wanted == version_) return {default_head_, key};
  return {make_key({}, prefix_, wanted), key};
}

std::string KeyMaker::head(std::optional<std::int64_t> version, std::string_view verb) const {
  if (!function_.has_head()) {
    throw InvalidOption(std::string(verb) +
                        ": needs a key_function with a head; give KeyFunction its second argument");
  }
  return function_.head(prefix_, version.value_or(version_));
}

}  // namespace cairn::key
