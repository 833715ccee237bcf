#pragma once
/// @file per_output.hpp  What `compile` was given, laid out by the model's outputs.
#include <map>
#include <string>
#include <vector>

#include "nn/models/model.hpp"

namespace rhyton {

/// One entry an output, in the order of `names`; empty ones where nothing was given. Throws ValueError,
/// naming `what`, on names of no output and on lists of another length.
template <class T>
std::vector<T> per_output(const PerOutput<T>& given, const std::vector<std::string>& names,
                          const std::string& what);
extern template std::vector<double> per_output(const PerOutput<double>&, const std::vector<std::string>&,
                                               const std::string&);
extern template std::vector<Loss> per_output(const PerOutput<Loss>&, const std::vector<std::string>&,
                                             const std::string&);

/// The same for metrics, as Keras 3 has it: with one output a list of metrics belongs to it whole; with as
/// many outputs as metrics each has its own.
std::vector<MetricList> metrics_per_output(const PerOutput<MetricList>& given,
                                           const std::vector<std::string>& names, const std::string& what);

/// The names of metrics in logs, asked for in their order: those of all outputs, then the weighted ones.
class MetricNames {
 public:
  /// `prefix`: "output_" where there are several.
  std::string next(const std::string& prefix, const std::string& own, bool weighted);

 private:
  std::map<std::string, int> used_;
};

}  // namespace rhyton
