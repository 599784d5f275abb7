# cairn as its users get it: installed, found by CMake and by pkg-config, or added as a
# subdirectory.  Consumers are compiled as this build is, so that a sanitized library links.
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

add_test(NAME package.install
  COMMAND ${CMAKE_COMMAND} -D BUILD=${PROJECT_BINARY_DIR} -D PREFIX=${prefix}
    -P ${CMAKE_CURRENT_SOURCE_DIR}/consumer/install.cmake)
add_test(NAME package.found_by_cmake
  COMMAND ${consume} -D SOURCE=${CMAKE_CURRENT_SOURCE_DIR}/consumer
    -P ${CMAKE_CURRENT_SOURCE_DIR}/consumer/build_and_run.cmake)
add_test(NAME package.newer_version_is_refused
  COMMAND ${consume} -D SOURCE=${CMAKE_CURRENT_SOURCE_DIR}/consumer
    -P ${CMAKE_CURRENT_SOURCE_DIR}/consumer/refuse_newer.cmake)
add_test(NAME package.needs_boost_only_for_boost
  COMMAND ${consume} -D SOURCE=${CMAKE_CURRENT_SOURCE_DIR}/consumer -D WITHOUT_BOOST=ON
    -P ${CMAKE_CURRENT_SOURCE_DIR}/consumer/build_and_run.cmake)
add_test(NAME package.found_by_pkg_config
  COMMAND ${consume} -D SOURCE=${CMAKE_CURRENT_SOURCE_DIR}/consumer
    -P ${CMAKE_CURRENT_SOURCE_DIR}/consumer/pkg_config.cmake)
add_test(NAME package.as_a_subdirectory
  COMMAND ${consume} -D SOURCE=${CMAKE_CURRENT_SOURCE_DIR}/consumer_subdirectory
    -D CAIRN=${PROJECT_SOURCE_DIR}
    -P ${CMAKE_CURRENT_SOURCE_DIR}/consumer/build_and_run.cmake)

add_test(NAME package.in_a_plugin_that_is_unloaded
  COMMAND ${consume} -D SOURCE=${CMAKE_CURRENT_SOURCE_DIR}/consumer_plugin
    -D CAIRN=${PROJECT_SOURCE_DIR}
    -P ${CMAKE_CURRENT_SOURCE_DIR}/consumer/build_and_run.cmake)

set_tests_properties(package.install PROPERTIES FIXTURES_SETUP installed)
set_tests_properties(
  package.found_by_cmake package.newer_version_is_refused
  package.needs_boost_only_for_boost package.found_by_pkg_config
  PROPERTIES FIXTURES_REQUIRED installed)
set_tests_properties(
  package.install package.found_by_cmake package.newer_version_is_refused
  package.needs_boost_only_for_boost package.found_by_pkg_config
  PROPERTIES TIMEOUT 300 LABELS package)
set_tests_properties(package.as_a_subdirectory package.in_a_plugin_that_is_unloaded
  PROPERTIES                                                # compile the library once more
  TIMEOUT 900 LABELS "package;slow" COST 1000)
