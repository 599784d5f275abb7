# The top entry of CHANGELOG.md is about the version of the project; and it says, before anything
# else, what became of the stored format.
cmake_minimum_required(VERSION 3.25)

file(STRINGS ${ROOT}/CHANGELOG.md headings REGEX "^##? ")
list(FILTER headings INCLUDE REGEX "^## ")
list(GET headings 0 top)
if(NOT top MATCHES "^## ([0-9]+\\.[0-9]+\\.[0-9]+)( |$)" OR NOT CMAKE_MATCH_1 STREQUAL VERSION)
  message(SEND_ERROR "CHANGELOG.md begins with \"${top}\", the project's version is ${VERSION}")
endif()

file(READ ${ROOT}/CHANGELOG.md text)
string(REGEX MATCH "\n## [^\n]*\n+([^\n]*)" _ "${text}")
if(NOT CMAKE_MATCH_1 MATCHES "^\\*\\*Stored format:")
  message(SEND_ERROR "CHANGELOG.md: \"${top}\" must begin with **Stored format: ...**")
endif()
