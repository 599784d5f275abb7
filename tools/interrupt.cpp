#include "interrupt.h"

#include <cstddef>
#include <cstdlib>
#include <iterator>

namespace cairn::tool {
namespace {

constexpr int watched[] = {SIGINT, SIGTERM, SIGHUP};

volatile std::sig_atomic_t came = 0;

void note(int signal) { came = signal; }

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

}  // namespace cairn::tool
