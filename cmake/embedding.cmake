# cairn as a part of other programs: what is the same for a static and a shared library, and what
# is different under another project.

# The version of the ABI, which is that of the SONAME: below 1.0 every minor version has its own.
set(CAIRN_ABI ${PROJECT_VERSION_MAJOR})
set(CAIRN_COMPATIBILITY SameMajorVersion)
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(CAIRN_ABI ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  set(CAIRN_COMPATIBILITY SameMinorVersion)
endif()

# cairn_as_a_library(TARGET): one form of the library, whose objects serve both.
function(cairn_as_a_library target)
  set_target_properties(${target} PROPERTIES
    VERSION ${PROJECT_VERSION}
    SOVERSION ${CAIRN_ABI}
    DEFINE_SYMBOL "")   # nothing depends on it, and the objects are the same without
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "SHARED_LIBRARY")
    set(map ${PROJECT_BINARY_DIR}/cairn.map)
    configure_file(${PROJECT_SOURCE_DIR}/cmake/cairn.map.in ${map} @ONLY)
    target_link_options(${target} PRIVATE LINKER:--version-script=${map})
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${map})
  else()
    # A plugin that has cairn inside does not offer it to others.
    target_link_options(${target} INTERFACE LINKER:--exclude-libs,libcairn.a)
  endif()
endfunction()

# Under another project our headers are system headers, which its warnings do not judge.
if(NOT PROJECT_IS_TOP_LEVEL)
  set_directory_properties(PROPERTIES SYSTEM ON)
endif()

# cairn_by_its_own_rules(TARGET): what a project around cairn asks of its own code, warnings and
# checks, is not asked of TARGET; and RTTI is there, since RocksDB's classes are derived from.
function(cairn_by_its_own_rules target)
  if(PROJECT_IS_TOP_LEVEL)
    return()
  endif()
  target_compile_options(${target} PRIVATE -w -fexceptions -frtti)
  set_target_properties(${target} PROPERTIES
    COMPILE_WARNING_AS_ERROR OFF
    CXX_CLANG_TIDY ""
    CXX_CPPCHECK ""
    CXX_CPPLINT ""
    CXX_INCLUDE_WHAT_YOU_USE "")
endfunction()
