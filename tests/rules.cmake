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
add_test(NAME rules.docs
  COMMAND ${PROJECT_SOURCE_DIR}/scripts/docs --check ${CMAKE_CURRENT_BINARY_DIR}/docs)
add_test(NAME rules.docs_find_what_is_missing
  COMMAND ${run} -D SCRATCH=${CMAKE_CURRENT_BINARY_DIR}/docs_control
    -P ${CMAKE_CURRENT_SOURCE_DIR}/docs_control.cmake)
add_test(NAME rules.quotations_find_a_change
  COMMAND ${run} -D SCRATCH=${CMAKE_CURRENT_BINARY_DIR}/quote_control
    -P ${CMAKE_CURRENT_SOURCE_DIR}/quote_control.cmake)
# 77: no clang-format 14, no doxygen here
set_tests_properties(rules.format rules.docs PROPERTIES SKIP_RETURN_CODE 77)
set_tests_properties(rules.docs_find_what_is_missing
  PROPERTIES SKIP_REGULAR_EXPRESSION "CONTROLS OF THE DOCUMENTATION ARE NOT RUN")
set_tests_properties(
  rules.arrows rules.arrows_find_a_bad_tree rules.every_file_is_listed rules.version rules.format
  rules.docs rules.docs_find_what_is_missing rules.quotations_find_a_change
  PROPERTIES TIMEOUT 60 LABELS rules)
