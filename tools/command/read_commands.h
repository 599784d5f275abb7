// The commands that look and change nothing.
#pragma once

namespace CLI {
class App;
}

namespace cairn::tool {

/// dump, get, keys, ttl, stats, watch, check.
void add_read_commands(CLI::App& app);

}  // namespace cairn::tool
