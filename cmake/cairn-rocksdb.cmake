# cairn::rocksdb: the RocksDB of this machine, the shared library where there is one.
# Used by the build and, installed beside cairn-config.cmake, by those who link a built cairn.
# Where there is no such target afterwards, CAIRN_ROCKSDB_PROBLEM says why.
#
# No version is asked for: RocksDB's version file refuses every other major version.
#
# A distribution's RocksDB may come without the development files that its CMake package asks for
# (compression libraries), which the shared library does not need; pkg-config then knows it.
set(CAIRN_ROCKSDB_OLDEST 7.8)   # of those that cairn's tests run with
set(CAIRN_ROCKSDB_PROBLEM "cairn needs RocksDB; on Debian: apt-get install librocksdb-dev")
find_package(RocksDB CONFIG QUIET GLOBAL)
set(CAIRN_ROCKSDB_FOUND_VERSION "${RocksDB_VERSION}")
if(NOT TARGET RocksDB::rocksdb-shared AND NOT TARGET RocksDB::rocksdb)
  find_package(PkgConfig QUIET)
  if(PkgConfig_FOUND)
    pkg_check_modules(CAIRN_ROCKSDB QUIET IMPORTED_TARGET GLOBAL rocksdb)
    set(CAIRN_ROCKSDB_FOUND_VERSION "${CAIRN_ROCKSDB_VERSION}")
  endif()
endif()

if(CAIRN_ROCKSDB_FOUND_VERSION AND CAIRN_ROCKSDB_FOUND_VERSION VERSION_LESS CAIRN_ROCKSDB_OLDEST)
  set(CAIRN_ROCKSDB_PROBLEM "cairn needs RocksDB ${CAIRN_ROCKSDB_OLDEST} or newer, since it has \
been tested with no older one, and here is RocksDB ${CAIRN_ROCKSDB_FOUND_VERSION}")
elseif(NOT TARGET cairn::rocksdb)
  foreach(target IN ITEMS RocksDB::rocksdb-shared RocksDB::rocksdb PkgConfig::CAIRN_ROCKSDB)
    if(TARGET ${target})
      add_library(cairn::rocksdb INTERFACE IMPORTED GLOBAL)
      set_target_properties(cairn::rocksdb PROPERTIES INTERFACE_LINK_LIBRARIES ${target})
      break()
    endif()
  endforeach()
endif()
