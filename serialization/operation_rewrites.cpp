#include "serialization/operation_rewrites.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "serialization/graph_depths.hpp"
#include "serialization/operation_json.hpp"

namespace rhyton {

namespace {

bool is_tensor(const Json& json) {
  return json.is_object() && json.value("class_name", Json()) == "__keras_tensor__";
}

Json shape_of(const Json& operand) { return is_tensor(operand) ? operand["config"]["shape"] : Json::array(); }

/// NumPy's broadcasting; what is unknown stays so.
Json broadcast(const Json& a, const Json& b) {
  Json out = a.size() < b.size() ? b : a;
  const Json& other = a.size() < b.size() ? a : b;
  for (std::size_t i = 1; i <= other.size(); ++i)
    if (Json& size = out[out.size() - i]; size == 1) size = other[other.size() - i];
  return out;
}

/// One operation, taken apart: `steps` come before it in the list of layers.
class Rewrite {
 public:
  Rewrite(Json& operation, std::set<std::string>& names) : operation_(operation), names_(names) {}

  Json& args() { return operation_["inbound_nodes"][0]["args"]; }
  Json& kwargs() { return operation_["inbound_nodes"][0]["kwargs"]; }
  Json& config() { return operation_["config"]; }
  const std::vector<Json>& steps() const { return steps_; }

  /// A further operation; returns its tensor.
  Json step(const char* class_name, Json config, Json args, const Json& shape, const Json& dtype) {
    std::string name = operation_["name"].get<std::string>();
    for (int i = 1; !names_.insert(name).second; ++i)
      name = fmt::format("{}_step{}", operation_["name"].get<std::string>(), i);
    config["name"] = name;
    const Json node = {{"args", std::move(args)}, {"kwargs", Json::object()}};
    steps_.push_back({{"module", "keras.src.ops.numpy"},
                      {"class_name", class_name},
                      {"config", std::move(config)},
                      {"registered_name", nullptr},
                      {"name", name},
                      {"inbound_nodes", Json::array({node})}});
    return {{"class_name", "__keras_tensor__"},
            {"config", {{"shape", shape}, {"dtype", dtype}, {"keras_history", {name, 0, 0}}}}};
  }
  /// What the operation itself becomes: the last step, under its name.
  void become(const char* class_name, Json config, Json args) {
    config["name"] = operation_["name"];
    operation_["module"] = "keras.src.ops.numpy";
    operation_["class_name"] = class_name;
    operation_["config"] = std::move(config);
    this->args() = std::move(args);
    kwargs() = Json::object();
  }

