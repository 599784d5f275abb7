# Builds a shared cairn from ROOT, as one file and not optimised, to be quick, and installs it,
# component by component, into a fresh PREFIX.
cmake_minimum_required(VERSION 3.25)

set(build ${SCRATCH}/shared_build)
if(NOT CCACHE)   # "CAIRN_CCACHE-NOTFOUND"
  set(CCACHE "")
endif()
file(REMOVE_RECURSE ${build} ${PREFIX})
execute_process(COMMAND ${CMAKE_COMMAND} --no-warn-unused-cli
  -S ${ROOT} -B ${build} -G ${GENERATOR}
  -D BUILD_SHARED_LIBS=ON
  -D CAIRN_DEVELOPER=OFF
  -D CMAKE_BUILD_TYPE=Debug
  -D CMAKE_CXX_COMPILER=${CXX}
  -D CMAKE_CXX_EXTENSIONS=OFF
  -D CMAKE_CXX_FLAGS=${CXX_FLAGS}
  -D CMAKE_CXX_FLAGS_DEBUG=-O0
  -D CMAKE_CXX_COMPILER_LAUNCHER=${CCACHE}
  -D CMAKE_UNITY_BUILD=ON
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${build} COMMAND_ERROR_IS_FATAL ANY)

# install_component(COMPONENT RESULT): installs it; the names of the files that came.
function(install_component component result)
  execute_process(COMMAND ${CMAKE_COMMAND} --install ${build} --prefix ${PREFIX}/${component}.only
    --component ${component} COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${CMAKE_COMMAND} --install ${build} --prefix ${PREFIX}
    --component ${component} COMMAND_ERROR_IS_FATAL ANY)
  file(GLOB_RECURSE files RELATIVE ${PREFIX}/${component}.only ${PREFIX}/${component}.only/*)
  file(REMOVE_RECURSE ${PREFIX}/${component}.only)
  set(${result} "${files}" PARENT_SCOPE)
endfunction()

install_component(runtime runtime)
set(library ${LIBDIR}/libcairn.so)
if(NOT runtime STREQUAL "${library}.${ABI};${library}.${VERSION}")
  message(SEND_ERROR "component runtime: ${runtime}")
endif()
install_component(development development)
foreach(file IN ITEMS ${library} include/cairn/caches.h include/cairn/version.h include/cairn/export.h
    ${LIBDIR}/pkgconfig/cairn.pc ${LIBDIR}/cmake/cairn/cairn-config.cmake)
  if(NOT file IN_LIST development)
    message(SEND_ERROR "component development has no ${file}")
  endif()
endforeach()
if(development MATCHES "rocksdb" OR development MATCHES "libcairn.so.[0-9]")
  message(SEND_ERROR "component development: ${development}")
endif()
install_component(tool tool)
if(NOT tool STREQUAL "")
  message(SEND_ERROR "component tool, which was not built: ${tool}")
endif()
