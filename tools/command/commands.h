// Each command adds itself to the command line.
#pragma once

namespace CLI {
class App;
}

namespace cairn::tool {

// Callbacks throw Failure where the command's own exit code is not 0, and cairn::Error as the
// library does.

// Commands that look and change nothing.
void add_check(CLI::App& app);
void add_dump(CLI::App& app);
void add_get(CLI::App& app);
void add_keys(CLI::App& app);
void add_stats(CLI::App& app);
void add_ttl(CLI::App& app);
void add_watch(CLI::App& app);

// Commands that change a store, and export, which feeds load.
void add_export(CLI::App& app);
void add_load(CLI::App& app);
/// set, touch, erase.
void add_key_commands(CLI::App& app);
/// expire, compact, clear, checkpoint.
void add_store_commands(CLI::App& app);

}  // namespace cairn::tool
