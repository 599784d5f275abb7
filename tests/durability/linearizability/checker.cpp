#include "durability/linearizability/checker.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <unordered_set>
#include <vector>

namespace cairn::test::durability {
namespace {

/// Which events have been put in order, all of them, and what the key then holds.
struct Place {
  std::vector<std::uint64_t> done;
  Content content;
  friend bool operator==(const Place&, const Place&) = default;
};

struct PlaceHash {
  std::size_t operator()(const Place& place) const {
    std::uint64_t hash = place.content ? static_cast<std::uint64_t>(*place.content) : 77;
    for (const std::uint64_t word : place.done) {
      hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
      hash ^= hash >> 29;
    }
    return static_cast<std::size_t>(hash);
  }
};

class Search {
 public:
  Search(std::span<const Event> events, const Content& first);
  bool run();

 private:
  // Beginnings and ends in order of time, in a list from which those of events that have been put
  // in order are lifted; the first node is a sentinel.
  struct Node {
    std::size_t event;
    bool begins;
    std::size_t next;
    std::size_t before;
    std::size_t partner;  // the end of the event that begins here; 0: none
  };
  struct Step {
    std::size_t node;
    Content content;
  };
  static constexpr std::size_t none = 0;

  void lift(std::size_t node);
  void put_back(std::size_t node);
  bool advance(std::size_t node);
  std::size_t retreat();

  std::span<const Event> events_;
  std::vector<Node> nodes_;
  Place place_;
  std::unordered_set<Place, PlaceHash> visited_;
  std::vector<Step> steps_;
  std::size_t to_do_ = 0;  // events that have ended and are not yet put in order
};

Search::Search(std::span<const Event> events, const Content& first) : events_(events) {
  struct Moment {
    std::uint64_t time;
    std::size_t event;
    bool begins;
  };
  std::vector<Moment> moments;
  for (std::size_t i = 0; i < events.size(); ++i) {
    moments.push_back({events[i].begin, i, true});
    if (events[i].end == Event::pending) continue;
    moments.push_back({events[i].end, i, false});
    ++to_do_;
  }
  // Of a beginning and an end at one time the beginning is first: they may have overlapped.
  std::stable_sort(moments.begin(), moments.end(), [](const Moment& a, const Moment& b) {
    return a.time != b.time ? a.time < b.time : a.begins && !b.begins;
  });
  nodes_.push_back({0, false, none, none, none});
  std::vector<std::size_t> beginnings(events.size());
  for (const Moment& moment : moments) {
    const std::size_t node = nodes_.size();
    nodes_.back().next = node;
    nodes_.push_back({moment.event, moment.begins, none, node - 1, none});
    if (moment.begins) {
      beginnings[moment.event] = node;
    } else {
      nodes_[beginnings[moment.event]].partner = node;
    }
  }
  place_ = {std::vector<std::uint64_t>(events.size() / 64 + 1), first};
}

void Search::lift(std::size_t node) {
  for (const std::size_t each : {node, nodes_[node].partner}) {
    if (each == none) continue;
    nodes_[nodes_[each].before].next = nodes_[each].next;
    if (nodes_[each].next != none) nodes_[nodes_[each].next].before = nodes_[each].before;
  }
}

void Search::put_back(std::size_t node) {
  for (const std::size_t each : {nodes_[node].partner, node}) {
    if (each == none) continue;
    nodes_[nodes_[each].before].next = each;
    if (nodes_[each].next != none) nodes_[nodes_[each].next].before = each;
  }
}

// Puts the event next in order if its result allows it and nothing is known against it.
bool Search::advance(std::size_t node) {
  const std::size_t event = nodes_[node].event;
  const std::optional<Content> next = after(place_.content, events_[event]);
  if (!next) return false;
  Place place = place_;
  place.done[event / 64] |= std::uint64_t{1} << event % 64;
  place.content = *next;
  if (!visited_.insert(place).second) return false;
  steps_.push_back({node, place_.content});
  place_ = std::move(place);
  lift(node);
  if (nodes_[node].partner != none) --to_do_;
  return true;
}

// Takes back the last step; the node after the one that it was.
std::size_t Search::retreat() {
  const Step step = steps_.back();
  steps_.pop_back();
  const std::size_t event = nodes_[step.node].event;
  place_.done[event / 64] &= ~(std::uint64_t{1} << event % 64);
  place_.content = step.content;
  put_back(step.node);
  if (nodes_[step.node].partner != none) ++to_do_;
  return nodes_[step.node].next;
}

bool Search::run() {
  std::size_t node = nodes_[0].next;
  while (to_do_ > 0) {
    if (nodes_[node].begins) {
      node = advance(node) ? nodes_[0].next : nodes_[node].next;
    } else {
      // This event ended before anything that follows, so it must have its place by now.
      if (steps_.empty()) return false;
      node = retreat();
    }
  }
  return true;
}

}  // namespace

std::optional<Content> after(const Content& before, const Event& event) {
  const Operation& operation = event.operation;
  Content content = before;
  std::optional<Outcome> result;  // empty: nothing is given back
  switch (operation.action) {
    case Action::get:
      result = outcome(before);
      break;
    case Action::contains:
      result = Outcome{0, before.has_value()};
      break;
    case Action::set:
      content = operation.argument;
      break;
    case Action::add:
      result = Outcome{0, !before};
      if (!before) content = operation.argument;
      break;
    case Action::incr:
    case Action::incr_many:
      if (before) content = *before + increment;
      if (operation.action == Action::incr) result = outcome(content);
      break;
    case Action::erase:
      result = Outcome{0, before.has_value()};
      content.reset();
      break;
    case Action::pop:
      result = outcome(before);
      content.reset();
      break;
    case Action::update:
      content = updated(before, operation.argument);
      result = outcome(content);
      break;
    case Action::clear:
      content.reset();
      break;
  }
  if (event.end != Event::pending && result && *result != operation.result) return std::nullopt;
  return content;
}

bool linearizable(std::span<const Event> events, const Content& first) {
  return Search(events, first).run();
}

}  // namespace cairn::test::durability
