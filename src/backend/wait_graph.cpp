#include "backend/wait_graph.h"

#include <unordered_map>

#include "process/fork_guard.h"
#include "process/mutex.h"

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
  std::unordered_map<std::thread::id, Edge> waits_for;  // guarded by `mutex`
  int forks = 0;

  // In a child the parent's threads wait no more, and its own may have their names.
  void begin_anew_in_child() {
    const int now = process::ForkGuard::forks();
    if (now != forks) waits_for.clear();
    forks = now;
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
  const process::LockGuard lock(graph.mutex);
  graph.begin_anew_in_child();
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
  if (cycle_) return;
  Graph& graph = Graph::instance();
  const process::LockGuard lock(graph.mutex);
  graph.waits_for.erase(std::this_thread::get_id());
}

}  // namespace cairn
