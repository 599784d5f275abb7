# The rooms of docs/architecture.md, as a test: which file may include what in the tree ROOT.
#
# A file includes its own room and the rooms on lower floors; rooms on one floor are strangers.
# Besides, key, tier, ttl and store are strangers to each other on every floor.
#
#   include/cairn          the standard library and <cairn/...>; boost.h, *archive*.h: and Boost
#   src, tools             "ROOM/FILE.h" of the floors below, <cairn/...>, system headers
#   tools, bench, examples the public headers: nothing of src/
#   bench/tier             and the room that it measures by itself
cmake_minimum_required(VERSION 3.25)

# From the ground up.
set(src_floors
  "bytes process"
  "key tier ttl store/border store/directory store/locks"
  "store/health store/recovery"
  "store/engine"
  "store"
  "backend"
  "backend/rocksdb"
  "api")
set(src_strangers key tier ttl store)
set(src_roomless error.cpp)          # every room throws
set(tools_floors "terminal" "records" "command")
set(tools_strangers)
set(tools_roomless main.cpp)

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

# Sets FLOOR_<room> for every room of BASE, and ROOMS.
macro(read_floors base)
  set(rooms)
  set(height 0)
  foreach(floor IN LISTS ${base}_floors)
    string(REPLACE " " ";" names "${floor}")
    foreach(name IN LISTS names)
      set(FLOOR_${name} ${height})
      list(APPEND rooms ${name})
    endforeach()
    math(EXPR height "${height} + 1")
  endforeach()
endmacro()

# The room of a path below BASE: its directory; empty for none.
function(room_of path result)
  cmake_path(GET path PARENT_PATH room)
  set(${result} "${room}" PARENT_SCOPE)
endfunction()

function(check_room file kind path line)
  string(REGEX REPLACE "^${base}/" "" inside ${file})
  room_of(${inside} from)
  room_of(${path} to)
  if(path MATCHES "(^|/)\\.\\.?/")
    forbid(${file} "${line}" "a path with dots hides the room it leads to")
    return()
  endif()
  if(kind STREQUAL "<")
    if(to IN_LIST rooms)
      forbid(${file} "${line}" "a room is included in quotes")
    endif()
    return()
  endif()
  if(NOT to IN_LIST rooms)
    forbid(${file} "${line}" "no room is named by that path")
    return()
  endif()
  if(from STREQUAL "" OR from STREQUAL to)   # without a room: at the top of the house
    return()
  endif()
  string(REGEX REPLACE "/.*" "" from_house "${from}")
  string(REGEX REPLACE "/.*" "" to_house "${to}")
  if(NOT from_house STREQUAL to_house
      AND from_house IN_LIST ${base}_strangers AND to_house IN_LIST ${base}_strangers)
    forbid(${file} "${line}" "${from_house} and ${to_house} are strangers")
  elseif(NOT FLOOR_${to} LESS FLOOR_${from})
    forbid(${file} "${line}" "the arrow does not lead down")
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
  if(file MATCHES "^bench/tier/" AND path MATCHES "^tier/[a-z_]+\\.h$")
    return()
  endif()
  if(path MATCHES "^(api|backend|key|tier|ttl|store|bytes|process|src)/" OR path MATCHES "(^|/)\\.\\.?/")
    forbid(${file} "${line}" "users see the public headers")
  endif()
endfunction()

foreach(base IN ITEMS src tools)
  read_floors(${base})
  file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/${base}/*.h ${ROOT}/${base}/*.cpp)
  set(seen)
  foreach(file IN LISTS files)
    string(REGEX REPLACE "^${base}/" "" inside ${file})
    room_of(${inside} room)
    list(APPEND seen "${room}")
    if(room STREQUAL "" AND NOT inside IN_LIST ${base}_roomless)
      message(SEND_ERROR "${file}: a file of ${base}/ stands in a room")
    elseif(NOT room STREQUAL "" AND NOT room IN_LIST rooms)
      message(SEND_ERROR "${file}: ${base}/${room} is no room that tests/arrows.cmake knows")
    endif()
  endforeach()
  foreach(room IN LISTS rooms)
    if(NOT room IN_LIST seen)
      message(SEND_ERROR "${base}/${room} is empty: does this test still look at the right places?")
    endif()
  endforeach()
  for_each_include(check_room ${files})
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
