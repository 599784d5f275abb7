#include "backend/wait_graph.h"

#include <unordered_map>

#include "process/mutex.h"

namespace cairn {
namespace {

// Of all caches of the process, since a circle may lead through several.  A thread waits for one
// other at a time.
struct Graph {
  process::Mutex mutex;
  std::unordered_map<std::thread::id, std::thread::id> waits_for CAIRN_GUARDED_BY(mutex);

  static Graph& instance() {
    static Graph* const graph = new Graph;  // outlives whatever else is static
    return *graph;
  }
};

}  // namespace

WaitGraph::Wait::Wait(std::thread::id pilot) {
  const std::thread::id self = std::this_thread::get_id();
  Graph& graph = Graph::instance();
  const process::LockGuard lock(graph.mutex);
  for (std::thread::id each = pilot;;) {
    if (each == self) {
      cycle_ = true;
      return;
    }
    const auto next = graph.waits_for.find(each);
    if (next == graph.waits_for.end()) break;
    each = next->second;
  }
  graph.waits_for[self] = pilot;
}

WaitGraph::Wait::~Wait() {
  if (cycle_) return;
  Graph& graph = Graph::instance();
  const process::LockGuard lock(graph.mutex);
  graph.waits_for.erase(std::this_thread::get_id());
}

}  // namespace cairn
