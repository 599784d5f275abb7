// Numbers for readers: three digits, and a unit that fits.
#pragma once

#include <string>

namespace bench {

/// "7.2", "333", "12.4 k", "1.05 M".
std::string rate_words(double per_second);
/// "6.9 µs", "2.4 ms", "1.2 s".
std::string time_words(double us);
/// "1.04x".
std::string ratio_words(double ratio);
/// "6.5 MB".
std::string bytes_words(double bytes);

}  // namespace bench
