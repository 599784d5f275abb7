# A program that is compiled with FLAGS is refused by a sentence that holds MESSAGE.
cmake_minimum_required(VERSION 3.25)

separate_arguments(flags UNIX_COMMAND "${FLAGS}")
execute_process(
  COMMAND ${CXX} -std=c++20 -fsyntax-only ${flags} -I${PREFIX}/include ${SOURCE}
  RESULT_VARIABLE result ERROR_VARIABLE error OUTPUT_QUIET)
string(REGEX MATCH "[^\n]*error[^\n]*" first "${error}")
if(result EQUAL 0 OR NOT first MATCHES "${MESSAGE}")
  message(SEND_ERROR "${FLAGS}: ${result}\n${error}")
endif()
