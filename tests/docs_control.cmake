# Proves that scripts/docs can fail: each bad line, put into a small tree that is otherwise good, must be
# found, and the good tree must pass.
cmake_minimum_required(VERSION 3.25)

find_program(doxygen doxygen)
if(NOT doxygen)
  message("!!! THE CONTROLS OF THE DOCUMENTATION ARE NOT RUN: doxygen is missing")
  return()
endif()

function(write_good_tree)
  file(REMOVE_RECURSE ${SCRATCH})
  file(COPY ${ROOT}/docs/site DESTINATION ${SCRATCH}/docs)
  file(COPY ${ROOT}/scripts/docs DESTINATION ${SCRATCH}/scripts)
  file(COPY ${ROOT}/CMakeLists.txt DESTINATION ${SCRATCH})
  file(COPY ${ROOT}/include/cairn/version.h.in DESTINATION ${SCRATCH}/include/cairn)
  file(WRITE ${SCRATCH}/include/cairn/cache.h [[
// The cache.
#pragma once
namespace cairn {
/// A cache.
struct Cache {
  int size = 0;  ///< how many
  /// Removes everything.
  void clear();
};
}  // namespace cairn
]])
  file(WRITE ${SCRATCH}/docs/durability/report.html "<html></html>\n")
  file(WRITE ${SCRATCH}/docs/durability/cost.svg "<svg xmlns='http://www.w3.org/2000/svg'/>\n")
  file(WRITE ${SCRATCH}/docs/guide/README.md "# Guide\n\n- [Task](task.md)\n")
  file(WRITE ${SCRATCH}/docs/guide/task.md "# Task\n\n## How it's `done`\n\n[Above](#how-its-done)\n")
  file(WRITE ${SCRATCH}/README.md [[
# Cairn

## Guide

[Guide](docs/guide/README.md), [a part](docs/guide/task.md#how-its-done), [above](#guide),
[header](include/cairn/cache.h), [script](scripts/docs), [report](docs/durability/report.html)

![Cost](docs/durability/cost.svg)
]])
  file(WRITE ${SCRATCH}/CHANGELOG.md "# Changelog\n")
  file(WRITE ${SCRATCH}/CONTRIBUTING.md "# Contributing\n")
  file(MAKE_DIRECTORY ${SCRATCH}/bench ${SCRATCH}/tests ${SCRATCH}/tools)
endfunction()

function(run_docs)
  execute_process(
    COMMAND ${SCRATCH}/scripts/docs --check ${SCRATCH}/build
    RESULT_VARIABLE result ERROR_VARIABLE error OUTPUT_QUIET)
  set(result ${result} PARENT_SCOPE)
  set(error "${error}" PARENT_SCOPE)
endfunction()

# expect_found(FILE WHAT LINE...): with the lines added to FILE, scripts/docs fails, names FILE and says
# WHAT, a regular expression.
function(expect_found file what)
  write_good_tree()
  foreach(line IN LISTS ARGN)
    file(APPEND ${SCRATCH}/${file} "${line}\n")
  endforeach()
  run_docs()
  if(result EQUAL 0 OR NOT error MATCHES "${file}:[0-9]+: [^\n]*${what}")
    message(SEND_ERROR "not found in ${file}: ${ARGN}\n${result}\n${error}")
  endif()
endfunction()

write_good_tree()
run_docs()
if(NOT result EQUAL 0)
  message(SEND_ERROR "the good tree does not pass:\n${error}")
endif()

set(header include/cairn/cache.h)
expect_found(${header} "undocumented\\(\\) \\(function\\).*not documented"
  "namespace cairn {" "void undocumented()\\;" "}")
expect_found(${header} "Undocumented is not documented"
  "namespace cairn {" "struct Undocumented {" "  int member\\;" "}\\;" "}")
expect_found(${header} "member \\(variable\\).*not documented"
  "namespace cairn {" "/// S." "struct S {" "  int member\\;" "}\\;" "}")
expect_found(${header} "member\\(\\) const \\(function\\).*not documented"
  "namespace cairn {" "/// S." "struct S {" "  int member() const\\;" "}\\;" "}")
expect_found(${header} "unable to resolve reference" "/// @ref nowhere" "#define MACRO")
expect_found(README.md "docs/missing.md|docs_missing|'missing'" "[x](docs/missing.md)")
expect_found(README.md "guide_task-nowhere" "[x](docs/guide/task.md#nowhere)")
expect_found(README.md "index-nowhere" "[x](#nowhere)")
expect_found(README.md "src/missing.cpp" "[x](src/missing.cpp)")
expect_found(README.md "cairn/missing.h" "[x](include/cairn/missing.h)")
expect_found(docs/guide/task.md "guide_task-nowhere" "[x](#nowhere)")
expect_found(docs/guide/README.md "guide_missing" "- [x](missing.md)")
expect_found(README.md "missing.svg" "![x](docs/durability/missing.svg)")
file(REMOVE_RECURSE ${SCRATCH})
