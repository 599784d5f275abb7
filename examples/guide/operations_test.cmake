# The program of the operations page works, and then so do the page's commands on what it leaves.
# Wants PROGRAM, COMMANDS (the shell script), TOOLS (the directory of the tool `cairn`) and SCRATCH (a
# directory that is made and removed).
file(REMOVE_RECURSE ${SCRATCH})
file(MAKE_DIRECTORY ${SCRATCH})

function(run)
  execute_process(COMMAND ${ARGN}
    WORKING_DIRECTORY ${SCRATCH} OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
  set(output "${output}" PARENT_SCOPE)
endfunction()

function(expect pattern)
  if(NOT output MATCHES "${pattern}")
    message(SEND_ERROR "expected ${pattern} in\n${output}")
  endif()
endfunction()

run(${PROGRAM})
expect("cache_hits_total{cache=\"default\"} 1\n")
expect("cache_misses_total{cache=\"default\"} 1\n")
expect("cache_condition{cache=\"default\"} 0\n")
expect("the copy says hello\n")

set(ENV{PATH} "${TOOLS}:$ENV{PATH}")
run(sh ${COMMANDS})
expect("sound: [1-9]")
foreach(store IN ITEMS app.cache again.cache elsewhere.cache)
  run(cairn get ${store} greeting)
  expect("^hello\n?$")
endforeach()

file(REMOVE_RECURSE ${SCRATCH})
