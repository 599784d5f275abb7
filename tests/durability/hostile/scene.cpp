#include "durability/hostile/scene.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "durability/sheet.h"
#include "model/unsynced_env.h"
#include "store/border/engine_hooks.h"
#include "support/process.h"

namespace cairn::test::durability {
namespace {

// Ten times the promise: the machine may be busy with something else.
constexpr double longest_ms = 1000;

void require(int result, const fs::path& path) {
  if (result != 0) throw fs::filesystem_error("arrange", path, {errno, std::generic_category()});
}

std::string describe(const std::vector<std::string>& wrong) {
  std::string all;
  for (const std::string& each : wrong) all += "\n  " + each;
  return all;
}

}  // namespace

Scene::Scene() { fs::permissions(root(), fs::perms(0755)); }

Scene::~Scene() {
  for (auto at = undo_.rbegin(); at != undo_.rend(); ++at) (*at)();
}

void Scene::file(const fs::path& path, std::string_view text) const {
  std::ofstream(path, std::ios::binary) << text;
}

void Scene::directory(const fs::path& path, mode_t mode) const {
  fs::create_directories(path);
  fs::permissions(path, fs::perms(mode));
}

void Scene::link(const fs::path& to, const fs::path& from) const { fs::create_symlink(to, from); }

void Scene::fifo(const fs::path& path) const { require(::mkfifo(path.c_str(), 0600), path); }

void Scene::socket(const fs::path& path) {
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.native().copy(address.sun_path, sizeof address.sun_path - 1);
  require(::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address), path);
  undo([descriptor] { ::close(descriptor); });
}

void Scene::filled_store() const {
  const cairn::store::HookedDirectory hooked(store(), unsynced());
  Cache filled = Cache::open(store());
  filled.set("key", std::string(1000, 'v'), {.timeout = never});
  filled.expire();  // into a table
  filled.set("other", "in the log");
}

bool Scene::give_away(const fs::path& path) const {
  return ::geteuid() == 0 && ::chown(path.c_str(), other_user, other_user) == 0;
}

pid_t Scene::child(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), CAIRN_HOSTILE_CHILD);
  auto process = std::make_shared<Process>(std::move(arguments));
  if (process->line() != "ready") throw std::runtime_error("hostile_child is not ready");
  const pid_t number = process->pid();
  keep(std::move(process));
  return number;
}

Refusal Scene::attempt() const {
  const Stopwatch watch;
  Refusal refusal;
  try {
    Caches caches(location, {{alias, cache}}, options);
    caches[alias].contains("key");
  } catch (const Error& error) {
    refusal = {error.code(), error.what()};
  }
  refusal.ms = watch.seconds() * 1000;
  return refusal;
}

Refusal Scene::attempt_elsewhere(const std::string& errand) const {
  const Result result = run({CAIRN_HOSTILE_CHILD, errand, location.native(),
                             std::to_string(::geteuid() == 0 ? other_user : 0)});
  const auto refusal = parse_refusal(result.output);
  if (refusal) return *refusal;
  return {.code = {},
          .message =
              "hostile_child ended with " + std::to_string(result.status) + ": " + result.output};
}

std::optional<Refusal> parse_refusal(const std::string& line) {
  std::istringstream in(line);
  std::string code;
  Refusal refusal;
  if (!(in >> code >> refusal.ms)) return std::nullopt;
  if (code != "done") refusal.code = static_cast<ErrorCode>(std::stoi(code));
  std::getline(in >> std::ws, refusal.message);
  return refusal;
}

std::map<std::string, std::string> Scene::picture(const fs::path& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    struct stat status {};
    ::lstat(entry.path().c_str(), &status);
    std::string& seen = files[entry.path().native()];
    seen = std::to_string(status.st_mode) + " " + std::to_string(status.st_uid) + " ";
    if (S_ISLNK(status.st_mode)) seen += fs::read_symlink(entry.path()).native();
    if (!S_ISREG(status.st_mode)) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    seen.append(std::istreambuf_iterator<char>(file), {});
  }
  return files;
}

std::map<std::string, std::string> Scene::picture_outside() const {
  auto files = picture();
  std::erase_if(files, [&](const auto& each) {
    return each.first.starts_with(store().native() + "/") || each.first == store().native();
  });
  return files;
}

std::vector<std::string> judge(const Row& row, double& ms) {
  Scene scene;
  row.arrange(scene);
  const auto look = [&] { return row.may_touch_store ? scene.picture_outside() : scene.picture(); };
  const auto before = look();
  const Refusal refusal =
      row.elsewhere.empty() ? scene.attempt() : scene.attempt_elsewhere(row.elsewhere);
  ms = refusal.ms;
  std::vector<std::string> wrong;
  if (!refusal.code) {
    wrong.push_back("was not refused: " + refusal.message);
  } else if (*refusal.code != row.code) {
    wrong.push_back("has code " + std::to_string(static_cast<int>(*refusal.code)) + " instead of " +
                    std::to_string(static_cast<int>(row.code)) + ": " + refusal.message);
  }
  const std::string says = row.says.empty() ? scene.location.native() : row.says;
  if (refusal.code && refusal.message.find(says) == std::string::npos) {
    wrong.push_back("does not say '" + says + "': " + refusal.message);
  }
  if (refusal.ms > longest_ms) {
    wrong.push_back("took " + std::to_string(refusal.ms) + " ms");
  }
  if (look() != before) wrong.push_back("something was written");
  return wrong;
}

std::vector<Row> while_open(std::vector<Row> rows) {
  for (Row& row : rows) row.may_touch_store = true;
  return rows;
}

void expect_refused(const std::string& table, const std::vector<Row>& rows) {
  const Stopwatch watch;
  std::uint64_t violations = 0;
  double slowest = 0;
  for (const Row& row : rows) {
    double ms = 0;
    const std::vector<std::string> wrong = judge(row, ms);
    slowest = std::max(slowest, ms);
    violations += wrong.empty() ? 0 : 1;
    EXPECT_TRUE(wrong.empty()) << row.name << describe(wrong);
  }
  publish({.claim = "hostile environments: " + table,
           .trials = rows.size(),
           .violations = violations,
           .seconds = watch.seconds(),
           .figures = {{"slowest_ms", slowest}}});
}

}  // namespace cairn::test::durability
