# find_package must not accept this cairn for a newer one, nor for the next minor version of a 0.x.
cmake_minimum_required(VERSION 3.25)

string(REPLACE "." ";" parts ${VERSION})
list(GET parts 0 major)
list(GET parts 1 minor)
list(GET parts 2 patch)
math(EXPR newer_major "${major} + 1")
math(EXPR newer_minor "${minor} + 1")
math(EXPR newer_patch "${patch} + 1")

foreach(wanted IN ITEMS
    ${newer_major}.0.0 ${major}.${newer_minor}.0 ${major}.${minor}.${newer_patch})
  execute_process(
    COMMAND ${CMAKE_COMMAND} -S ${SOURCE} -B ${SCRATCH}/refused -G ${GENERATOR}
      -D CMAKE_PREFIX_PATH=${PREFIX} -D CMAKE_CXX_COMPILER=${CXX} -D VERSION=${wanted}
    RESULT_VARIABLE result ERROR_VARIABLE error OUTPUT_QUIET)
  string(REGEX REPLACE "[ \n]+" " " error "${error}")
  if(result EQUAL 0 OR NOT error MATCHES "compatible with requested version \"${wanted}\"")
    message(SEND_ERROR "cairn ${wanted} was wanted, ${VERSION} is there: ${result}\n${error}")
  endif()
  file(REMOVE_RECURSE ${SCRATCH}/refused)
endforeach()
