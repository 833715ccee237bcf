#pragma once
/// @file svg_chart.hpp  Line charts as SVG text, coloured by the page's style sheet.
#include <string>
#include <string_view>
#include <vector>

namespace rhyton {

/// One line; `y` has a value for each of the chart's x, NaN where there is none.
struct ChartSeries {
  std::string name;
  std::vector<double> y;
};

struct Chart {
  std::string title, x_title;
  std::vector<double> x;
  std::vector<ChartSeries> series;
  bool points = true;  ///< mark the values, with their numbers as tooltips
};

/// A `<figure>`. Lines are of class "s0", "s1", ..., the rest "grid", "axis" and "tick".
std::string svg_chart(const Chart& chart);

/// Text as it may stand in HTML.
std::string html_escaped(std::string_view text);
/// A number as people write it: four digits, exponent where that is shorter.
std::string short_number(double value);

}  // namespace rhyton
