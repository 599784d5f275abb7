#include "durability/power/campaign.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <memory>
#include <mutex>
#include <random>

#include "durability/in_threads.h"
#include "durability/power/ledger.h"
#include "durability/power/record.h"
#include "durability/scratch.h"

namespace cairn::test::durability {
namespace {

namespace fs = std::filesystem;

// What is being opened: said if RocksDB ends the process.
thread_local char current[256] = "";

extern "C" void say_current(int /*signal*/) {
  const char intro[] = "\naborted in power cut ";
  if (::write(2, intro, sizeof intro - 1) < 0 || ::write(2, current, std::strlen(current)) < 0 ||
      ::write(2, "\n", 1) < 0) {
    return;
  }
}

// Of one recording, over all threads.
class Failures {
 public:
  Failures(const Recording& recording, bool keep) : recording_(recording), keep_(keep) {}

  std::string file() {
    const std::lock_guard lock(mutex_);
    if (!keep_ || !file_.empty()) return file_;
    const fs::path directory = fs::temp_directory_path() / "cairn-power-failures";
    fs::create_directories(directory);
    file_ = directory / (std::to_string(::getpid()) + "-" + std::to_string(++number()));
    save(recording_, file_);
    return file_;
  }

 private:
  static int& number() {
    static int count = 0;
    return count;
  }

  const Recording& recording_;
  const bool keep_;
  std::mutex mutex_;
  std::string file_;
};

std::string describe(const Cut& cut) {
  return "CAIRN_POWER_CUT=" + std::to_string(cut.events) + "," +
         std::to_string(static_cast<int>(cut.damage.names) * 6 +
                        static_cast<int>(cut.damage.bytes)) +
         "," + std::to_string(cut.damage.seed);
}

class Worker {
 public:
  Worker(const Recording& recording, const Oracle& oracle, const Plan& plan, Failures& failures)
      : recording_(recording),
        oracle_(oracle),
        plan_(plan),
        failures_(failures),
        disk_(plan.lies),
        ledger_(recording.history) {}

  /// In the order of their events.
  void visit(const Cut& cut) {
    for (; applied_ < cut.events; ++applied_) {
      const Event& event = recording_.events[applied_];
      disk_.apply(event);
      ledger_.apply(event);
    }
    const Files files = disk_.cut(cut.damage);
    const bool twice = plan_.cut_recovery_every != 0 && ++visited_ % plan_.cut_recovery_every == 0;
    const Bounds bounds{ledger_.at_least(cut.damage), ledger_.at_most(), ledger_.time()};
    write_files(directory_ / "store", files);
    name(describe(cut));
    const auto recorder = twice ? std::make_unique<Recorder>(directory_ / "store") : nullptr;
    const Verdict verdict =
        examine(oracle_, recording_.history, bounds, directory_ / "store", recorder.get());
    count(verdict, cut, "", disk_.altered(files, "MANIFEST-"));
    if (verdict.kind != Verdict::Kind::right) return;
    measure(verdict, cut);
    if (twice) cut_recovery(cut, files, bounds, recorder->take());
  }

  const Tally& tally() const { return tally_; }

 private:
  static void name(const std::string& what) {
    const std::size_t size = std::min(what.size(), sizeof current - 1);
    std::memcpy(current, what.data(), size);
    current[size] = '\0';
  }

  void count(const Verdict& verdict, const Cut& cut, const std::string& second,
             bool manifest_altered) {
    using Kind = Verdict::Kind;
    ++tally_.states;
    if (verdict.kind == Kind::right) return;
    tally_.lost += verdict.kind == Kind::lost ? 1 : 0;
    tally_.wrong += verdict.kind == Kind::wrong ? 1 : 0;
    tally_.refused += verdict.kind == Kind::refused ? 1 : 0;
    // RocksDB says which file it is about.
    if (verdict.kind == Kind::refused && manifest_altered &&
        verdict.what.find("MANIFEST") != std::string::npos) {
      ++tally_.damaged_manifest;
      return;
    }
    if (tally_.violations.size() >= 5) return;
    tally_.violations.push_back(verdict.what + "\n  after " + std::to_string(cut.events) +
                                " events, " + cut.damage.name() + second +
                                "\n  CAIRN_POWER_LOG=" + failures_.file() + " " + describe(cut) +
                                " power --gtest_filter='*OneCut*'");
  }

