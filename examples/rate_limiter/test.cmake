# Wants PROGRAM and CACHE (a directory that is made and removed).
include(${CMAKE_CURRENT_LIST_DIR}/../program.cmake)

# Every run is a process of its own: the count goes on.
foreach(kind IN ITEMS "" --sliding)
  file(REMOVE_RECURSE ${CACHE})
  set(ask ada --limit 2 --window 86400 --cache ${CACHE} ${kind})
  run(0 ${ask})
  run(0 ${ask})
  expect("^yes\n$")
  run(1 ${ask})
  expect("^no\n$")
  run(0 "somebody else" --limit 2 --cache ${CACHE} ${kind})
endforeach()
file(REMOVE_RECURSE ${CACHE})

run(2 ada --limit 0 --cache ${CACHE})
expect("^rate_limiter: --limit")
run(2 ada --cache /dev/null/cache)
expect("^rate_limiter: .*/dev/null/cache")
