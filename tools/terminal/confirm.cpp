#include "terminal/confirm.h"

#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "terminal/exit_code.h"
#include "terminal/terminal.h"

namespace cairn::tool {

void confirm(const std::string& question, Consent consent) {
  if (consent == Consent::given) return;
  if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDERR_FILENO) != 1) {
    throw UsageError("there is no terminal to ask for confirmation; add --yes if you mean it");
  }
  std::fputs((question + " [y/N] ").c_str(), stderr);
  std::fflush(stderr);
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") return;
  complain("nothing was changed");
  throw Leave{ExitCode::no};
}

}  // namespace cairn::tool
