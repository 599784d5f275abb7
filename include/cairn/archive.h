// The archive in which <cairn/boost.h> keeps values: Boost.Serialization over a buffer, safe to
// read back whatever the bytes.
//
// OutputArchive and InputArchive are what `serialize(Archive&, unsigned version)` is called with:
// intrusive or free, whole or split into save and load, with nvp, make_array, make_binary_object
// and base_object.  They know the standard containers, strings, pair, tuple, optional, variant,
// complex and bitset themselves, so <boost/serialization/vector.hpp> and the like are not needed
// (and not asked if included): Boost's loaders believe a length before they have seen the bytes.
//
// What is stored; docs/format.md says the same:
//  - numbers: little-endian in their own size; long always as 64 bits; float and double as IEEE
//  - bool: one byte, 0 or 1; an enumeration: its underlying integer
//  - lengths: a varint, 7 bits a byte, lowest first, the top bit says that more follow
//  - containers: the number of elements, then the elements; maps: key, value, key, value, ...
//  - arrays, pairs, tuples, complex: the elements
//  - optional: a bool, then the value if there is one
//  - variant: the index as a varint, then that alternative
//  - bitset: bits, lowest first, in bytes
//  - classes: the class version as a varint, then what serialize() does
//  - classes of level primitive_type, as boost::uuids::uuid: their memory, if it has no padding; of
//    a BOOST_STRONG_TYPEDEF, the value in it.  Nothing in that memory is looked at: a class that
//    has a bool or a pointer in it is not for this level
//
// Class versions: a class at Boost's default level, object_class_info, carries its
// BOOST_CLASS_VERSION in front of every object.  serialize() gets the stored version, so a program
// reads what its predecessors wrote; a version newer than the program's own is refused.  A class at
// level object_serializable carries none, costs a byte less and can never be versioned.
//
// A collection of n elements is followed by at least n bytes, and all collections together have no
// more elements than the archive has bytes.  Where elements are empty, zeros at the very end of the
// archive make that true.  So a length that the bytes cannot bear is refused unseen, nothing is
// reserved beyond the bytes that are left, and containers grow as elements arrive.  That goes for
// the standard containers and boost::unordered; others that Boost loads may first make room for as
// many elements as there are bytes.
//
// Hashes can be made to pile up in one bucket, by accident or on purpose, and filling a container
// then takes quadratic time.  Such bytes are refused, and a container of such a hash function is
// not stored: filling it may pass over 50 elements for each byte of the archive, and ten million;
// one that is passed over for a key of n bytes counts as 1 + n/8.
//
// Objects nest at most 256 deep, and less in a thread whose stack is too small for that
// (StackTooSmall).  Keys of sets and maps that have sets and maps in them, whose keys have ...: at
// most 8 deep, since the time to compare two of them doubles with each level.  Large keys of sets
// and maps are loaded on the heap.
//
// Refused by the compiler: pointers and views, polymorphic and tracked classes, boost::variant (its
// loader believes any index; std::variant is stored), long double and wchar_t.  An enumeration may
// come back with any value of its underlying type, as from any file.
#pragma once

#include <cairn/input_archive.h>
#include <cairn/output_archive.h>
