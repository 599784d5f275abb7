# Rules worth having are tests (CONTRIBUTING.md).
set(run ${CMAKE_COMMAND} -D ROOT=${PROJECT_SOURCE_DIR})

add_test(NAME rules.arrows
  COMMAND ${run} -P ${CMAKE_CURRENT_SOURCE_DIR}/arrows.cmake)
add_test(NAME rules.arrows_find_a_bad_tree
  COMMAND ${run} -D SCRATCH=${CMAKE_CURRENT_BINARY_DIR}/arrows
    -P ${CMAKE_CURRENT_SOURCE_DIR}/arrows_control.cmake)
add_test(NAME rules.every_file_is_listed
  COMMAND ${run} -P ${CMAKE_CURRENT_SOURCE_DIR}/listed.cmake)
add_test(NAME rules.version
  COMMAND ${run} -D VERSION=${PROJECT_VERSION} -P ${CMAKE_CURRENT_SOURCE_DIR}/version.cmake)
add_test(NAME rules.format
  COMMAND ${PROJECT_SOURCE_DIR}/scripts/format --check)
set_tests_properties(rules.format PROPERTIES SKIP_RETURN_CODE 77)   # 77: no clang-format 14 here
set_tests_properties(
  rules.arrows rules.arrows_find_a_bad_tree rules.every_file_is_listed rules.version rules.format
  PROPERTIES TIMEOUT 60 LABELS rules)
