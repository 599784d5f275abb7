# For the tests of whole programs: run(CODE ARGS...) runs PROGRAM and wants that exit code; what it
# printed is then in `output`, which expect(PATTERN) looks at.
cmake_minimum_required(VERSION 3.25)

function(run code)
  execute_process(COMMAND ${PROGRAM} ${ARGN}
    RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE errors)
  if(NOT result EQUAL code)
    message(SEND_ERROR "${ARGN}: exit code ${result} instead of ${code}\n${output}${errors}")
  endif()
  set(output "${output}${errors}" PARENT_SCOPE)
endfunction()

function(expect pattern)
  if(NOT output MATCHES "${pattern}")
    message(SEND_ERROR "expected ${pattern} in\n${output}")
  endif()
endfunction()

# What all of them do.
cmake_path(GET PROGRAM STEM name)
run(0 --help)
expect("--self-check")
run(2)
expect("^${name}: .* is required")
run(2 --no-such-option)
expect("^${name}: .*--no-such-option")
run(0 --self-check)
expect("self-check passed\n$")
