# Configures, builds and runs the consumer project in SOURCE; in a directory called NAME, if given.
# With WITHOUT_ROCKSDB on a machine where neither CMake nor pkg-config knows of a RocksDB.
cmake_minimum_required(VERSION 3.25)

if(NOT NAME)
  cmake_path(GET SOURCE FILENAME NAME)
endif()
if(NOT CCACHE)   # "CAIRN_CCACHE-NOTFOUND"
  set(CCACHE "")
endif()
set(build ${SCRATCH}/${NAME})
file(REMOVE_RECURSE ${build})

set(hidden -D CMAKE_DISABLE_FIND_PACKAGE_Boost=${WITHOUT_BOOST})
if(WITHOUT_ROCKSDB)
  list(APPEND hidden -D CMAKE_DISABLE_FIND_PACKAGE_RocksDB=ON)
  set(ENV{PKG_CONFIG_LIBDIR} ${PREFIX}/${LIBDIR}/pkgconfig)
endif()
execute_process(COMMAND ${CMAKE_COMMAND} --no-warn-unused-cli
  -S ${SOURCE} -B ${build} -G ${GENERATOR}
  -D CMAKE_PREFIX_PATH=${PREFIX}
  -D CMAKE_CXX_COMPILER=${CXX}
  -D CMAKE_CXX_FLAGS=${CXX_FLAGS}
  -D CMAKE_CXX_COMPILER_LAUNCHER=${CCACHE}
  -D CAIRN=${CAIRN}
  -D VERSION=${VERSION}
  ${hidden}
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${build} COMMAND_ERROR_IS_FATAL ANY)

foreach(program IN ITEMS consumer boost_consumer no_rtti)
  if(EXISTS ${build}/${program})
    execute_process(COMMAND ${build}/${program} ${build}/${program}.cache
      COMMAND_ERROR_IS_FATAL ANY)
  elseif(program STREQUAL "consumer" OR NOT WITHOUT_BOOST)
    message(SEND_ERROR "${program} was not built")
  endif()
endforeach()

if(CAIRN)   # a subdirectory: what the program around it installs is its own
  execute_process(COMMAND ${CMAKE_COMMAND} --install ${build} --prefix ${build}/prefix
    COMMAND_ERROR_IS_FATAL ANY)
  file(GLOB_RECURSE installed RELATIVE ${build}/prefix ${build}/prefix/*)
  if(NOT installed STREQUAL "bin/consumer")
    message(SEND_ERROR "a subdirectory installs ${installed}")
  endif()
else()      # a plugin: it works, and has nothing of cairn to offer
  execute_process(COMMAND ${build}/host ${build}/plugin.so ${build}/plugin.cache
    COMMAND_ERROR_IS_FATAL ANY)
  foreach(number IN ITEMS 0 2 4)   # what one process leaves open the next finds closed
    execute_process(COMMAND ${build}/unloading_host ${build}/unclosed.cache ${number}
      COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
  find_program(nm nm REQUIRED)
  execute_process(COMMAND ${nm} --dynamic --defined-only --demangle ${build}/plugin.so
    OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  if(NOT symbols MATCHES "T visit" OR symbols MATCHES "[TDBR] (cairn::[^\n]*)")
    message(SEND_ERROR "the plugin exports ${CMAKE_MATCH_1}")
  endif()
endif()
