# The form of the library that BUILD_SHARED_LIBS does not ask for, from the same objects: tests look
# into the static one, whose internal symbols they can link, and compare what the shared one exports.
# CAIRN_STATIC_FORM and CAIRN_SHARED_FORM name the two.
if(BUILD_SHARED_LIBS)
  set(CAIRN_STATIC_FORM cairn_other_form)
  set(CAIRN_SHARED_FORM cairn)
  set(other STATIC)
else()
  set(CAIRN_STATIC_FORM cairn)
  set(CAIRN_SHARED_FORM cairn_other_form)
  set(other SHARED)
endif()
add_library(cairn_other_form ${other} EXCLUDE_FROM_ALL $<TARGET_OBJECTS:cairn>)
set_target_properties(cairn_other_form PROPERTIES
  LINKER_LANGUAGE CXX
  OUTPUT_NAME cairn
  LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/other_form
  ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/other_form)
target_include_directories(cairn_other_form INTERFACE
  $<TARGET_PROPERTY:cairn,INTERFACE_INCLUDE_DIRECTORIES>)
target_compile_features(cairn_other_form INTERFACE cxx_std_20)
target_link_libraries(cairn_other_form PRIVATE cairn::rocksdb Threads::Threads)
cairn_as_a_library(cairn_other_form)
