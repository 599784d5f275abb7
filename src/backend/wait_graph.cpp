#include "backend/wait_graph.h"

#include <mutex>
#include <unordered_map>

#include "process/fork_guard.h"

namespace cairn {
namespace {

// Of all caches of the process, since a circle may lead through several.  A thread waits for one
// other at a time.
struct Graph {
  struct Edge {
    std::thread::id to;
    const std::atomic<bool>* over;
  };

  process::StaticMutex mutex;
  std::unordered_map<std::thread::id, Edge> waits_for;
  int forks = 0;  // the process whose threads these are

  // With the lock.  A child has other threads, which may have the same ids.
  void begin_again_in_child() {
    if (forks == process::ForkGuard::forks()) return;
    forks = process::ForkGuard::forks();
    waits_for.clear();
  }

  static Graph& instance() {
    static Graph* const graph = new Graph;  // outlives whatever else is static
    return *graph;
  }
};

}  // namespace

WaitGraph::Wait::Wait(std::thread::id pilot, const std::atomic<bool>& over) {
  const std::thread::id self = std::this_thread::get_id();
  Graph& graph = Graph::instance();
  const std::lock_guard lock(graph.mutex);
  graph.begin_again_in_child();
  for (std::thread::id each = pilot;;) {
    if (each == self) {
      cycle_ = true;
      return;
    }
    const auto next = graph.waits_for.find(each);
    if (next == graph.waits_for.end() || next->second.over->load()) break;
    each = next->second.to;
  }
  graph.waits_for[self] = {pilot, &over};
}

WaitGraph::Wait::~Wait() {
  if (cycle_ || process::ForkGuard::astray()) return;
  Graph& graph = Graph::instance();
  const std::lock_guard lock(graph.mutex);
  graph.waits_for.erase(std::this_thread::get_id());
}

}  // namespace cairn
