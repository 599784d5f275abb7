// The code of docs/guide/response_cache.md: a cache of HTTP responses.
#include <cairn/boost.h>
#include <cairn/caches.h>

#include <chrono>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace guide {

// [response]
struct Response {
  int status = 200;
  std::chrono::seconds max_age{0};  // what the page itself allows; not stored
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& status& headers& body;
  }
};
// [response]

struct Request {
  std::string method;
  std::string host;
  std::string target;
};

int rendered = 0;  // how often the slow part ran

Response render(const Request& request) {
  ++rendered;
  if (request.target == "/broken") return {.status = 500, .headers = {}, .body = "sorry"};
  return {.max_age = 60s,
          .headers = {{"Content-Type", "text/html"}},
          .body = "<h1>" + request.target + "</h1>"};
}

// [key]
std::string key_of(const Request& request) {
  return request.method + ' ' + request.host + ' ' + request.target;
}
// [key]

// [serve]
Response serve(cairn::Cache& pages, const Request& request) {
  return pages.get_or_set(key_of(request), [&] { return render(request); }, {.timeout = 60s});
}
// [serve]

// [decide]
Response serve_if_allowed(cairn::Cache& pages, const Request& request) {
  const std::string key = key_of(request);
  const auto answer = [&] {
    Response response = render(request);
    if (response.status == 200 && response.max_age > 0s) {
      pages.set(key, response, {.timeout = response.max_age});
    }
    return response;
  };
  return pages.get_or_set(key, answer, {.timeout = 0s});  // 0: return it, and store nothing
}
// [decide]

void show(const char* what) { std::cout << what << ": " << rendered << " rendered\n"; }

void run() {
  // [open]
  cairn::Caches caches("web.cache", {{"pages",
                                      {.timeout = 5min,
                                       .key_prefix = "en",
                                       .key_function = "unambiguous",
                                       .key_warnings = cairn::ignore_key_warnings(),
                                       .max_entries = 100'000,
                                       .on_read_error = cairn::OnReadError::miss}}});
  cairn::Cache& pages = caches["pages"];
  // [open]

  const Request article{"GET", "example.org", "/articles/7"};
  serve(pages, article);
  serve(pages, article);
  show("asked twice");

  const Request broken{"GET", "example.org", "/broken"};
  serve_if_allowed(pages, broken);
  serve_if_allowed(pages, broken);
  show("an error, twice");

  serve_if_allowed(pages, {"GET", "example.org", "/articles/8"});
  serve_if_allowed(pages, {"GET", "example.org", "/articles/8"});
  show("with an age of its own, twice");

  // [invalidate]
  pages.erase(key_of(article));                                           // one page
  const auto removed = pages.erase_prefix("GET example.org /articles/");  // all of a section
  pages.clear();                                                          // all
  // [invalidate]
  std::cout << removed << " more page of the section was there\n";
}

}  // namespace guide

using namespace guide;

int main() try { run(); } catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
