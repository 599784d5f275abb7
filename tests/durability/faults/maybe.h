// What may be stored under each key when some writes have failed.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cairn::test::durability {

/// A write that was acknowledged is there; one that failed may be there or not, until the next that
/// is acknowledged.
class Maybe {
 public:
  using Value = std::optional<std::string>;

  void acknowledged(const std::string& key, const Value& value) { values_[key] = {value}; }
  void failed(const std::string& key, const Value& value) {
    std::vector<Value>& possible = values(key);
    if (std::find(possible.begin(), possible.end(), value) == possible.end()) {
      possible.push_back(value);
    }
  }
  /// The same for a number that is added to.
  void failed_to_add(const std::string& key, std::int64_t delta) {
    for (const Value& value : std::vector<Value>(values(key))) {
      if (value) failed(key, std::to_string(std::stoll(*value) + delta));
    }
  }
  void added_blindly(const std::string& key, std::int64_t delta) {
    for (Value& value : values(key)) {
      if (value) value = std::to_string(std::stoll(*value) + delta);
    }
  }

  bool possible(const std::string& key, const Value& value) const {
    const auto found = values_.find(key);
    if (found == values_.end()) return !value;
    return std::find(found->second.begin(), found->second.end(), value) != found->second.end();
  }
  /// Whether nothing is in doubt.
  bool certain(const std::string& key) const {
    const auto found = values_.find(key);
    return found == values_.end() || found->second.size() == 1;
  }
  const std::map<std::string, std::vector<Value>>& all() const { return values_; }

 private:
  std::vector<Value>& values(const std::string& key) {
    std::vector<Value>& possible = values_[key];
    if (possible.empty()) possible.emplace_back();
    return possible;
  }

  std::map<std::string, std::vector<Value>> values_;
};

}  // namespace cairn::test::durability
