# check.cmake fails where no mistake is, and where another sentence is said than the one wanted.
# Wants CXX and FLAGS as check.cmake does, and SCRATCH (a directory).
cmake_minimum_required(VERSION 3.25)

# expect_failure(NAME TEXT COMPLAINT): a snippet of that text fails with that complaint.
function(expect_failure name text complaint)
  file(WRITE ${SCRATCH}/${name}.cpp "${text}")
  execute_process(
    COMMAND ${CMAKE_COMMAND} -D CXX=${CXX} -D "FLAGS=${FLAGS}" -D SNIPPET=${SCRATCH}/${name}.cpp
      -P ${CMAKE_CURRENT_LIST_DIR}/check.cmake
    RESULT_VARIABLE result ERROR_VARIABLE output)
  if(result EQUAL 0 OR NOT output MATCHES "${complaint}")
    message(SEND_ERROR "expected a complaint that it ${complaint}, got ${result}\n${output}")
  endif()
endfunction()

expect_failure(no_mistake "// says: wrong\nint right;\n" "compiles, mistake")
expect_failure(not_said "// says: a sentence\nint wrong = nothing;\n" "nowhere said: a sentence")
string(REPEAT "int wrong = nothing;\n" 20 errors)
expect_failure(said_late
  "// says: a sentence\n${errors}static_assert(!sizeof(int), \"a sentence\");\n"
  "the first error does not say")
expect_failure(no_sentence "int wrong = nothing;\n" "has no line that")
