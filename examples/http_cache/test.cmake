# Wants PROGRAM and CACHE (a directory that is made and removed).
include(${CMAKE_CURRENT_LIST_DIR}/../program.cmake)

run(2 localhost --cache ${CACHE})
expect("^http_cache: .*localhost is not http://HOST:PORT")
run(2 http://localhost:1 --port 99999 --cache ${CACHE})
expect("^http_cache: --port")
run(2 http://localhost:1 --cache /dev/null/cache)
expect("^http_cache: .*/dev/null/cache")
