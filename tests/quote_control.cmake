# Proves that `scripts/quote --check` can fail: each change to a small tree that is otherwise good must be
# found, and the good tree must pass.
cmake_minimum_required(VERSION 3.25)

function(write_good_tree)
  file(REMOVE_RECURSE ${SCRATCH})
  file(COPY ${ROOT}/scripts/quote DESTINATION ${SCRATCH}/scripts)
  file(WRITE ${SCRATCH}/examples/hello.cpp
    "// A comment.\n#include <string>\n  // [part]\n  int one;\n\n    int two;\n  // [part]\n")
  file(WRITE ${SCRATCH}/programs/hello "#!/bin/sh\necho hello\n")
  file(CHMOD ${SCRATCH}/programs/hello PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
  file(WRITE ${SCRATCH}/README.md "Before\n"
    "<!-- code: examples/hello.cpp part -->\n```cpp\nint one;\n\n  int two;\n```\n<!-- end of code -->\n"
    "<!-- output: hello -->\n```\nhello\n```\n<!-- end of output -->\nAfter\n")
  file(WRITE ${SCRATCH}/docs/guide/page.md "# Page\n")
endfunction()

function(run_quote)
  execute_process(COMMAND ${SCRATCH}/scripts/quote ${ARGN} ${SCRATCH}/programs
    RESULT_VARIABLE result ERROR_VARIABLE error OUTPUT_VARIABLE output)
  set(result ${result} PARENT_SCOPE)
  set(said "${output}${error}" PARENT_SCOPE)
endfunction()

# expect_found(FILE OLD NEW): with NEW in place of OLD in FILE, the check fails.
function(expect_found file old new)
  write_good_tree()
  file(READ ${SCRATCH}/${file} text)
  string(REPLACE "${old}" "${new}" changed "${text}")
  if(changed STREQUAL text)
    message(SEND_ERROR "there is no ${old} in ${file}")
  endif()
  file(WRITE ${SCRATCH}/${file} "${changed}")
  run_quote(--check)
  if(result EQUAL 0)
    message(SEND_ERROR "not found in ${file}: ${new} in place of ${old}\n${said}")
  endif()
endfunction()

write_good_tree()
run_quote(--check)
if(NOT result EQUAL 0)
  message(SEND_ERROR "the good tree does not pass:\n${said}")
endif()

expect_found(README.md "int one" "int three")
expect_found(README.md "\nhello\n" "\nbye\n")
expect_found(README.md "<!-- end of output -->" "")
expect_found(README.md "hello.cpp part" "hello.cpp another")
expect_found(README.md "hello.cpp part" "missing.cpp")
expect_found(README.md "output: hello" "output: missing")
expect_found(examples/hello.cpp "int two" "int three")
expect_found(programs/hello "echo hello" "exit 1")
expect_found(docs/guide/page.md "# Page\n" "<!-- output: hello -->\n<!-- end of output -->\n")

# What it finds it also mends.
run_quote()
run_quote(--check)
if(NOT result EQUAL 0)
  message(SEND_ERROR "the mended tree does not pass:\n${said}")
endif()
file(REMOVE_RECURSE ${SCRATCH})
