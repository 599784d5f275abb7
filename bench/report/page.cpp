#include "report/page.h"

#include <fmt/format.h>

#include "report/svg.h"
#include "report/tables.h"

namespace bench {
namespace {

constexpr std::string_view head = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cairn: what durability costs</title>
<style>
:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,"Segoe UI","DejaVu Sans",sans-serif;max-width:1000px;margin:2rem auto;
padding:0 1rem;color:#1f2328;background:#f6f8fa}
h1{font-size:1.6rem;margin-bottom:.2rem} h2{font-size:1.2rem;margin-top:2.2rem}
figure{margin:1rem 0} figure svg{max-width:100%;height:auto;display:block}
figcaption,.machine{color:#59636e;font-size:.88rem}
.wide{overflow-x:auto} table{border-collapse:collapse;font-size:.85rem;
font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600;padding:.3rem 0;white-space:nowrap}
th,td{background:#fff;padding:.25rem .6rem;border:1px solid #d8dee4;text-align:right;white-space:nowrap}
th:first-child,td:first-child{text-align:left} th{font-weight:600}
.bad{color:#a40e26;font-weight:600} .note{border-left:4px solid #d55e00;padding:.4rem .8rem}
summary{cursor:pointer;margin:.5rem 0}
@media (prefers-color-scheme:dark){body{color:#e6edf3;background:#161b22}
figcaption,.machine{color:#9aa4b0} th,td{background:#0d1117;border-color:#2a313a}
.bad{color:#ff8d8d}}
</style></head><body>
)";

constexpr std::string_view introduction = R"(
<p>Each call beside the same on raw RocksDB with the same log and the same syncs, in one process, in
short rounds that take turns. <b>clean_close</b>: no log. <b>process_crash</b>: the log is handed to
the kernel. <b>interval</b>: and synced each second. <b>power_loss</b>: a call returns when it is on
the disk. One call of set_many stores 100 values. The limit is a program that appends as many bytes to
a file, once for each thread, and then calls fdatasync once: what the disk does at all.</p>
)";

std::string code(std::string text) {
  // The only markup in machine_words: `command`.
  bool open = true;
  for (std::size_t at = 0; (at = text.find('`', at)) != std::string::npos; open = !open) {
    text.replace(at, 1, open ? "<code>" : "</code>");
  }
  return text;
}

void append_figures(std::string& html, const std::vector<Chart>& charts, std::string_view kind) {
  for (const Chart& each : charts) {
    if (!each.name.starts_with(kind)) continue;
    html += fmt::format("<figure>\n{}<figcaption>{}</figcaption></figure>\n", each.svg,
                        escaped(each.caption));
  }
}

std::string note(const Results& results) {
  const std::string words = reservations(results);
  return words.empty() ? "" : fmt::format("<p class=\"note\">{}</p>\n", words);
}

}  // namespace

std::string page(const Results& results, const std::vector<Chart>& charts) {
  std::string made(head);
  made += "<h1>What durability costs</h1>\n";
  made +=
      fmt::format("<p class=\"machine\">{}</p>\n", code(escaped(machine_words(results.context))));
  made += note(results);
  made += introduction;
  const auto section = [&](std::string_view title, const Table& table, std::string_view kind) {
    if (table.rows.empty()) return;
    made += fmt::format("<h2>{}</h2>\n", title);
    if (!kind.empty()) append_figures(made, charts, kind);
    made += html(table);
  };
  section("Targets", target_table(results), "");
  section("What each promise costs", cost_table(results, 1), "cost");
  section("With sixteen threads", cost_table(results, 16), "throughput");
  section("Latency", latency_table(results, 16), "latency");
  section("Opening after kill -9", reopening_table(results), "reopening");
  section("Lost to kill -9", loss_table(results), "");
  made += "<h2>Every cell</h2>\n";
  for (const Subjects& each : all_subjects) {
    made += fmt::format("<details><summary>{}</summary>\n{}</details>\n", escaped(words(each)),
                        html(cell_table(results, each.operation, each.value_bytes)));
  }
  return made + "</body></html>\n";
}

std::string summary(const Results& results) {
  std::string made = machine_words(results.context) + "\n\n";
  const std::string words = reservations(results);
  if (!words.empty()) made += words + "\n\n";
  for (const Table& each : {target_table(results), cost_table(results, 1), cost_table(results, 16),
                            latency_table(results, 1), latency_table(results, 16),
                            reopening_table(results), loss_table(results)}) {
    if (!each.rows.empty()) made += markdown(each);
  }
  return made;
}

}  // namespace bench
