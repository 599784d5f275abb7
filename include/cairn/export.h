// The macro that marks Cairn's public symbols: what a shared libcairn exports, and nothing else.
//
// The library is compiled with hidden visibility.  A class whose functions are in the library is
// marked whole, a struct that has but a few of them marks these, and so is each free function.
// Exceptions are marked so that one thrown on either side of a library's border is caught by its
// type on the other.  The same marks are right for a static libcairn and for programs that use
// either; there is nothing for you to define.
#pragma once

/// @def CAIRN_EXPORT
/// Marks a public symbol.
/// @def CAIRN_NO_EXPORT
/// Marks what is inside a marked class and is not public: its Impl.
#if defined(__GNUC__)  // and clang
#define CAIRN_EXPORT __attribute__((visibility("default")))
#define CAIRN_NO_EXPORT __attribute__((visibility("hidden")))
#else
#define CAIRN_EXPORT
#define CAIRN_NO_EXPORT
#endif