 private:
  Json& operation_;
  std::set<std::string>& names_;
  std::vector<Json> steps_;
};

void squared_difference(Rewrite& r) {
  const Json left = r.args()[0], right = r.args()[1];
  const Json& dtype = (is_tensor(left) ? left : right)["config"]["dtype"];
  const Json shape = broadcast(shape_of(left), shape_of(right));
  const Json difference = r.step("Subtract", Json::object(), {left, right}, shape, dtype);
  r.become("Square", Json::object(), Json::array({difference}));
}

bool add_list(Rewrite& r) {
  const Json list = r.args()[0];
  if (!list.is_array() || list.size() < 2 || !std::all_of(list.begin(), list.end(), is_tensor)) return false;
  Json sum = list[0];
  for (std::size_t i = 1; i + 1 < list.size(); ++i)
    sum = r.step("Add", Json::object(), {sum, list[i]}, sum["config"]["shape"], list[0]["config"]["dtype"]);
  r.become("Add", Json::object(), {sum, list.back()});
  return true;
}

/// Keras 3's product has no transposed operands. As an equation it stays one operation, on which the order of
/// layers does not depend.
bool transposed_product(Rewrite& r) {
  const bool first = r.kwargs().value("transpose_x1", false),
             second = r.kwargs().value("transpose_x2", false);
  for (const char* flag : {"transpose_x1", "transpose_x2"}) r.kwargs().erase(flag);
  if (!first && !second) return true;
  Json operands = r.args();
  if (operands.size() != 2 || !is_tensor(operands[0]) || !is_tensor(operands[1])) return false;
  const Json a = shape_of(operands[0]), b = shape_of(operands[1]);
  if (a.size() < 2 || b.size() < 2) return false;
  const bool alike = a.size() == b.size() && std::equal(a.begin(), a.end() - 2, b.begin());
  if (alike) {
    const std::string equation =
        fmt::format("{},{}->...ik", first ? "...ji" : "...ij", second ? "...kj" : "...jk");
    r.become("Einsum", {{"subscripts", equation}}, operands);
    return true;
  }
  for (const std::size_t i : {0, 1}) {
    if (!(i == 0 ? first : second)) continue;
    Json shape = shape_of(operands[i]);
    std::swap(shape[shape.size() - 2], shape[shape.size() - 1]);
    operands[i] = r.step("Swapaxes", {{"axis1", -2}, {"axis2", -1}}, Json::array({operands[i]}), shape,
                         operands[i]["config"]["dtype"]);
  }
  r.args() = operands;
  return true;
}

/// Sums from behind, and without the number itself: of what is turned round, with a zero in front.
bool scan(Rewrite& r, bool product) {
  const bool reverse = r.kwargs().value("reverse", false), exclusive = r.kwargs().value("exclusive", false);
  for (const char* flag : {"reverse", "exclusive"}) r.kwargs().erase(flag);
  if (!reverse && !exclusive) return true;
  Json x = r.args()[0];
  const Json shape = shape_of(x), dtype = x["config"]["dtype"];
  const Json given = r.config().value("axis", Json());
  if (!given.is_number_integer() || (product && exclusive)) return false;
  const int rank = static_cast<int>(shape.size()),
            axis = given.get<int>() + (given.get<int>() < 0 ? rank : 0);
  if (axis < 0 || axis >= rank) return false;
  const Json turn = {{"axis", Json::array({axis})}}, along = {{"axis", axis}};
  const char* sum = product ? "Cumprod" : "Cumsum";
  if (reverse) x = r.step("Flip", turn, Json::array({x}), shape, dtype);
  if (!exclusive) {
    x = r.step(sum, along, Json::array({x}), shape, dtype);
    r.become("Flip", turn, Json::array({x}));
    return true;
  }
  Json widths = Json::array(), slices = Json::array(), longer = shape;
  if (longer[axis].is_number_integer()) longer[axis] = longer[axis].get<std::int64_t>() + 1;
  for (int i = 0; i < rank; ++i) {
    widths.push_back({i == axis ? 1 : 0, 0});
    slices.push_back(
        {{"class_name", "__slice__"},
         {"config", {{"start", nullptr}, {"stop", i == axis ? Json(-1) : Json()}, {"step", nullptr}}}});
  }
  x = r.step("Pad", {{"pad_width", widths}, {"mode", "constant"}}, Json::array({x}), longer, dtype);
  x = r.step(sum, along, Json::array({x}), longer, dtype);
  if (reverse) {
    x = r.step("GetItem", Json::object(), {x, slices}, shape, dtype);
    r.become("Flip", turn, Json::array({x}));
  } else {
    r.become("GetItem", Json::object(), {x, slices});
  }
  return true;
}

/// Over more axes than a matrix has.
bool norm(Rewrite& r) {
  const Json x = r.args().empty() ? Json() : r.args()[0];
  if (!is_tensor(x) || !r.config().value("ord", Json()).is_null()) return true;
  Json axis = r.config().value("axis", Json());
  const bool all = axis.is_null();
  if (all ? shape_of(x).size() <= 2 : !axis.is_array() || axis.size() <= 2) return true;
  const bool keepdims = r.config().value("keepdims", Json(false)) == true;
  if (all) axis = Json();
  const Json dtype = x["config"]["dtype"];
  const Json square = r.step("Square", Json::object(), Json::array({x}), shape_of(x), dtype);
  Json shape = all && !keepdims ? Json::array() : shape_of(x);
  const Json sum =
      r.step("Sum", {{"axis", axis}, {"keepdims", keepdims}}, Json::array({square}), shape, dtype);
  r.become("Sqrt", Json::object(), Json::array({sum}));
  return true;
}

/// Keras 3 asks the operands of bits for their type.
void numbers_to_arrays(Rewrite& r) {
  Json dtype;
  for (const Json& arg : r.args())
    if (is_tensor(arg)) dtype = arg["config"]["dtype"];
  for (Json& arg : r.args())
    if (arg.is_number()) arg = {{"class_name", "__numpy__"}, {"config", {{"value", arg}, {"dtype", dtype}}}};
}

/// False if there is no way to say it.
bool rewrite(Rewrite& r, const std::string& class_name) {
  if (class_name == "SquaredDifference") return squared_difference(r), true;
  if (class_name == "AddN") return add_list(r);
  if (class_name == "Matmul") return transposed_product(r);
  if (class_name == "Cumsum" || class_name == "Cumprod") return scan(r, class_name == "Cumprod");
  if (class_name == "Norm") return norm(r);
  if (class_name.starts_with("Bitwise") || class_name == "LeftShift" || class_name == "RightShift")
    numbers_to_arrays(r);
  return true;
}

bool is_graph(const Json& model) {
  return model.is_object() && model.contains("config") && model["config"].is_object() &&
         model["config"].contains("layers") && model["config"]["layers"].is_array();
}

}  // namespace

void rewrite_operations_for_keras3(Json& model, std::vector<std::string>& problems) {
  if (!is_graph(model)) return;
  Json& list = model["config"]["layers"];
  std::set<std::string> names;
  for (Json& layer : list) {
    rewrite_operations_for_keras3(layer, problems);
    names.insert(layer.value("name", layer.contains("config") && layer["config"].is_object()
                                         ? layer["config"].value("name", "")
                                         : ""));
  }
  if (!model["config"].contains("output_layers")) return;
  Json out = Json::array();
  std::string deepened;
  for (Json& layer : list) {
    if (is_operation_object(layer) && layer.contains("inbound_nodes") && layer["inbound_nodes"].size() == 1) {
      const std::string class_name = layer.value("class_name", "");
      const std::string what = fmt::format("the operation {} ('{}')", class_name, layer.value("name", ""));
      Rewrite r(layer, names);
      if (!rewrite(r, class_name))
        problems.push_back(what + " with these arguments: Keras 3 does not have it.");
      if (!r.steps().empty() && deepened.empty()) deepened = what;
      for (const Json& step : r.steps()) out.push_back(step);
    }
    out.push_back(layer);
  }
  if (deepened.empty()) return;
  // Weights go by the order of layers, which goes by their distance from the outputs.
  const auto before = depths_of(model["config"]);
  list = std::move(out);
  if (!same_order(before, depths_of(model["config"])))
    problems.push_back(deepened +
                       ": Keras 3 needs several operations for it, with which it would order the layers, and "
                       "their weights, otherwise.");
}

}  // namespace rhyton
