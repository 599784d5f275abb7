# Compiles and runs the consumer with what pkg-config says, and nothing else.  With WITHOUT_ROCKSDB
# pkg-config knows no other package.
cmake_minimum_required(VERSION 3.25)

find_program(pkg_config NAMES pkg-config pkgconf REQUIRED)
if(WITHOUT_ROCKSDB)
  set(ENV{PKG_CONFIG_LIBDIR} ${PREFIX}/${LIBDIR}/pkgconfig)
else()
  set(ENV{PKG_CONFIG_PATH} ${PREFIX}/${LIBDIR}/pkgconfig)
endif()
execute_process(COMMAND ${pkg_config} --cflags --libs "cairn = ${VERSION}"
  OUTPUT_VARIABLE flags OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
separate_arguments(flags UNIX_COMMAND "${flags}")
separate_arguments(cxx_flags UNIX_COMMAND "${CXX_FLAGS}")

if(NOT NAME)
  set(NAME pkg_config)
endif()
set(build ${SCRATCH}/${NAME})
file(REMOVE_RECURSE ${build})
file(MAKE_DIRECTORY ${build})
execute_process(
  COMMAND ${CXX} -std=c++20 ${cxx_flags} ${SOURCE}/consumer.cpp -o ${build}/consumer
    ${flags} -Wl,-rpath,${PREFIX}/${LIBDIR}
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${build}/consumer ${build}/cache COMMAND_ERROR_IS_FATAL ANY)
