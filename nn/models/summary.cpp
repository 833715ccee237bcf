// The table that Keras's summary() prints.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <map>

#include "nn/models/model.hpp"

namespace rhyton {

namespace {

struct Row {
  std::string layer, shape, params, connections;
};

std::string with_commas(std::int64_t n) {
  std::string digits = std::to_string(n);
  for (auto i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<std::size_t>(i), ",");
  return digits;
}

std::string human_bytes(double bytes) {
  const char* unit = "B";
  for (const char* next : {"KB", "MB", "GB"}) {
    if (bytes < 1024) break;
    bytes /= 1024;
    unit = next;
  }
  return fmt::format("{:.2f} {}", bytes, unit);
}

std::string fit(const std::string& text, std::size_t width) {
  // By code points, so that names in other scripts do not break the frame.
  std::string out;
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
    if (count == width - 1 && end < text.size()) {
      out += "…";
      ++count;
      break;
    }
    out += text.substr(i, end - i);
    ++count;
    i = end;
  }
  return out + std::string(width - std::min(width, count), ' ');
}

std::string line(const std::vector<std::size_t>& widths, const char* left, const char* fill,
                 const char* middle, const char* right) {
  std::string out = left;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    for (std::size_t k = 0; k < widths[i] + 2; ++k) out += fill;
    out += i + 1 < widths.size() ? middle : right;
  }
  return out + "\n";
}

std::string cells(const std::vector<std::string>& texts, const std::vector<std::size_t>& widths,
                  const char* bar) {
  std::string out = bar;
  for (std::size_t i = 0; i < widths.size(); ++i) out += fmt::format(" {} {}", fit(texts[i], widths[i]), bar);
  return out + "\n";
}

std::vector<Row> rows(const GraphLayer& graph) {
  std::map<const Layer*, std::pair<std::string, std::string>> calls;  // shape and connections
  std::map<const Node*, int> number;
  std::map<const Layer*, int> count;
  for (const auto& node : graph.nodes()) number[node.get()] = count[node->layer.get()]++;
  for (const auto& node : graph.nodes()) {
    auto& [shape, connections] = calls[node->layer.get()];
    if (shape.empty()) {
      Shapes shapes;
      for (const auto& spec : node->outputs) shapes.push_back(spec.shape);
      shape = to_string(shapes);
    }
    for (const auto& x : node->inputs)
      if (x.node()->layer)
        connections += (connections.empty() ? "" : ", ") +
                       fmt::format("{}[{}][{}]", x.node()->layer->name(),
                                   number.count(x.node().get()) ? number.at(x.node().get()) : 0, x.index());
  }
  std::vector<Row> out;
  for (const auto& layer : graph.layers())
    out.push_back(
        {fmt::format("{} ({})", layer->name(), layer->class_name()),
         calls.count(layer.get()) ? calls[layer.get()].first : "?",
         layer->built() ? with_commas(layer->count_params()) : "0 (unbuilt)",
         calls.count(layer.get()) && !calls[layer.get()].second.empty() ? calls[layer.get()].second : "-"});
  return out;
}

}  // namespace

void Model::summary(std::ostream& out) const {
  const GraphLayer& graph = this->graph();
  const bool functional = graph.class_name() == "Functional";
  std::vector<std::size_t> widths =
      functional ? std::vector<std::size_t>{28, 22, 10, 26} : std::vector<std::size_t>{34, 26, 14};
  out << "Model: \"" << name() << "\"\n";
  out << line(widths, "┏", "━", "┳", "┓");
  std::vector<std::string> titles = {"Layer (type)", "Output Shape", "Param #"};
  if (functional) titles.push_back("Connected to");
  out << cells(titles, widths, "┃") << line(widths, "┡", "━", "╇", "┩");
  const auto table = rows(graph);
  for (std::size_t i = 0; i < table.size(); ++i) {
    std::vector<std::string> texts = {table[i].layer, table[i].shape, table[i].params};
    if (functional) texts.push_back(table[i].connections);
    out << cells(texts, widths, "│");
    out << (i + 1 < table.size() ? line(widths, "├", "─", "┼", "┤") : line(widths, "└", "─", "┴", "┘"));
  }
  auto total = [](const std::vector<std::shared_ptr<Weight>>& weights) {
    std::pair<std::int64_t, double> sum{0, 0.0};
    for (const auto& w : weights) {
      sum.first += w->value.size();
      sum.second += static_cast<double>(w->value.bytes());
    }
    return sum;
  };
  const auto trainable = total(graph.trainable_weights()), fixed = total(graph.non_trainable_weights());
  out << fmt::format(" Total params: {} ({})\n", with_commas(trainable.first + fixed.first),
                     human_bytes(trainable.second + fixed.second));
  out << fmt::format(" Trainable params: {} ({})\n", with_commas(trainable.first),
                     human_bytes(trainable.second));
  out << fmt::format(" Non-trainable params: {} ({})\n", with_commas(fixed.first), human_bytes(fixed.second));
}

void Model::summary() const { summary(std::cout); }

}  // namespace rhyton
