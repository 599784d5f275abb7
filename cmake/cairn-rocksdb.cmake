# cairn::rocksdb: the RocksDB of this machine, the shared library where there is one.
# Used by the build and, installed beside cairn-config.cmake, by those who link a built cairn.
# No version is asked for: RocksDB's version file refuses every other major version.
#
# A distribution's RocksDB may come without the development files that its CMake package asks for
# (compression libraries), which the shared library does not need; pkg-config then knows it.
find_package(RocksDB CONFIG QUIET GLOBAL)
if(NOT TARGET RocksDB::rocksdb-shared AND NOT TARGET RocksDB::rocksdb)
  find_package(PkgConfig QUIET)
  if(PkgConfig_FOUND)
    pkg_check_modules(CAIRN_ROCKSDB QUIET IMPORTED_TARGET GLOBAL rocksdb)
  endif()
endif()

if(NOT TARGET cairn::rocksdb)
  foreach(target IN ITEMS RocksDB::rocksdb-shared RocksDB::rocksdb PkgConfig::CAIRN_ROCKSDB)
    if(TARGET ${target})
      add_library(cairn::rocksdb INTERFACE IMPORTED GLOBAL)
      set_target_properties(cairn::rocksdb PROPERTIES INTERFACE_LINK_LIBRARIES ${target})
      break()
    endif()
  endforeach()
endif()
