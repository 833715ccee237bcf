#include "serialization/svg_chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace rhyton {

namespace {

constexpr double width = 560, height = 260, left = 58, right = 14, top = 10, bottom = 38;

/// Round positions from below `low` to above `high`.
std::vector<double> ticks(double low, double high, int most, bool integers) {
  if (!(high > low)) {
    const double pad = low == 0.0 ? 1.0 : std::abs(low) * 0.1;
    low -= integers ? 0.0 : pad;
    high += integers ? 1.0 : pad;
  }
  const double raw = (high - low) / most, magnitude = std::pow(10.0, std::floor(std::log10(raw)));
  double step = magnitude * 10.0;
  for (double factor : {1.0, 2.0, 5.0})
    if (factor * magnitude >= raw * 0.999) {
      step = factor * magnitude;
      break;
    }
  if (integers) step = std::max(1.0, std::round(step));
  std::vector<double> out;
  const double first = std::floor(low / step + 1e-9);
  const int count = static_cast<int>(std::ceil(high / step - 1e-9) - first) + 1;
  for (int i = 0; i < count; ++i) out.push_back((first + i) * step);
  return out;
}

struct Scale {
  double from, to, pixel_from, pixel_to;
  double operator()(double v) const {
    return pixel_from + (v - from) / (to - from) * (pixel_to - pixel_from);
  }
};

}  // namespace

std::string html_escaped(std::string_view text) {
  std::string out;
  for (char c : text) switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  return out;
}

std::string short_number(double value) { return fmt::format("{:.4g}", value); }

std::string svg_chart(const Chart& chart) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const auto& series : chart.series)
    for (double v : series.y)
      if (std::isfinite(v)) {
        low = std::min(low, v);
        high = std::max(high, v);
      }
  if (low > high) low = 0.0, high = 1.0;
  const auto y_ticks = ticks(low, high, 5, false);
  const double x_low = chart.x.empty() ? 0.0 : chart.x.front(),
               x_high = chart.x.empty() ? 1.0 : chart.x.back();
  const auto x_ticks = ticks(x_low, x_high, 8, true);
  const Scale x{x_low, x_high > x_low ? x_high : x_low + 1.0, left, width - right};
  const Scale y{y_ticks.front(), y_ticks.back(), height - bottom, top};

  std::string out = fmt::format("<figure><figcaption><b>{}</b>", html_escaped(chart.title));
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    const auto& series = chart.series[i];
    out += fmt::format("<span class=\"key\"><i class=\"s{}\"></i>{} {}</span>", i, html_escaped(series.name),
                       series.y.empty() ? "" : short_number(series.y.back()));
  }
  out += "</figcaption>\n" + fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n",
                                         width, height, html_escaped(chart.title));
  for (double v : y_ticks) {
    out += fmt::format("<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>", left,
                       width - right, y(v), y(v));
    out += fmt::format("<text class=\"tick\" text-anchor=\"end\" x=\"{}\" y=\"{:.1f}\">{}</text>\n", left - 8,
                       y(v) + 4, short_number(std::abs(v) < 1e-12 * y_ticks.back() ? 0.0 : v));
  }
  for (double v : x_ticks)
    if (v >= x_low && v <= x_high)
      out += fmt::format("<text class=\"tick\" text-anchor=\"middle\" x=\"{:.1f}\" y=\"{}\">{:.0f}</text>\n",
                         x(v), height - bottom + 17, v);
  out += fmt::format("<text class=\"tick\" text-anchor=\"middle\" x=\"{}\" y=\"{}\">{}</text>\n",
                     (left + width - right) / 2, height - 5, html_escaped(chart.x_title));
  out += fmt::format("<line class=\"axis\" x1=\"{}\" x2=\"{}\" y1=\"{}\" y2=\"{}\"/>\n", left, width - right,
                     height - bottom, height - bottom);
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    const auto& series = chart.series[i];
    std::string path, marks;
    bool drawing = false;
    for (std::size_t k = 0; k < std::min(series.y.size(), chart.x.size()); ++k) {
      if (!std::isfinite(series.y[k])) {
        drawing = false;
        continue;
      }
      path += fmt::format("{}{:.1f} {:.1f}", drawing ? "L" : "M", x(chart.x[k]), y(series.y[k]));
      drawing = true;
      if (chart.points)
        marks += fmt::format(
            "<circle class=\"s{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\"><title>{} {:.0f}: {} "
            "{}</title></circle>",
            i, x(chart.x[k]), y(series.y[k]), html_escaped(chart.x_title), chart.x[k],
            html_escaped(series.name), short_number(series.y[k]));
    }
    out += fmt::format("<path class=\"s{}\" d=\"{}\"/>{}\n", i, path, marks);
  }
  return out + "</svg></figure>\n";
}

}  // namespace rhyton
