// The commands that change a store, and export, which feeds load.
#pragma once

namespace CLI {
class App;
}

namespace cairn::tool {

/// Adds export, load, set, touch, erase, expire, compact, clear and checkpoint.  Their callbacks
/// throw Failure where the command's own exit code is not 0, and cairn::Error as the library does.
void add_write_commands(CLI::App& app);

}  // namespace cairn::tool
