# cairn as its users get it: installed, found by CMake and by pkg-config, or added as a
# subdirectory; static and shared.  Consumers are compiled as this build is, so that a sanitized library links.
set(scratch ${CMAKE_CURRENT_BINARY_DIR}/package)
set(prefix ${scratch}/prefix)
set(consume ${CMAKE_COMMAND}
  -D PREFIX=${prefix}
  -D SCRATCH=${scratch}
  -D GENERATOR=${CMAKE_GENERATOR}
  -D CXX=${CMAKE_CXX_COMPILER}
  -D CXX_FLAGS=${CMAKE_CXX_FLAGS}
  -D CCACHE=${CAIRN_CCACHE}
  -D LIBDIR=${CMAKE_INSTALL_LIBDIR}
  -D VERSION=${PROJECT_VERSION})

# package_test(NAME SCRIPT ARGUMENTS...) runs tests/consumer/SCRIPT.
function(package_test name script)
  add_test(NAME package.${name}
    COMMAND ${consume} ${ARGN} -P ${CMAKE_CURRENT_SOURCE_DIR}/consumer/${script})
  set_tests_properties(package.${name} PROPERTIES TIMEOUT 300 LABELS package)
endfunction()

set(consumer -D SOURCE=${CMAKE_CURRENT_SOURCE_DIR}/consumer)

# ---- as this build is installed

package_test(install install.cmake -D BUILD=${PROJECT_BINARY_DIR})
package_test(found_by_cmake build_and_run.cmake ${consumer})
package_test(newer_version_is_refused refuse_newer.cmake ${consumer})
package_test(needs_boost_only_for_boost build_and_run.cmake ${consumer}
  -D WITHOUT_BOOST=ON -D NAME=consumer_without_boost)
package_test(found_by_pkg_config pkg_config.cmake ${consumer})
package_test(says_what_it_needs_rtti_for refused_flags.cmake
  -D SOURCE=${CMAKE_CURRENT_SOURCE_DIR}/consumer/no_rtti.cpp
  -D "FLAGS=-fno-rtti -DUNNAMED" -D "MESSAGE=without RTTI .*cairn::TypeName.*-frtti")
package_test(says_that_it_needs_exceptions refused_flags.cmake
  -D SOURCE=${CMAKE_CURRENT_SOURCE_DIR}/consumer/consumer.cpp
  -D FLAGS=-fno-exceptions -D "MESSAGE=reports failures by exceptions.*-fexceptions")
set(after_install found_by_cmake newer_version_is_refused needs_boost_only_for_boost
  found_by_pkg_config says_what_it_needs_rtti_for says_that_it_needs_exceptions)
if(NOT BUILD_SHARED_LIBS)
  package_test(static_needs_rocksdb needs_rocksdb.cmake ${consumer})
  list(APPEND after_install static_needs_rocksdb)
endif()
list(TRANSFORM after_install PREPEND package.)
set_tests_properties(package.install PROPERTIES FIXTURES_SETUP installed)
set_tests_properties(${after_install} PROPERTIES FIXTURES_REQUIRED installed)

# ---- where RocksDB is too old

add_test(NAME package.older_rocksdb_is_refused
  COMMAND ${CMAKE_COMMAND} -D ROOT=${PROJECT_SOURCE_DIR} -D SCRATCH=${scratch}/rocksdb
    -D GENERATOR=${CMAKE_GENERATOR} -D CXX=${CMAKE_CXX_COMPILER}
    -P ${CMAKE_CURRENT_SOURCE_DIR}/rocksdb_version.cmake)
set_tests_properties(package.older_rocksdb_is_refused PROPERTIES TIMEOUT 300 LABELS package)

# ---- a RocksDB of one's own (scripts/rocksdb)

add_test(NAME package.the_rocksdb_of_a_prefix
  COMMAND ${CMAKE_COMMAND} -D ROOT=${PROJECT_SOURCE_DIR} -D SCRATCH=${scratch}/rocksdb_prefix
    -D GENERATOR=${CMAKE_GENERATOR} -D CXX=${CMAKE_CXX_COMPILER}
    -P ${CMAKE_CURRENT_SOURCE_DIR}/rocksdb_prefix.cmake)
set_tests_properties(package.the_rocksdb_of_a_prefix PROPERTIES TIMEOUT 300 LABELS package)

# ---- as a shared library, where nobody knows of RocksDB

set(shared -D PREFIX=${scratch}/shared_prefix -D WITHOUT_ROCKSDB=ON)
package_test(install_shared install_shared.cmake ${shared}
  -D ROOT=${PROJECT_SOURCE_DIR} -D ABI=${CAIRN_ABI})
package_test(shared_needs_no_rocksdb build_and_run.cmake ${consumer} ${shared}
  -D NAME=consumer_of_shared)
package_test(shared_needs_no_rocksdb_by_pkg_config pkg_config.cmake ${consumer} ${shared}
  -D NAME=pkg_config_shared)
set_tests_properties(package.install_shared PROPERTIES   # compiles the library once more
  FIXTURES_SETUP installed_shared TIMEOUT 900 LABELS "package;slow" COST 1000)
set_tests_properties(
  package.shared_needs_no_rocksdb package.shared_needs_no_rocksdb_by_pkg_config
  PROPERTIES FIXTURES_REQUIRED installed_shared LABELS "package;slow")

# ---- as a subdirectory of a program that takes every warning for an error

package_test(as_a_subdirectory build_and_run.cmake
  -D SOURCE=${CMAKE_CURRENT_SOURCE_DIR}/consumer_subdirectory -D CAIRN=${PROJECT_SOURCE_DIR})
set_tests_properties(package.as_a_subdirectory PROPERTIES   # and again
  TIMEOUT 900 LABELS "package;slow" COST 1000)

# ---- what the shared library exports

add_custom_target(exports ALL)
add_dependencies(exports ${CAIRN_SHARED_FORM})
add_test(NAME package.exports_what_is_listed
  COMMAND ${CMAKE_COMMAND} -D LIBRARY=$<TARGET_FILE:${CAIRN_SHARED_FORM}>
    -D SONAME=libcairn.so.${CAIRN_ABI}
    -P ${CMAKE_CURRENT_SOURCE_DIR}/abi/symbols.cmake)
set_tests_properties(package.exports_what_is_listed PROPERTIES TIMEOUT 60 LABELS package)
