#include "terminal/interrupt.h"

#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <iterator>

namespace cairn::tool {
namespace {

constexpr int watched[] = {SIGINT, SIGTERM, SIGHUP};

volatile std::sig_atomic_t came = 0;

void note(int signal) { came = signal; }

// What a handler may call is little: text of a fixed length, written as it is.
template <std::size_t Size>
void say(int descriptor, const char (&text)[Size]) {
  if (::isatty(descriptor) == 1 && ::write(descriptor, text, Size - 1) < 0) return;
}

void tidy_and_end(int signal) {
  say(STDOUT_FILENO, "\x1b[0m");
  say(STDERR_FILENO, "\r\x1b[K");
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

}  // namespace

Interrupt::Interrupt() {
  came = 0;
  struct sigaction noting {};
  noting.sa_handler = note;
  // No SA_RESTART: who waits for input is to notice.
  noting.sa_flags = static_cast<int>(SA_RESETHAND);
  for (std::size_t i = 0; i < std::size(watched); ++i) {
    ::sigaction(watched[i], nullptr, &before_[i]);
    // What the parent had ignored (nohup) stays ignored.
    if (before_[i].sa_handler != SIG_IGN) ::sigaction(watched[i], &noting, nullptr);
  }
}

Interrupt::~Interrupt() {
  for (std::size_t i = 0; i < std::size(watched); ++i) {
    ::sigaction(watched[i], &before_[i], nullptr);
  }
}

int Interrupt::signal() noexcept { return came; }

void Interrupt::end() {
  std::signal(came, SIG_DFL);
  std::raise(came);
  std::_Exit(128 + came);
}

void tidy_terminals_on_signals() {
  struct sigaction tidying {};
  tidying.sa_handler = tidy_and_end;
  tidying.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
  for (const int signal : watched) {
    struct sigaction before {};
    ::sigaction(signal, nullptr, &before);
    if (before.sa_handler == SIG_DFL) ::sigaction(signal, &tidying, nullptr);
  }
}

}  // namespace cairn::tool
