#include "nn/error.hpp"
#include "nn/training/metrics/metric.hpp"

namespace rhyton {

MetricList::MetricList(std::initializer_list<Entry> entries) {
  const Entry* entry = entries.begin();
  if (entries.size() == 2 && !entry->name.empty() &&
      (entry[1].is_list || !Registry<MetricBase>::global().contains(entry->name)))
    output = (entry++)->name;
  for (; entry != entries.end(); ++entry) {
    if (!entry->name.empty()) {
      metrics.emplace_back(entry->name);
    } else if (entry->is_list && output.empty()) {
      throw ValueError("metrics: a list within a list must follow the name of its output.");
    } else {
      metrics.insert(metrics.end(), entry->metrics.begin(), entry->metrics.end());
    }
  }
}

}  // namespace rhyton
