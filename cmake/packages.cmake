# Debian packages, by `cpack -G DEB` in a build of preset `packages`: libcairn0.1 (component
# `runtime`), libcairn-dev (`development`) and cairn-tools (`tool`).
if(NOT CAIRN_TYPE STREQUAL "SHARED_LIBRARY" OR NOT TARGET cairn_tool)
  return()   # nobody packages an archive alone
endif()

# Below 1.0 every minor version is a library of its own, and so a package.
set(CAIRN_LIBRARY_PACKAGE libcairn${CAIRN_ABI})

# Who answers for a package is told as to all of Debian's tools.
set(CAIRN_MAINTAINER "The authors of Cairn <cairn@packages.invalid>")
if(DEFINED ENV{DEBFULLNAME} AND DEFINED ENV{DEBEMAIL})
  set(CAIRN_MAINTAINER "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME cairn)
set(CPACK_PACKAGE_CONTACT "${CAIRN_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")   # each package has its own, as its first line
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL runtime development tool)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)   # in no group, so one for each

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR})
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(exactly "(= ${PROJECT_VERSION}-1)")

set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME ${CAIRN_LIBRARY_PACKAGE})
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
file(WRITE ${PROJECT_BINARY_DIR}/triggers "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA ${PROJECT_BINARY_DIR}/triggers)
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION "persistent embedded cache (shared library)
Named caches in a directory, with the operations of Django's low-level
cache API, typed values, timeouts, and counters that are exact after a
crash; on RocksDB.

This package has the library that programs load.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libcairn-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "${CAIRN_LIBRARY_PACKAGE} ${exactly}")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_RECOMMENDS libboost-serialization-dev)
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "persistent embedded cache (development files)
Named caches in a directory, with the operations of Django's low-level
cache API, typed values, timeouts, and counters that are exact after a
crash; on RocksDB.

This package has the C++20 headers and what CMake and pkg-config need to
know.")

set(CPACK_DEBIAN_TOOL_PACKAGE_NAME cairn-tools)
set(CPACK_DEBIAN_TOOL_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_TOOL_PACKAGE_DEPENDS "${CAIRN_LIBRARY_PACKAGE} ${exactly}")
set(CPACK_DEBIAN_TOOL_DESCRIPTION "looks into persistent embedded caches
Shows what a Cairn cache holds while its owner is running: records,
statistics, whether it is sound; and, when the owner is gone, exports,
loads, expires and repairs.")

# What differs in a package from an ordinary installation is changed in the staged files.
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/debian_files.cmake)
set(CPACK_CAIRN_SOURCE ${PROJECT_SOURCE_DIR})
set(CPACK_CAIRN_PACKAGES
  runtime ${CAIRN_LIBRARY_PACKAGE} development libcairn-dev tool cairn-tools)
include(CPack)
