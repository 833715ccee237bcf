#include "nn/training/callbacks/callback.hpp"

#include <map>
#include <string_view>

#include "nn/raise.hpp"

namespace rhyton {

namespace {
template <class Entries>
std::string names_of(const Entries& entries) {
  std::string names;
  for (const auto& entry : entries) names += (names.empty() ? "" : ", ") + entry.first;
  return names;
}
}  // namespace

CallbackRef::CallbackRef(const CallbackRef&) = default;
CallbackRef& CallbackRef::operator=(const CallbackRef&) = default;
CallbackRef::~CallbackRef() = default;

CallbackList::CallbackList() = default;
CallbackList::CallbackList(std::initializer_list<CallbackRef> callbacks) : vector(callbacks) {}
CallbackList::CallbackList(std::vector<CallbackRef> callbacks) : vector(std::move(callbacks)) {}
CallbackList::CallbackList(const std::vector<std::shared_ptr<Callback>>& callbacks)
    : vector(callbacks.begin(), callbacks.end()) {}
CallbackList::CallbackList(const CallbackList&) = default;
CallbackList& CallbackList::operator=(const CallbackList&) = default;
CallbackList::~CallbackList() = default;

double Logs::operator[](const std::string& name) const {
  if (const double* value = find(*this, name)) return *value;
  raise<ValueError>("no value of '{}'. There are: {}.", name, names_of(*this));
}

const double* find(const Logs& logs, const std::string& name) {
  for (const auto& [key, value] : logs)
    if (key == name) return &value;
  return nullptr;
}

const std::vector<double>& History::operator[](const std::string& name) const {
  for (const auto& [key, values] : history)
    if (key == name) return values;
  raise<ValueError>("History: no values of '{}'. There are: {}.", name, names_of(history));
}

void History::add(std::int64_t number, Logs logs) {
  epoch.push_back(number);
  // A file may ask for a hundred thousand metrics: each is looked up.
  std::map<std::string_view, std::size_t> known;
  history.reserve(history.size() + logs.size());  // so that the names stay where they are
  for (std::size_t i = 0; i < history.size(); ++i) known.emplace(history[i].first, i);
  for (const auto& [key, value] : logs) {
    auto it = known.find(key);
    if (it == known.end()) {
      history.emplace_back(key, std::vector<double>());
      it = known.emplace(history.back().first, history.size() - 1).first;
    }
    history[it->second].second.push_back(value);
  }
}

}  // namespace rhyton
