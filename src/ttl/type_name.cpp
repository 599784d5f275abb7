// Names of types as the Itanium C++ ABI mangles them, turned into what a programmer writes.
#include <cairn/codec.h>

#include <optional>
#include <stdexcept>

namespace cairn::internal {
namespace {

[[noreturn]] void refuse(std::string_view mangled) {
  throw std::logic_error(
      "the type " + std::string(mangled) +
      " is inside a function or an anonymous namespace, or made of something static or without a "
      "name, so that others may have its name; move it, or pin a name with cairn::TypeName");
}

// What the names of numbers and of arrays are, which a class in no namespace may have too.
bool is_ours(std::string_view name) {
  for (const std::string_view bits : {"8", "16", "32", "64", "128"}) {
    if (!name.ends_with(bits)) continue;
    const std::string_view stem = name.substr(0, name.size() - bits.size());
    if (stem == "int" || stem == "uint" || stem == "char") return true;
  }
  return name == "array";
}

// An anonymous namespace, and an unnamed enumeration as g++ and as clang count them.
bool mentions_nameless(std::string_view mangled) {
  for (const std::string_view sign : {"_GLOBAL__N", "._anon_", "$_", "Ut_"}) {
    if (mangled.find(sign) != std::string_view::npos) return true;
  }
  return false;
}

// The name of an object or function that is a template's parameter stands between L_Z and E, and in
// front of the identifier of one that is static, each file's own, stands another L.
bool mentions_static(std::string_view mangled) {
  constexpr std::string_view reference = "L_Z";
  std::size_t at = mangled.find(reference);
  if (at == std::string_view::npos) return false;
  for (at += reference.size(); (at = mangled.find('L', at)) != std::string_view::npos; ++at) {
    if (at + 1 < mangled.size() && mangled[at + 1] >= '0' && mangled[at + 1] <= '9') return true;
  }
  return false;
}

/// Reads one name; what it does not know makes it give up.
class Reader {
 public:
  explicit Reader(std::string_view mangled) : whole_(mangled), rest_(mangled) {}

  /// `cairn` and `cairn::internal` may have been mentioned before, in front of this name.
  void after_our_namespace() { abbreviates_ = true; }

  std::optional<std::string> name() {
    if (take("Sa")) {
      name_ = "std::allocator";
    } else if (take("Sb")) {
      name_ = "std::basic_string";
    } else if (take("N")) {
      namespaces();
      while (!take("E")) {
        if (!identifier()) return std::nullopt;
      }
    } else {
      namespaces();
      if (!identifier()) return std::nullopt;
    }
    if (!rest_.empty() || name_.empty()) return std::nullopt;
    return is_ours(name_) ? "::" + name_ : name_;
  }

 private:
  bool take(std::string_view expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }

  void namespaces() {
    if (take("St")) {
      name_ = "std";
    } else if (abbreviates_ && take("S_")) {
      name_ = "cairn";
    } else if (abbreviates_ && take("S0_")) {
      name_ = "cairn::internal";
    }
  }

  // 4User, with ABI tags behind it, which are not part of the name: 4UserB5cxx11.
  bool identifier() {
    const std::optional<std::string_view> identifier = counted();
    if (!identifier) return false;
    while (take("B")) {
      if (!counted()) return false;
    }
    if (identifier->starts_with("_GLOBAL__N")) refuse(whole_);
    // The standard library's own inline namespaces: std::__cxx11, std::__1.
    if (name_ == "std" && identifier->starts_with("__")) return true;
    if (!name_.empty()) name_ += "::";
    name_ += *identifier;
    return true;
  }

  std::optional<std::string_view> counted() {
    std::size_t size = 0;
    std::size_t digits = 0;
    for (; digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9'; ++digits) {
      size = 10 * size + static_cast<std::size_t>(rest_[digits] - '0');
      if (size > rest_.size()) return std::nullopt;
    }
    if (size == 0 || size > rest_.size() - digits) return std::nullopt;
    const std::string_view found = rest_.substr(digits, size);
    rest_.remove_prefix(digits + size);
    return found;
  }

  std::string_view whole_;
  std::string_view rest_;
  bool abbreviates_ = false;
  std::string name_;
};

std::string name_or_mangled(Reader reader, std::string_view mangled) {
  if (auto name = reader.name()) return *std::move(name);
  // Inside a function; or made of something without a name, in an anonymous namespace or static.
  if (mangled.starts_with('Z') || mentions_nameless(mangled) || mentions_static(mangled)) {
    refuse(mangled);
  }
  return std::string(mangled);
}

}  // namespace

std::string demangled_name(std::string_view mangled) {
  return name_or_mangled(Reader(mangled), mangled);
}

std::string demangled_template(std::string_view mangled) {
  constexpr std::string_view begin = "N5cairn8internal11TemplateTagI";
  constexpr std::string_view end = "EE";
  if (!mangled.starts_with(begin) || !mangled.ends_with(end)) return std::string(mangled);
  mangled.remove_prefix(begin.size());
  mangled.remove_suffix(end.size());
  Reader reader(mangled);
  reader.after_our_namespace();
  return name_or_mangled(reader, mangled);
}

}  // namespace cairn::internal
