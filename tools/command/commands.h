// Each command adds itself.
#pragma once

namespace CLI {
class App;
}

namespace cairn::tool {

void add_check(CLI::App& app);
void add_dump(CLI::App& app);
void add_get(CLI::App& app);
void add_keys(CLI::App& app);
void add_stats(CLI::App& app);
void add_ttl(CLI::App& app);
void add_watch(CLI::App& app);

}  // namespace cairn::tool
