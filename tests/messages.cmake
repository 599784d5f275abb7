# What the compiler says to those who mistype.
#
# cairn_messages(SOURCES...): each source holds a call as one may mistype it (with -D MISTAKE) and
# as it should be.  All are built as they should be, in one translation unit; and for each a test
# has the compiler of this build refuse the mistake, and say what to write instead.
function(cairn_messages)
  add_library(messages_corrected OBJECT ${ARGN})
  target_link_libraries(messages_corrected PRIVATE cairn cairn_boost)
  set_target_properties(messages_corrected PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0)

  set(directories "$<TARGET_PROPERTY:messages_corrected,INCLUDE_DIRECTORIES>")
  set(flags "${CMAKE_CXX_FLAGS} ${CMAKE_CXX20_STANDARD_COMPILE_OPTION}")
  set(check ${CMAKE_COMMAND}
    -D CXX=${CMAKE_CXX_COMPILER}
    -D "FLAGS=${flags} -I\"$<JOIN:${directories},\" -I\">\"")
  foreach(source IN LISTS ARGN)
    cmake_path(GET source STEM mistake)
    add_test(NAME messages.${mistake}
      COMMAND ${check} -D SNIPPET=${CMAKE_CURRENT_SOURCE_DIR}/${source}
        -P ${CMAKE_CURRENT_SOURCE_DIR}/messages/check.cmake)
    set_tests_properties(messages.${mistake} PROPERTIES TIMEOUT 120 LABELS messages)
  endforeach()

  add_test(NAME messages.what_is_not_said_is_missed
    COMMAND ${check} -D SCRATCH=${CMAKE_CURRENT_BINARY_DIR}/messages
      -P ${CMAKE_CURRENT_SOURCE_DIR}/messages/control.cmake)
  set_tests_properties(messages.what_is_not_said_is_missed PROPERTIES TIMEOUT 120 LABELS messages)
endfunction()
