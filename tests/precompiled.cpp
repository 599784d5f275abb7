// Carries the precompiled header that all test binaries share.
