# What scripts/elsewhere does with two builds, with one: EXCHANGE writes into SCRATCH and reads it
# back; and it notices what is not as it was.
cmake_minimum_required(VERSION 3.25)

file(REMOVE_RECURSE ${SCRATCH})
execute_process(COMMAND ${EXCHANGE} write ${SCRATCH} COMMAND_ERROR_IS_FATAL ANY)
foreach(counter IN ITEMS 1129 1130)
  execute_process(COMMAND ${EXCHANGE} read ${SCRATCH} ${counter} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
execute_process(COMMAND ${EXCHANGE} read ${SCRATCH} 1130
  RESULT_VARIABLE result OUTPUT_VARIABLE output)
if(result EQUAL 0 OR NOT output MATCHES "1131")
  message(FATAL_ERROR "a wrong counter passes:\n${output}")
endif()
file(REMOVE_RECURSE ${SCRATCH})
