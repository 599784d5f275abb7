# Configures, builds and runs the consumer project in SOURCE.
cmake_minimum_required(VERSION 3.25)

cmake_path(GET SOURCE FILENAME name)
if(WITHOUT_BOOST)
  string(APPEND name _without_boost)
endif()
if(NOT CCACHE)   # "CAIRN_CCACHE-NOTFOUND"
  set(CCACHE "")
endif()
set(build ${SCRATCH}/${name})
file(REMOVE_RECURSE ${build})

execute_process(COMMAND ${CMAKE_COMMAND} --no-warn-unused-cli
  -S ${SOURCE} -B ${build} -G ${GENERATOR}
  -D CMAKE_PREFIX_PATH=${PREFIX}
  -D CMAKE_CXX_COMPILER=${CXX}
  -D CMAKE_CXX_FLAGS=${CXX_FLAGS}
  -D CMAKE_CXX_COMPILER_LAUNCHER=${CCACHE}
  -D CMAKE_DISABLE_FIND_PACKAGE_Boost=${WITHOUT_BOOST}
  -D CAIRN=${CAIRN}
  -D VERSION=${VERSION}
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${build} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${build}/consumer ${build}/cache COMMAND_ERROR_IS_FATAL ANY)
if(EXISTS ${build}/boost_consumer)
  execute_process(COMMAND ${build}/boost_consumer ${build}/boost_cache COMMAND_ERROR_IS_FATAL ANY)
endif()
