#include "nn/error.hpp"
#include "nn/training/metrics/metric.hpp"

namespace rhyton {

MetricList::Entry::Entry(const char* name) : name(name) {}
MetricList::Entry::Entry(const std::string& name) : name(name) {}
MetricList::Entry::Entry(Metric metric, bool is_list) : metrics{std::move(metric)}, is_list(is_list) {}
MetricList::Entry::Entry(std::initializer_list<Metric> list) : metrics(list), is_list(true) {}
MetricList::Entry::Entry(const Entry&) = default;
MetricList::Entry::~Entry() = default;

MetricList::MetricList() = default;
MetricList::MetricList(const char* name) : metrics{Metric(name)} {}
MetricList::MetricList(std::vector<Metric> list) : metrics(std::move(list)) {}
MetricList::MetricList(const MetricList&) = default;
MetricList::MetricList(MetricList&&) noexcept = default;
MetricList& MetricList::operator=(const MetricList&) = default;
MetricList& MetricList::operator=(MetricList&&) noexcept = default;
MetricList::~MetricList() = default;

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
