#include "command/read_commands.h"

#include "command/commands.h"

namespace cairn::tool {

void add_read_commands(CLI::App& app) {
  add_dump(app);
  add_get(app);
  add_keys(app);
  add_ttl(app);
  add_stats(app);
  add_watch(app);
  add_check(app);
}

}  // namespace cairn::tool
