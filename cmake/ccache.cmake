# Compiles through ccache where there is one; says nothing where there is none.
# The sloppiness is what ccache's manual asks for with precompiled headers.  Files are compared as
# they are (CCACHE_DEPEND), not preprocessed: to g++ a header of which a comment has changed is another
# than the one that it has precompiled, and is read once more.  Two clones share what is the same in
# both, wherever they are (CCACHE_BASEDIR): paths are relative then, and debug information may name the
# other one.
if(DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  return()
endif()
find_program(CAIRN_CCACHE ccache)
mark_as_advanced(CAIRN_CCACHE)
if(CAIRN_CCACHE)
  set(sloppiness pch_defines,time_macros)
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=${sloppiness} CCACHE_DEPEND=1 CCACHE_NOHASHDIR=1
    CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} ${CAIRN_CCACHE})
endif()
