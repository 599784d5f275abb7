# The shared library LIBRARY exports what symbols.txt lists, no more and no less, and its name is
# SONAME.  UPDATE_GOLDEN=1 in the environment rewrites the list.
cmake_minimum_required(VERSION 3.25)

# GNU's, also where clang compiles: LLVM 14's does not demangle names that have a version.
find_program(nm nm REQUIRED)
find_program(objdump objdump REQUIRED)

set(list ${CMAKE_CURRENT_LIST_DIR}/symbols.txt)
execute_process(COMMAND ${nm} --dynamic --defined-only --demangle ${LIBRARY}
  OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE "\n[^\n]* A [^\n]*" "" symbols "\n${symbols}")   # the version itself
string(REGEX REPLACE "@@[^\n]*" "" symbols "${symbols}")
string(REGEX REPLACE "\n[0-9a-f ]+ [A-Za-z] " "\n" symbols "${symbols}")
string(REPLACE "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >"
  "std::string" symbols "${symbols}")
string(REPLACE "std::basic_string_view<char, std::char_traits<char> >"
  "std::string_view" symbols "${symbols}")
string(REPLACE "[abi:cxx11]" "" symbols "${symbols}")
string(REGEX MATCHALL "[^\n]+" symbols "${symbols}")
list(REMOVE_DUPLICATES symbols)   # a constructor or destructor has several
list(SORT symbols)
list(JOIN symbols "\n" text)
string(APPEND text "\n")

if("$ENV{UPDATE_GOLDEN}")
  file(WRITE ${list} "${text}")
endif()
file(STRINGS ${list} listed)
if(NOT symbols STREQUAL listed)
  set(more ${symbols})
  list(REMOVE_ITEM more ${listed})
  set(less ${listed})
  list(REMOVE_ITEM less ${symbols})
  list(JOIN more "\n  + " more)
  list(JOIN less "\n  - " less)
  message(SEND_ERROR "libcairn.so does not export what tests/abi/symbols.txt lists:\n  + ${more}\n  - ${less}\n"
    "A symbol too many lacks no mark, or has one that it should not have (<cairn/export.h>); one that "
    "is gone breaks programs that are built (CONTRIBUTING.md: the ABI).  UPDATE_GOLDEN=1 in the "
    "environment rewrites the list.")
endif()

execute_process(COMMAND ${objdump} --private-headers ${LIBRARY}
  OUTPUT_VARIABLE headers COMMAND_ERROR_IS_FATAL ANY)
if(NOT headers MATCHES "SONAME +([^ \n]+)" OR NOT CMAKE_MATCH_1 STREQUAL SONAME)
  message(SEND_ERROR "the name of ${LIBRARY} is \"${CMAKE_MATCH_1}\", and should be ${SONAME}")
endif()
