# A RocksDB that is older than the oldest one tested is refused when cairn in ROOT is configured,
# whoever finds it, CMake's description or pkg-config's; the oldest one tested is not.
# SCRATCH gets descriptions of RocksDBs that are not there.
cmake_minimum_required(VERSION 3.25)

# describe(VERSION): both descriptions, in SCRATCH/VERSION.
function(describe version)
  file(WRITE ${SCRATCH}/${version}/RocksDBConfig.cmake
    "add_library(RocksDB::rocksdb-shared INTERFACE IMPORTED)\n")
  file(WRITE ${SCRATCH}/${version}/RocksDBConfigVersion.cmake
    "set(PACKAGE_VERSION ${version})\nset(PACKAGE_VERSION_COMPATIBLE TRUE)\n")
  file(WRITE ${SCRATCH}/${version}/rocksdb.pc
    "Name: rocksdb\nDescription: none\nVersion: ${version}\nLibs: -lm\n")
endfunction()

# configure(VERSION FOUND_BY RESULT ERROR): cairn, with that RocksDB.
function(configure version found_by result_variable error_variable)
  set(how -D RocksDB_DIR=${SCRATCH}/${version})
  if(found_by STREQUAL "pkg-config")
    set(how -D CMAKE_DISABLE_FIND_PACKAGE_RocksDB=ON)
  endif()
  set(ENV{PKG_CONFIG_LIBDIR} ${SCRATCH}/${version})
  execute_process(
    COMMAND ${CMAKE_COMMAND} -S ${ROOT} -B ${SCRATCH}/${version}/${found_by} -G ${GENERATOR}
      -D CMAKE_CXX_COMPILER=${CXX} -D CAIRN_DEVELOPER=OFF ${how}
    RESULT_VARIABLE result ERROR_VARIABLE error OUTPUT_QUIET)
  string(REGEX REPLACE "[ \n]+" " " error "${error}")
  set(${result_variable} "${result}" PARENT_SCOPE)
  set(${error_variable} "${error}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${SCRATCH})
foreach(version IN ITEMS 6.29.5 7.7.3)
  describe(${version})
  foreach(found_by IN ITEMS cmake pkg-config)
    configure(${version} ${found_by} result error)
    if(result EQUAL 0
        OR NOT error MATCHES "needs RocksDB 7\\.8 or newer.*here is RocksDB ${version}")
      message(SEND_ERROR "RocksDB ${version} by ${found_by}: ${result}\n${error}")
    endif()
  endforeach()
endforeach()
foreach(version IN ITEMS 7.8.3 11.0.4)
  describe(${version})
  foreach(found_by IN ITEMS cmake pkg-config)
    configure(${version} ${found_by} result error)
    if(NOT result EQUAL 0)
      message(SEND_ERROR "RocksDB ${version} by ${found_by} is refused:\n${error}")
    endif()
  endforeach()
endforeach()
file(REMOVE_RECURSE ${SCRATCH})
