# A static cairn is not found where there is no RocksDB, and says so: the control of WITHOUT_ROCKSDB.
cmake_minimum_required(VERSION 3.25)

set(ENV{PKG_CONFIG_LIBDIR} ${PREFIX}/${LIBDIR}/pkgconfig)
file(REMOVE_RECURSE ${SCRATCH}/needs_rocksdb)
execute_process(
  COMMAND ${CMAKE_COMMAND} -S ${SOURCE} -B ${SCRATCH}/needs_rocksdb -G ${GENERATOR}
    -D CMAKE_PREFIX_PATH=${PREFIX} -D CMAKE_CXX_COMPILER=${CXX} -D VERSION=${VERSION}
    -D CMAKE_DISABLE_FIND_PACKAGE_RocksDB=ON
  RESULT_VARIABLE result ERROR_VARIABLE error OUTPUT_QUIET)
string(REGEX REPLACE "[ \n]+" " " error "${error}")
if(result EQUAL 0 OR NOT error MATCHES "cairn needs RocksDB")
  message(SEND_ERROR "a static cairn without RocksDB: ${result}\n${error}")
endif()
