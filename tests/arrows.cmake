# The rooms of docs/architecture.md, as a test: which file may include what in the tree ROOT.
#
#   include/cairn              the standard library and <cairn/...>; boost.h, *archive*.h: and Boost
#   src/key, src/ttl, src/store   "their own room/...", <cairn/...>, system headers
#   src/*.cpp, src/*.h         anything: the only files that see more than one room
#   tools, bench, examples     the public headers: nothing of src/
cmake_minimum_required(VERSION 3.25)

set(rooms key ttl store)
string(JOIN "|" room_names ${rooms})

# forbid(FILE LINE WHY): one broken rule; the script goes on and fails at its end.
function(forbid file line why)
  message(SEND_ERROR "${file}: ${why}: ${line}")
endfunction()

# Calls CHECK(FILE KIND PATH LINE) for every include in FILES; KIND is `"` or `<`.
function(for_each_include check)
  foreach(file IN LISTS ARGN)
    file(STRINGS ${ROOT}/${file} lines REGEX "^[ \t]*#[ \t]*include")
    foreach(line IN LISTS lines)
      if(NOT line MATCHES "^[ \t]*#[ \t]*include[ \t]*([\"<])([^\">]+)[\">]")
        forbid(${file} "${line}" "an include that this test cannot read")
      else()
        cmake_language(CALL ${check} ${file} "${CMAKE_MATCH_1}" "${CMAKE_MATCH_2}" "${line}")
      endif()
    endforeach()
  endforeach()
endfunction()

function(check_room file kind path line)
  string(REGEX MATCH "^src/([^/]+)/" _ ${file})
  set(room ${CMAKE_MATCH_1})
  if(path MATCHES "(^|/)\\.\\.?/")
    forbid(${file} "${line}" "a path with dots hides the room it leads to")
  elseif(kind STREQUAL "\"" AND NOT path MATCHES "^${room}/")
    forbid(${file} "${line}" "the room reaches outside itself")
  elseif(kind STREQUAL "<" AND path MATCHES "^(${room_names})/")
    forbid(${file} "${line}" "the room reaches outside itself")
  endif()
endfunction()

function(check_public file kind path line)
  if(kind STREQUAL "\"")
    forbid(${file} "${line}" "a public header is included as <cairn/...>, nothing else in quotes")
  elseif(path MATCHES "[./]" AND NOT path MATCHES "^cairn/[a-z_]+\\.h$"
      AND NOT (file MATCHES "/(boost|[a-z_]*archive[a-z_]*)\\.h$" AND path MATCHES "^boost/"))
    forbid(${file} "${line}" "public headers see the standard library and each other")
  endif()
endfunction()

function(check_user file kind path line)
  if(path MATCHES "(^|/)(${room_names}|src)/" OR path MATCHES "(^|/)\\.\\.?/")
    forbid(${file} "${line}" "users see the public headers")
  endif()
endfunction()

foreach(room IN LISTS rooms)
  file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/src/${room}/*.h ${ROOT}/src/${room}/*.cpp)
  if(NOT files)
    message(SEND_ERROR "src/${room} is empty: does this test still look at the right places?")
  endif()
  for_each_include(check_room ${files})
endforeach()

file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/src/*.h ${ROOT}/src/*.cpp)
foreach(file IN LISTS files)
  if(file MATCHES "^src/([^/]+)/" AND NOT CMAKE_MATCH_1 IN_LIST rooms)
    message(SEND_ERROR "${file}: src/${CMAKE_MATCH_1} is no room that tests/arrows.cmake knows")
  endif()
endforeach()

file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/include/*.h ${ROOT}/include/*.h.in)
for_each_include(check_public ${files})
foreach(file IN LISTS files)
  file(STRINGS ${ROOT}/${file} lines REGEX "rocksdb::|namespace[ \t]+rocksdb")
  foreach(line IN LISTS lines)
    forbid(${file} "${line}" "a public header names RocksDB's types")
  endforeach()
endforeach()

file(GLOB_RECURSE files RELATIVE ${ROOT}
  ${ROOT}/tools/*.h ${ROOT}/tools/*.cpp ${ROOT}/bench/*.h ${ROOT}/bench/*.cpp
  ${ROOT}/examples/*.h ${ROOT}/examples/*.cpp)
for_each_include(check_user ${files})
