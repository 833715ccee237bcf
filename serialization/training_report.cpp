#include "serialization/training_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "serialization/atomic_file.hpp"
#include "serialization/svg_chart.hpp"

namespace rhyton {

namespace {

using Curve = std::pair<std::string, std::vector<double>>;

constexpr std::size_t most_points = 400, most_marks = 60;

constexpr const char* style = R"(
:root { color-scheme: light dark; --bg: #ffffff; --card: #f6f7f9; --text: #1c2330; --soft: #5b6678; --grid: #dfe3ea;
  --c0: #2563c9; --c1: #c2570c; }
@media (prefers-color-scheme: dark) { :root { --bg: #14171c; --card: #1d2229; --text: #e6e9ee; --soft: #9aa5b5;
  --grid: #333b46; --c0: #6ea8ff; --c1: #f2a25c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1180px; padding: 24px; background: var(--bg); color: var(--text);
  font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 24px; margin: 0 0 4px; } h2 { font-size: 16px; margin: 28px 0 8px; }
p { color: var(--soft); margin: 0 0 16px; }
.grid-of { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); }
.tiles { display: flex; flex-wrap: wrap; gap: 12px; margin-bottom: 16px; }
.tile { background: var(--card); border-radius: 8px; padding: 8px 16px; } .tile span { color: var(--soft); display: block;
  font-size: 13px; } .tile b { font-size: 20px; }
figure { margin: 0; background: var(--card); border-radius: 8px; padding: 14px; }
figcaption { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: baseline; margin-bottom: 4px; }
.key { color: var(--soft); font-size: 13px; } .key i { display: inline-block; width: 14px; height: 3px; border-radius: 2px;
  margin-right: 6px; vertical-align: middle; } i.s0 { background: var(--c0); } i.s1 { background: var(--c1); }
svg { width: 100%; height: auto; display: block; } .tick { fill: var(--soft); font-size: 12px; }
.grid { stroke: var(--grid); stroke-width: 1; } .axis { stroke: var(--soft); stroke-width: 1; }
path { fill: none; stroke-width: 2; stroke-linejoin: round; } path.s0 { stroke: var(--c0); } path.s1 { stroke: var(--c1); }
circle { stroke: var(--card); stroke-width: 1; } circle.s0 { fill: var(--c0); } circle.s1 { fill: var(--c1); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px; }
th, td { text-align: right; padding: 3px 14px; border-bottom: 1px solid var(--grid); } th { color: var(--soft); }
pre { background: var(--card); border-radius: 8px; padding: 14px; overflow-x: auto; font: 12px/1.25 "DejaVu Sans Mono", monospace; }
summary { cursor: pointer; color: var(--soft); margin-top: 24px; }
)";

const std::vector<double>* values_of(const History& history, const std::string& name) {
  for (const auto& [key, values] : history.history)
    if (key == name) return &values;
  return nullptr;
}

/// Epochs count from 1 here, as in the progress line. With validation_freq, validation has fewer values than
/// epochs: those stand at the end of each period.
Chart metric_chart(const History& history, const Curve& curve) {
  Chart chart{curve.first, "epoch", {}, {{"training", curve.second}}, curve.second.size() <= most_marks};
  for (auto epoch : history.epoch) chart.x.push_back(static_cast<double>(epoch + 1));
  const auto* validation = values_of(history, "val_" + curve.first);
  if (!validation || validation->empty()) return chart;
  const std::size_t epochs = chart.x.size(), period = std::max<std::size_t>(1, epochs / validation->size());
  std::vector<double> placed(epochs, std::numeric_limits<double>::quiet_NaN());
  for (std::size_t i = 0; i < validation->size(); ++i)
    placed[std::min(epochs - 1, (i + 1) * period - 1)] = (*validation)[i];
  chart.series.push_back({"validation", std::move(placed)});
  return chart;
}

/// Means over runs of steps, so that any number of steps makes a readable line.
Chart step_chart(const std::vector<double>& losses) {
  const std::size_t run = (losses.size() + most_points - 1) / most_points;
  Chart chart{run > 1 ? fmt::format("loss of each step (means of {})", run) : "loss of each step",
              "step",
              {},
              {{"training", {}}},
              false};
  for (std::size_t i = 0; i < losses.size(); i += run) {
    const std::size_t end = std::min(losses.size(), i + run);
    double sum = 0.0;
    for (std::size_t k = i; k < end; ++k) sum += losses[k];
    chart.x.push_back(static_cast<double>(end));
    chart.series[0].y.push_back(sum / static_cast<double>(end - i));
  }
  return chart;
}

std::string tile(const std::string& name, double value) {
  return fmt::format("<div class=\"tile\"><span>{}</span><b>{}</b></div>\n", html_escaped(name),
                     short_number(value));
}

std::string epoch_table(const History& history) {
  std::string out = "<div class=\"scroll\"><table><tr><th>epoch</th>";
  for (const auto& [name, values] : history.history) out += fmt::format("<th>{}</th>", html_escaped(name));
  out += "</tr>\n";
  for (std::size_t i = 0; i < history.epoch.size(); ++i) {
    out += fmt::format("<tr><td>{}</td>", history.epoch[i] + 1);
    for (const auto& [name, values] : history.history)
      out += fmt::format("<td>{}</td>", values.size() == history.epoch.size() ? short_number(values[i]) : "");
    out += "</tr>\n";
  }
  return out + "</table></div>\n";
}

}  // namespace

void write_training_report(const std::filesystem::path& path, const Model& model, const History& history,
                           const TrainingReportArguments& arguments) {
  const std::string title = html_escaped(arguments.title.empty() ? model.name() : arguments.title);
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width, "
      "initial-scale=1\">\n<title>{}</title><style>{}</style></head><body>\n<h1>{}</h1>\n",
      title, style, title);
  html += fmt::format("<p>{} parameters, {} epochs</p>\n<div class=\"tiles\">\n", model.count_params(),
                      history.epoch.size());
  for (const auto& [name, value] : arguments.results) html += tile(name, value);
  for (const auto& [name, values] : history.history)
    if (!values.empty()) html += tile("last " + name, values.back());
  html += "</div>\n<div class=\"grid-of\">\n";
  for (const Curve& curve : history.history)
    if (!curve.first.starts_with("val_")) html += svg_chart(metric_chart(history, curve));
  if (!arguments.step_loss.empty()) html += svg_chart(step_chart(arguments.step_loss));
  std::ostringstream summary;
  model.summary(summary);
  html += fmt::format("</div>\n<h2>Epochs</h2>\n{}<h2>Model</h2>\n<pre>{}</pre>\n</body></html>\n",
                      epoch_table(history), html_escaped(summary.str()));
  write_file(path, html);
}

}  // namespace rhyton
