#include <cairn/error.h>

namespace cairn {

std::string quote(std::string_view key) {
  constexpr std::size_t shown = 80;
  constexpr char hex[] = "0123456789abcdef";
  std::string text = "'";
  for (const char c : key.substr(0, shown)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\'' || c == '\\') {
      text += {'\\', c};
    } else if (byte >= 0x20 && byte < 0x7f) {
      text += c;
    } else {
      text += {'\\', 'x', hex[byte >> 4], hex[byte & 15]};
    }
  }
  text += '\'';
  if (key.size() > shown) text += "... (" + std::to_string(key.size()) + " bytes)";
  return text;
}

}  // namespace cairn
