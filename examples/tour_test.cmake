# Two tours of the same files: the second finds everything, and what it finds is right.
# Wants TOUR (the program), FILES (a directory) and CACHE (a directory that is made and removed).
file(REMOVE_RECURSE ${CACHE})

function(run_tour)
  execute_process(COMMAND ${TOUR} ${FILES} --cache ${CACHE} ${ARGN}
    OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
  set(output "${output}" PARENT_SCOPE)
endfunction()

function(expect pattern)
  if(NOT output MATCHES "${pattern}")
    message(SEND_ERROR "expected ${pattern} in\n${output}")
  endif()
endfunction()

run_tour()
expect("hits +0 \\(0.0 %\\)")
run_tour()
expect("hits +[1-9][0-9]* \\(100.0 %\\)")
expect("misses +0\n")
run_tour(--verify)
expect("different +0\nmissing +0\n")

file(REMOVE_RECURSE ${CACHE})
