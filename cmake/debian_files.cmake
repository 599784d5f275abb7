# Run by cpack between the staging of the files and the packing: puts them where Debian wants them,
# and adds what its policy asks of every package.
cmake_minimum_required(VERSION 3.25)
if(NOT CPACK_GENERATOR STREQUAL "DEB")
  return()
endif()

# As Debian compresses: as well as it can, and without the time.
function(compress from to)
  execute_process(COMMAND gzip -9 --no-name --stdout ${from}
    OUTPUT_FILE ${to} COMMAND_ERROR_IS_FATAL ANY)
  file(CHMOD ${to} PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
endfunction()

set(version ${CPACK_DEBIAN_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC)   # of SOURCE_DATE_EPOCH, if that is set
set(scratch ${CPACK_TEMPORARY_DIRECTORY}-text)
file(MAKE_DIRECTORY ${scratch})
file(WRITE ${scratch}/changelog
  "cairn (${version}) unstable; urgency=medium\n\n"
  "  * Packaged by cpack; changelog.gz has the changes of every version.\n\n"
  " -- ${CPACK_PACKAGE_CONTACT}  ${now}\n")
file(WRITE ${scratch}/copyright
  "Cairn, a persistent embedded cache\n\n"
  "Copyright 2026 the authors of Cairn\n"
  "License: Apache License, version 2.0\n\n"
  "On Debian systems the text of that license is in\n"
  "/usr/share/common-licenses/Apache-2.0.\n")

while(CPACK_CAIRN_PACKAGES)
  list(POP_FRONT CPACK_CAIRN_PACKAGES component package)
  set(share ${CPACK_TEMPORARY_DIRECTORY}/${component}/usr/share)
  set(documentation ${share}/doc/${package})
  file(MAKE_DIRECTORY ${documentation})
  compress(${scratch}/changelog ${documentation}/changelog.Debian.gz)
  compress(${CPACK_CAIRN_SOURCE}/CHANGELOG.md ${documentation}/changelog.gz)
  file(COPY ${scratch}/copyright DESTINATION ${documentation}
    FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)

  file(GLOB pages ${share}/man/man*/*.[1-8])
  foreach(page IN LISTS pages)
    compress(${page} ${page}.gz)
    file(REMOVE ${page})
  endforeach()
  if(EXISTS ${share}/zsh/site-functions)   # is for the administrator
    file(RENAME ${share}/zsh/site-functions ${share}/zsh/vendor-completions)
  endif()
endwhile()
file(REMOVE_RECURSE ${scratch})
