// What the sanitizers are told about the program that runs out of everything.

// A database that was given up stays in memory, and is no longer pointed to.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }

// As in support/sanitizer_options.cpp.
extern "C" const char* __tsan_default_options();
extern "C" const char* __tsan_default_options() {
  return "ignore_noninstrumented_modules=1:detect_deadlocks=0";
}
