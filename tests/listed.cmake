# Every source and header is named in a CMakeLists.txt: a test that is not built reads as coverage,
# a header that is not installed is missed only by users.
cmake_minimum_required(VERSION 3.25)

# expect_listed(LIST BASE FILES...): the file LIST names each of FILES, relative to BASE.
function(expect_listed list base)
  file(READ ${ROOT}/${list} text)
  string(REGEX REPLACE "#[^\n]*" "" text "${text}")
  foreach(file IN LISTS ARGN)
    cmake_path(RELATIVE_PATH file BASE_DIRECTORY ${ROOT}/${base} OUTPUT_VARIABLE name)
    string(REGEX REPLACE "([.+])" "\\\\\\1" pattern "${name}")
    if(NOT text MATCHES "[ \n(]${pattern}[ \n)]")
      message(SEND_ERROR "${file} is not in ${list}")
    endif()
  endforeach()
endfunction()

file(GLOB_RECURSE files ${ROOT}/src/*.cpp ${ROOT}/include/*.h)
expect_listed(CMakeLists.txt "" ${files})
foreach(directory IN ITEMS tests bench examples tools)
  file(GLOB_RECURSE files ${ROOT}/${directory}/*.cpp)
  list(FILTER files EXCLUDE REGEX "/tests/consumer/")   # a project of its own
  expect_listed(${directory}/CMakeLists.txt ${directory} ${files})
endforeach()
