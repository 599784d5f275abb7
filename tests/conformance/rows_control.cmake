# Proves that rows.cmake can fail: small trees, each with one thing wrong.
cmake_minimum_required(VERSION 3.25)

# expect(RESULT SAYS ROWS COMMENT): with these lines in rows.md and this comment in a test, rows.cmake
# passes (0) or fails (1), and what it says matches SAYS.
function(expect result says rows comment)
  file(REMOVE_RECURSE ${SCRATCH})
  file(WRITE ${SCRATCH}/conformance/rows.md "# Rows\n\n| # | Cairn |\n|---|---|\n${rows}")
  file(WRITE ${SCRATCH}/some_test.cpp "${comment}\nTEST(Some, Test) {}\n")
  execute_process(
    COMMAND ${CMAKE_COMMAND} -D TESTS=${SCRATCH} -P ${CMAKE_CURRENT_LIST_DIR}/rows.cmake
    RESULT_VARIABLE failed ERROR_VARIABLE said OUTPUT_QUIET)
  string(REGEX REPLACE "[ \n]+" " " said "${said}")
  if(NOT failed EQUAL result OR NOT said MATCHES "${says}")
    message(SEND_ERROR "'${rows}' and '${comment}': ${failed}, ${said}")
  endif()
endfunction()

expect(0 "" "| S1 | a |\n| X2 | b |\n" "// S1, X2")
expect(0 "" "| C98 | a; b [c] |\n" "// C98: like CRC32; and [so] on.")
expect(1 "X2 is named by no test" "| S1 | a |\n| X2 | b |\n" "// S1")
expect(1 "X2 is named by no test" "| X2 | b |\n" "int X2;  // another")
expect(1 "names S3, which is not in rows.md" "| S1 | a |\n" "// S1, S3")
expect(1 "names S10, which is not in rows.md" "| S1 | a |\n" "// S1, S10")
expect(1 "S1 is in rows.md twice" "| S1 | a |\n| S1 | b |\n" "// S1")
expect(1 "has no rows" "" "// nothing")
