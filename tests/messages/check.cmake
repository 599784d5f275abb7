# Compiles SNIPPET with its mistake (-D MISTAKE) and wants the compiler to refuse it, with each
# sentence that the snippet says in `// says:` lines, one of them with the first error.
# Wants besides CXX (the compiler) and FLAGS (as a shell would take them).
cmake_minimum_required(VERSION 3.25)
separate_arguments(FLAGS UNIX_COMMAND "${FLAGS}")

file(STRINGS ${SNIPPET} sentences REGEX "^// says: ")
list(TRANSFORM sentences REPLACE "^// says: " "")
if(NOT sentences)
  message(FATAL_ERROR "${SNIPPET} has no line that begins with `// says: `")
endif()

set(ENV{LC_ALL} C)
execute_process(COMMAND ${CXX} ${FLAGS} -fsyntax-only -D MISTAKE ${SNIPPET}
  RESULT_VARIABLE result ERROR_VARIABLE output)
if(result EQUAL 0)
  message(FATAL_ERROR "${SNIPPET} compiles, mistake and all")
endif()

# The first error, with the note that belongs to it.
string(FIND "${output}" "error: " begin)
string(SUBSTRING "${output}" ${begin} 1000 first_error)

set(first_says_it FALSE)
foreach(sentence IN LISTS sentences)
  string(FIND "${output}" "${sentence}" place)
  if(place EQUAL -1)
    message(SEND_ERROR "nowhere said: ${sentence}\n${output}")
  endif()
  string(FIND "${first_error}" "${sentence}" place)
  if(NOT place EQUAL -1)
    set(first_says_it TRUE)
  endif()
endforeach()
if(NOT first_says_it)
  message(SEND_ERROR "the first error does not say what to write:\n${output}")
endif()
