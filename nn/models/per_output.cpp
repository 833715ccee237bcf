#include "nn/models/per_output.hpp"

#include <algorithm>

#include "nn/raise.hpp"

namespace rhyton {

template <class T>
std::vector<T> per_output(const PerOutput<T>& given, const std::vector<std::string>& names,
                          const std::string& what) {
  std::vector<T> out(names.size());
  if (!given.named.empty()) {
    for (const auto& [name, value] : given.named) {
      const auto it = std::find(names.begin(), names.end(), name);
      if (it == names.end()) {
        std::string known;
        for (const auto& n : names) known += (known.empty() ? "" : ", ") + n;
        raise<ValueError>("compile: `{}` names an unknown output '{}'. Outputs are: {}.", what, name, known);
      }
      out[static_cast<std::size_t>(it - names.begin())] = value;
    }
  } else if (given.list.size() == names.size()) {
    out = given.list;
  } else if (given.list.size() == 1 && !given.several) {
    std::fill(out.begin(), out.end(), given.list[0]);
  } else if (!given.list.empty()) {
    raise<ValueError>("compile: `{}` must have one entry for each of the {} outputs. Received {}.", what,
                      names.size(), given.list.size());
  }
  return out;
}

template std::vector<double> per_output(const PerOutput<double>&, const std::vector<std::string>&,
                                        const std::string&);
template std::vector<Loss> per_output(const PerOutput<Loss>&, const std::vector<std::string>&,
                                      const std::string&);

std::vector<MetricList> metrics_per_output(const PerOutput<MetricList>& given,
                                           const std::vector<std::string>& names, const std::string& what) {
  if (names.size() > 1 && given.list.size() == 1 && given.list[0].metrics.size() == names.size())
    return std::vector<MetricList>(given.list[0].metrics.begin(), given.list[0].metrics.end());
  if (names.size() != 1 || given.list.size() < 2) return per_output(given, names, what);
  MetricList all;
  for (const MetricList& list : given.list)
    all.metrics.insert(all.metrics.end(), list.metrics.begin(), list.metrics.end());
  return std::vector<MetricList>{all};
}

std::string MetricNames::next(const std::string& prefix, const std::string& own, bool weighted) {
  std::string name = prefix + own;
  if (weighted && used_.count(name)) name = prefix + "weighted_" + own;
  // Keras numbers the rest of what has one name.
  if (const int count = used_[name]++; count > 0) name += "_" + std::to_string(count);
  return name;
}

}  // namespace rhyton