  void measure(const Verdict& verdict, const Cut& cut) {
    const std::size_t acknowledged = ledger_.acknowledged();
    if (verdict.survived >= acknowledged) return;
    tally_.most_lost_calls =
        std::max<std::uint64_t>(tally_.most_lost_calls, acknowledged - verdict.survived);
    const auto oldest =
        std::find_if(recording_.events.begin(), recording_.events.end(), [&](const Event& each) {
          return each.kind == Event::Kind::acknowledged && each.number == verdict.survived;
        });
    tally_.oldest_lost_microseconds =
        std::max(tally_.oldest_lost_microseconds,
                 recording_.events[cut.events - 1].microseconds - oldest->microseconds);
  }

  // The opening was cut off as well: nothing more may be lost for it.
  void cut_recovery(const Cut& cut, const Files& files, const Bounds& bounds,
                    const std::vector<Event>& events) {
    Disk disk(files);
    for (std::size_t i = 0; i < events.size(); ++i) {
      disk.apply(events[i]);
      if (!events[i].changes_disk()) continue;
      const std::size_t number = (cut.damage.seed + i) % Damage::models;
      const Damage damage = Damage::model(number, cut.damage.seed + i);
      const Files again = disk.cut(damage);
      write_files(directory_ / "store", again);
      name(describe(cut) + ", then in its recovery");
      count(
          examine(oracle_, recording_.history, bounds, directory_ / "store"), cut,
          "; then after " + std::to_string(i + 1) + " operations of the recovery, " + damage.name(),
          disk.altered(again, "MANIFEST-"));
    }
  }

  const Recording& recording_;
  const Oracle& oracle_;
  const Plan& plan_;
  Failures& failures_;
  ScratchDirectory directory_;
  Disk disk_;
  Ledger ledger_;
  std::size_t applied_ = 0;
  std::size_t visited_ = 0;
  Tally tally_;
};

}  // namespace

void Tally::add(const Tally& other) {
  states += other.states;
  lost += other.lost;
  wrong += other.wrong;
  refused += other.refused;
  damaged_manifest += other.damaged_manifest;
  most_lost_calls = std::max(most_lost_calls, other.most_lost_calls);
  oldest_lost_microseconds = std::max(oldest_lost_microseconds, other.oldest_lost_microseconds);
  violations.insert(violations.end(), other.violations.begin(), other.violations.end());
}

std::string Tally::text() const {
  std::string text;
  for (const std::string& each : violations) text += "\n" + each;
  return text;
}

std::vector<Cut> choose_cuts(const Recording& recording, std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const std::vector<std::size_t> places = recording.cuts();
  std::vector<Cut> cuts;
  if (count == 0) {
    for (const std::size_t place : places) {
      for (std::size_t model = 0; model < Damage::models; ++model) {
        cuts.push_back({place, Damage::model(model, random())});
      }
    }
    return cuts;
  }
  for (std::size_t i = 0; i < count; ++i) {
    cuts.push_back(
        {places[random() % places.size()], Damage::model(random() % Damage::models, random())});
  }
  std::sort(cuts.begin(), cuts.end(),
            [](const Cut& a, const Cut& b) { return a.events < b.events; });
  return cuts;
}

Tally run(const Recording& recording, const Oracle& oracle, const std::vector<Cut>& cuts,
          const Plan& plan) {
  const auto before = std::signal(SIGABRT, say_current);
  Failures failures(recording, plan.keep_failures);
  std::mutex mutex;
  Tally sum;
  in_threads(plan.threads, [&](std::size_t number) {
    Worker worker(recording, oracle, plan, failures);
    for (std::size_t i = number; i < cuts.size(); i += plan.threads) worker.visit(cuts[i]);
    const std::lock_guard lock(mutex);
    sum.add(worker.tally());
  });
  std::signal(SIGABRT, before);
  return sum;
}

}  // namespace cairn::test::durability
