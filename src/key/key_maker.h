// The make_key pipeline: caller's key, prefix and version in, checked final key out.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <cairn/key.h>
#include "key/key_rules.h"

namespace cairn::key {

/// A final key in a buffer of its own: on the stack if it is of ordinary length, since every
/// operation makes one.
class FinalKey {
 public:
  FinalKey(std::string_view head, std::string_view key) : size_(head.size() + key.size()) {
    char* to = inline_;
    if (size_ > sizeof inline_) {
      heap_ = std::make_unique_for_overwrite<char[]>(size_);
      to = heap_.get();
    }
    std::memcpy(to, head.data(), head.size());
    if (!key.empty()) std::memcpy(to + head.size(), key.data(), key.size());
  }
  std::string_view view() const { return {heap_ ? heap_.get() : inline_, size_}; }
  operator std::string_view() const { return view(); }  // NOLINT: it is one

 private:
  std::size_t size_;
  std::unique_ptr<char[]> heap_;
  char inline_[200];
};

/// The keys of one cache.  Immutable, hence safe for threads.
class KeyMaker {
 public:
  KeyMaker(std::string prefix, std::int64_t version, KeyFunction function, KeyRules rules);

  /// Makes and checks.  Throws what KeyRules::check and the key function throw.
  FinalKey make(std::string_view key, std::optional<std::int64_t> version) const {
    KeyRules::check_size(key);
    FinalKey made = unchecked(key, version);
    rules_.check(made);
    return made;
  }
  FinalKey unchecked(std::string_view key, std::optional<std::int64_t> version) const;

  /// What all final keys of this cache at that version begin with.  Throws InvalidOption, naming
  /// `verb`, if the key function cannot tell.
  std::string head(std::optional<std::int64_t> version, std::string_view verb) const;

 private:
  std::string prefix_;
  std::int64_t version_;
  KeyFunction function_;
  KeyRules rules_;
  std::string default_head_;  // of the default function at version_
};

}  // namespace cairn::key
