// A caching HTTP proxy: answers of a slow server, computed once however many clients ask at once,
// and still there after a restart.
//
//   http_cache http://HOST:PORT [--port N] [--cache DIR]    until it is interrupted
//   http_cache --self-check
//
// What is cached, and how, is in proxy.h; here are the servers and the command line.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <latch>
#include <regex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>

#include <fmt/core.h>
#include <httplib.h>
#include <CLI/CLI.hpp>

#include <cairn/cache.h>

#include "proxy.h"

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using http_cache::Proxy;

// A server on 127.0.0.1 with threads of its own, for as long as the object lives.
class Server {
 public:
  explicit Server(httplib::Server::Handler handler, int port = 0) {
    server_.new_task_queue = [] { return new httplib::ThreadPool(64); };
    server_.Get(".*", std::move(handler));
    const std::string host = "127.0.0.1";
    const bool bound =
        port == 0 ? (port = server_.bind_to_any_port(host)) > 0 : server_.bind_to_port(host, port);
    if (!bound) throw std::runtime_error(fmt::format("cannot listen on port {}", port));
    url = fmt::format("http://127.0.0.1:{}", port);
    thread_ = std::jthread([this] { server_.listen_after_bind(); });
  }
  ~Server() {
    while (!server_.is_running()) std::this_thread::yield();
    server_.stop();
  }

  std::string url;

 private:
  httplib::Server server_;
  std::jthread thread_;
};

cairn::Cache open_cache(const fs::path& directory, cairn::ClockSource clock = {}) {
  return cairn::Cache::open(directory, {.key_warnings = cairn::ignore_key_warnings()},
                            {.clock = std::move(clock)});
}

// ---- the self-check ----

void expect(std::string_view what, std::string_view actual, std::string_view expected) {
  fmt::print("{:<36} {}\n", what, actual);
  if (actual != expected)
    throw std::runtime_error(fmt::format("self-check: expected {}", expected));
}

std::string get(const Server& server, const char* target) {
  httplib::Client client(server.url);
  client.set_read_timeout(60s);
  const httplib::Result result = client.Get(target);
  return result ? result->body + ", " + result->get_header_value("X-Cache") : "no answer";
}

void self_check() {
  std::string directory = (fs::temp_directory_path() / "http_cache.XXXXXX").native();
  if (mkdtemp(directory.data()) == nullptr) throw std::runtime_error("cannot make " + directory);
  std::atomic<std::chrono::milliseconds> now{24h * 20'000};  // passes when it is told to
  cairn::Cache cache = open_cache(directory, [&] { return cairn::ClockReading{now, now}; });

  // Counts what it computes, and is as slow as can be: it answers when all clients have come.
  constexpr int clients = 32;
  std::latch arrived(clients);
  std::atomic<int> computed{0};
  const Server origin([&](const httplib::Request& request, httplib::Response& response) {
    arrived.wait();
    response.set_header("Cache-Control", request.target == "/page" ? "max-age=60" : "no-store");
    response.set_content(fmt::format("{} no. {}", request.target, ++computed), "text/plain");
  });
  Proxy proxy(origin.url, cache);
  {
    const Server front([&](const httplib::Request& request, httplib::Response& response) {
      arrived.count_down();
      proxy.handle(request, response);
    });
    std::atomic<int> right{0};
    std::vector<std::jthread> threads(clients);
    for (std::jthread& thread : threads) {
      thread =
          std::jthread([&] { right += get(front, "/page").starts_with("/page no. 1,") ? 1 : 0; });
    }
    threads.clear();  // joins
    expect("32 clients at once",
           fmt::format("{} answers, computed {}", right.load(), computed.load()),
           "32 answers, computed 1");
  }
  cache.close();  // the next use opens the directory again
  const Server front(std::bind_front(&Proxy::handle, &proxy));
  expect("after a restart", get(front, "/page"), "/page no. 1, hit");
  now = now.load() + 59s;
  expect("59 s later", get(front, "/page"), "/page no. 1, hit");
  now = now.load() + 1s;
  expect("60 s later, max-age", get(front, "/page"), "/page no. 2, miss");
  expect("no-store", get(front, "/secret"), "/secret no. 3, pass");
  expect("no-store, again", get(front, "/secret"), "/secret no. 4, pass");
  cache.close();
  fs::remove_all(directory);
  fmt::print("self-check passed\n");
}

// ---- the command line ----

// Ends with the process: nothing that has been acknowledged is lost then.
[[noreturn]] void serve(const std::string& origin, int port, const fs::path& directory) {
  if (!httplib::Client(origin).is_valid()) throw std::runtime_error("cannot use " + origin);
  cairn::Cache cache = open_cache(directory);
  Proxy proxy(origin, cache);
  const Server front(std::bind_front(&Proxy::handle, &proxy), port);
  fmt::print("{} caches {}; Ctrl-C ends it\n", front.url, origin);
  std::fflush(stdout);
  while (true) pause();
}

}  // namespace

int main(int argc, char** argv) try {
  std::string origin;
  int port = 0;
  fs::path directory = "http_cache.cache";
  bool check = false;
  CLI::App app("Caches the answers of an HTTP server.");
  app.add_option("origin", origin, "the server: http://HOST:PORT")
      ->check([](const std::string& url) {
        static const std::regex server("https?://[^/]+");
        return std::regex_match(url, server) ? "" : url + " is not http://HOST:PORT";
      });
  app.add_option("--port", port, "where to listen on 127.0.0.1; 0: any")
      ->check(CLI::Range(0, 65535));
  app.add_option("--cache", directory, "directory of the cache")->capture_default_str();
  app.add_flag("--self-check", check, "show, with a server of its own, what it does");
  try {
    app.parse(argc, argv);
    if (!check && origin.empty()) throw CLI::RequiredError("origin");
  } catch (const CLI::Success& help) {
    return app.exit(help);
  }
  if (!check) serve(origin, port, directory);
  self_check();
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "http_cache: {}\n", error.what());
  return 2;
}
