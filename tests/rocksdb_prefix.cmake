# CAIRN_ROCKSDB_PREFIX: the RocksDB in that prefix is used and no other, also in a build directory
# that has found the machine's own before; where the prefix has none, the message names the script.
cmake_minimum_required(VERSION 3.25)

set(prefix ${SCRATCH}/prefix)
file(REMOVE_RECURSE ${SCRATCH})

# configure(PREFIX RESULT OUTPUT): configures the library alone with that CAIRN_ROCKSDB_PREFIX.
function(configure prefix result output)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -S ${ROOT} -B ${SCRATCH}/build -G ${GENERATOR}
      -D CMAKE_CXX_COMPILER=${CXX} -D CAIRN_DEVELOPER=OFF -D CAIRN_ROCKSDB_PREFIX=${prefix}
    RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE error)
  string(REGEX REPLACE "[ \n]+" " " text "${out}${error}")
  set(${result} ${status} PARENT_SCOPE)
  set(${output} "${text}" PARENT_SCOPE)
endfunction()

configure("" result output)
if(NOT result EQUAL 0)
  message(SEND_ERROR "without a prefix: ${output}")
endif()

configure(${prefix} result output)
if(result EQUAL 0 OR NOT output MATCHES "scripts/rocksdb builds one in build/rocksdb")
  message(SEND_ERROR "a prefix without RocksDB: ${result} ${output}")
endif()

# A package that only says that it has been asked.
file(WRITE ${prefix}/lib/cmake/rocksdb/RocksDBConfig.cmake
  "message(STATUS \"the RocksDB of the prefix\")\nadd_library(RocksDB::rocksdb-shared SHARED IMPORTED)\n")
file(WRITE ${prefix}/lib/librocksdb.so "")
file(APPEND ${prefix}/lib/cmake/rocksdb/RocksDBConfig.cmake
  "set_target_properties(RocksDB::rocksdb-shared PROPERTIES IMPORTED_LOCATION ${prefix}/lib/librocksdb.so)\n")
configure(${prefix} result output)
if(NOT result EQUAL 0 OR NOT output MATCHES "the RocksDB of the prefix")
  message(SEND_ERROR "a prefix with RocksDB: ${result} ${output}")
endif()

# And back again.
configure("" result output)
if(NOT result EQUAL 0 OR output MATCHES "the RocksDB of the prefix")
  message(SEND_ERROR "without a prefix, after one: ${result} ${output}")
endif()
