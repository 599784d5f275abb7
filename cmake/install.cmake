# What `cmake --install` puts where, for CMake's find_package and for pkg-config.
#
# Components: `runtime` (the shared library, for programs that are built), `development` (headers,
# the archive or the link to the shared library, CMake's and pkg-config's files), `tool` (the
# command; tools/CMakeLists.txt).
set(CAIRN_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/cairn)

# Two exports, so that who wants cairn::cairn alone needs no Boost.
install(TARGETS cairn EXPORT cairn-targets
  LIBRARY COMPONENT runtime NAMELINK_COMPONENT development
  ARCHIVE COMPONENT development
  FILE_SET HEADERS COMPONENT development)
install(TARGETS cairn_boost EXPORT cairn-boost-targets FILE_SET HEADERS COMPONENT development)
foreach(export IN ITEMS cairn-targets cairn-boost-targets)
  install(EXPORT ${export} NAMESPACE cairn::
    DESTINATION ${CAIRN_CMAKE_DIR} COMPONENT development)
endforeach()

# A shared libcairn has RocksDB linked; who links an archive links RocksDB and threads as well.
get_target_property(CAIRN_TYPE cairn TYPE)
if(CAIRN_TYPE STREQUAL "SHARED_LIBRARY")
  set(CAIRN_PC_REQUIRES "")
  set(CAIRN_PC_LINKS "")
else()
  set(CAIRN_PC_REQUIRES rocksdb)
  set(CAIRN_PC_LINKS "-Wl,--exclude-libs,libcairn.a ${CMAKE_THREAD_LIBS_INIT}")
endif()

configure_package_config_file(cmake/cairn-config.cmake.in cairn-config.cmake
  INSTALL_DESTINATION ${CAIRN_CMAKE_DIR})
write_basic_package_version_file(cairn-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/cairn-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/cairn-config-version.cmake
  DESTINATION ${CAIRN_CMAKE_DIR} COMPONENT development)
if(NOT CAIRN_TYPE STREQUAL "SHARED_LIBRARY")
  install(FILES ${CMAKE_CURRENT_SOURCE_DIR}/cmake/cairn-rocksdb.cmake
    DESTINATION ${CAIRN_CMAKE_DIR} COMPONENT development)
endif()

# pkg-config: the prefix is found from where the file lies, so that `cmake --install --prefix` is
# free to choose one.
cmake_path(IS_ABSOLUTE CMAKE_INSTALL_LIBDIR CAIRN_LIBDIR_IS_ABSOLUTE)
if(CAIRN_LIBDIR_IS_ABSOLUTE)
  set(CAIRN_PC_PREFIX ${CMAKE_INSTALL_PREFIX})
else()
  cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
    BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig OUTPUT_VARIABLE CAIRN_PC_PREFIX)
  set(CAIRN_PC_PREFIX "\${pcfiledir}/${CAIRN_PC_PREFIX}")
endif()
configure_file(cmake/cairn.pc.in cairn.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/cairn.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
