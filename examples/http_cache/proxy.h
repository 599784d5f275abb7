// A proxy that caches what a server answers to GET.
#pragma once

#include <chrono>
#include <optional>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include <httplib.h>

#include <cairn/boost.h>
#include <cairn/cache.h>

namespace http_cache {

struct Answer {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  int max_age = 0;  // seconds for which everybody may be given it; 0: nobody else may

  // clang-format off
  template <class Archive>
  void serialize(Archive& archive, unsigned) { archive & status & headers & body & max_age; }
  // clang-format on
};

inline bool matches(const std::string& text, const char* pattern) {
  return std::regex_search(text, std::regex(pattern, std::regex::icase));
}

// Not the headers of one connection, nor those that the HTTP library reads and writes by itself.
inline bool is_forwarded(const std::string& name) {
  return !matches(name,
                  "^(host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*|"
                  "content-length|accept-encoding|range|(remote|local)_(addr|port))$");
}

// An answer whose Cache-Control gives no max-age or forbids to share it, that varies with the
// request, or that sets a cookie, is for one client.  A large one is not worth its place.
inline int max_age(const httplib::Response& response) {
  const std::string control = response.get_header_value("Cache-Control");
  const bool shared = matches(std::to_string(response.status), "^(200|203|301|404|410)$") &&
                      !matches(control, "no-store|no-cache|private") &&
                      !matches(response.get_header_value("Vary"), "^(?!accept-encoding$).") &&
                      !response.has_header("Set-Cookie") && response.body.size() < (16U << 20);
  static const std::regex for_caches("s-maxage=(\\d{1,9})", std::regex::icase);
  static const std::regex for_all("max-age=(\\d{1,9})", std::regex::icase);
  std::smatch found;
  const bool said =
      std::regex_search(control, found, for_caches) || std::regex_search(control, found, for_all);
  return shared && said ? std::stoi(found[1]) : 0;
}

class Proxy {
 public:
  // `origin` is http://HOST:PORT.
  Proxy(std::string origin, cairn::Cache& cache) : origin_(std::move(origin)), cache_(cache) {}

  // Of a GET or HEAD.  Called by any number of threads.
  void handle(const httplib::Request& request, httplib::Response& response) {
    if (request.has_header("If-Range")) {  // whether it holds, only a validator could tell
      response.status = 412;
      return;
    }
    const char* how = "pass";
    const Answer answer = find_or_fetch(request, how);
    const bool part = answer.status == 200 && !request.ranges.empty();  // the library cuts it out
    response.status = part ? 206 : answer.status;
    response.body = answer.body;
    for (const auto& [name, value] : answer.headers) response.headers.emplace(name, value);
    response.set_header("X-Cache", how);
  }

 private:
  // Thrown by the factory of get_or_set, so that no other client is given what it holds.
  struct NotShared {
    std::optional<Answer> answer;
  };

  // How long an answer is kept is known only when it is there.  So the factory stores it, and
  // get_or_set is told to store nothing; those who wait for the factory get what it returns.
  Answer find_or_fetch(const httplib::Request& request, const char*& how) {
    if (request.has_header("Authorization") ||
        matches(request.get_header_value("Cache-Control"), "no-store|no-cache")) {
      return fetch(request);
    }
    const std::string key = "GET " + request.target;
    const auto fetch_and_keep = [&] {
      how = "miss";
      return keep(key, request);
    };
    try {
      how = "hit";
      Answer answer = cache_.get_or_set(key, fetch_and_keep, {.timeout = std::chrono::seconds(0)});
      if (const std::optional<cairn::Timeout> left = cache_.ttl(key)) {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(left->duration()).count();
        answer.headers.emplace_back("Age", std::to_string(answer.max_age - seconds));
      }
      return answer;
    } catch (const NotShared& alone) {
      how = "pass";
      return alone.answer ? *alone.answer : fetch(request);
    }
  }

  // What must not be shared is remembered as such for a while: clients that ask for it then do not
  // wait for one another.
  Answer keep(const std::string& key, const httplib::Request& request) {
    const std::string not_shared = "not shared: " + key;
    if (cache_.contains(not_shared)) throw NotShared{};
    Answer answer = fetch(request);
    if (answer.max_age > 0) {
      cache_.set(key, answer, {.timeout = std::chrono::seconds(answer.max_age)});
    } else if (answer.status < 500) {
      cache_.set(not_shared, true, {.timeout = std::chrono::seconds(10)});
      throw NotShared{std::move(answer)};
    }
    return answer;  // a failure is given to those who wait, and not kept
  }

  Answer fetch(const httplib::Request& request) const {
    httplib::Client client(origin_);
    client.set_url_encode(false);                       // it comes encoded
    client.set_read_timeout(std::chrono::seconds(50));  // shorter than others wait for get_or_set
    httplib::Headers headers{{"Accept-Encoding", "identity"}};
    for (const auto& [name, value] : request.headers) {
      if (is_forwarded(name)) headers.emplace(name, value);
    }
    const httplib::Result result = client.Get(request.target, headers);
    if (!result) return {.status = 502, .headers = {}, .body = "the server does not answer\n"};
    Answer answer{.status = result->status, .headers = {}, .body = result->body};
    answer.max_age = max_age(*result);
    for (const auto& [name, value] : result->headers) {
      if (is_forwarded(name)) answer.headers.emplace_back(name, value);
    }
    return answer;
  }

  std::string origin_;
  cairn::Cache& cache_;
};

}  // namespace http_cache
