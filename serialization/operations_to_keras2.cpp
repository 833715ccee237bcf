// Operations of Keras 3 as the functions of TensorFlow that Keras 2 has in its graphs.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "nn/name_lists.hpp"
#include "serialization/keras2_functions.hpp"
#include "serialization/operation_json.hpp"

namespace rhyton {

namespace {

bool is_tensor_object(const Json& json) {
  return json.is_object() && json.value("class_name", Json()) == "__keras_tensor__";
}

Json with_triples(const Json& json, const std::function<Json(const Json&)>& triple) {
  if (is_tensor_object(json)) return triple(json);
  if (json.is_object() && json.value("class_name", Json()) == "__slice__") return json["config"];
  for (const char* constant : {"__numpy__", "__tensor__"})
    if (json.is_object() && json.value("class_name", Json()) == constant) return json["config"]["value"];
  if (json.is_object() && json.value("class_name", Json()) == "__ellipsis__")
    return {{"class_name", "__ellipsis__"}};
  Json out = json;
  if (json.is_structured())
    for (auto& [key, item] : out.items()) item = with_triples(item, triple);
  return out;
}

/// A default of Keras 3 that no argument of TensorFlow stands for.
bool says_nothing(const std::string& key, const Json& value) {
  return value.is_null() || value == false || (value.is_number() && value == 0) || value == "float32" ||
         (key == "data_format" && value == "channels_last") || (key == "fill_mode" && value == "constant");
}

/// One operation on its way: the function, its first argument, and the others.
class Writing {
 public:
  Writing(const Json& layer, std::vector<std::string>& problems)
      : class_name(layer.value("class_name", "")),
        where_(fmt::format("the operation {} ('{}')", class_name, layer.value("name", ""))),
        problems_(problems),
        given_(layer["config"]),
        args_(layer["inbound_nodes"][0]["args"]) {
    given_.erase("name");
    const Json& node = layer["inbound_nodes"][0];
    if (node.contains("kwargs")) given_.update(node["kwargs"]);
  }

  const std::string class_name;
  std::string function;
  Json first, kwargs = Json::object();

  /// An argument of Keras 3: by its place in the call, if it has one, or by name; null if it is not there.
  Json take(const char* name, int place = -1) {
    Json value = place >= 0 && static_cast<std::size_t>(place) < args_.size()
                     ? args_[static_cast<std::size_t>(place)]
                     : given_.value(name, Json());
    given_.erase(name);
    return value;
  }
  void problem(const std::string& text) { problems_.push_back(where_ + text); }
  /// What was not taken must be a default.
  void finish() {
    for (const auto& [key, value] : given_.items())
      if (!says_nothing(key, value))
        problem(fmt::format(": Keras 2 does not have the argument {}={}.", key, value.dump()));
  }
  /// Whole numbers, one for each of `rank` axes; empty, and a problem, if they are something else.
  std::vector<std::int64_t> sizes(const Json& json, std::size_t rank, const char* name) {
    std::vector<std::int64_t> out;
    for (const Json& item : json.is_array() ? json : Json(rank, json))
      if (item.is_number_integer()) out.push_back(item.get<std::int64_t>());
    if (out.size() == rank) return out;
    problem(fmt::format(": {}={} does not fit.", name, json.dump()));
    return {};
  }

 private:
  std::string where_;
  std::vector<std::string>& problems_;
  Json given_;
  const Json& args_;
};

std::size_t rank_of(const Json& tensor) {
  return is_tensor_object(tensor) ? tensor["config"]["shape"].size() : 0;
}

int axis_of(const Json& axis, std::size_t rank) {
  const int n = static_cast<int>(rank);
  if (!axis.is_number_integer()) return -1;
  const auto a = axis.get<std::int64_t>() + (axis.get<std::int64_t>() < 0 ? n : 0);
  return a >= 0 && a < n ? static_cast<int>(a) : -1;
}

void pad(Writing& w) {
  w.function = "pad";
  w.first = w.take("x", 0);
  Json widths = w.take("pad_width");
  const std::size_t rank = rank_of(w.first);
  if (widths.is_number_integer()) widths = Json::array({Json::array({widths, widths})});
  if (widths.is_array() && widths.size() == 2 && widths[0].is_number_integer())
    widths = Json::array({widths});
  if (widths.is_array() && widths.size() == 1) widths = Json(rank, Json(widths[0]));
  if (!widths.is_array() || widths.size() != rank) w.problem(": its pad_width is not one of each axis.");
  w.kwargs["paddings"] = widths;
  const Json mode = w.take("mode");
  if (mode == "reflect" || mode == "symmetric")
    w.kwargs["mode"] = mode == "reflect" ? "REFLECT" : "SYMMETRIC";
  else if (!mode.is_null() && mode != "constant")
    w.problem(fmt::format(": Keras 2 does not have the mode {}.", mode.dump()));
  if (const Json value = w.take("constant_values", 1); !value.is_null()) w.kwargs["constant_values"] = value;
}

/// Keras 3 names the cuts, TensorFlow the sizes between them.
void split(Writing& w) {
  w.function = "split";
  w.first = w.take("x", 0);
  const Json parts = w.take("indices_or_sections");
  const Json axis = w.take("axis");
  w.kwargs["axis"] = axis.is_null() ? Json(0) : axis;
  w.kwargs["num_or_size_splits"] = parts;
  if (!parts.is_array()) return;
  const int at = axis_of(w.kwargs["axis"], rank_of(w.first));
  Json sizes = Json::array();
  std::int64_t from = 0;
  for (const Json& cut : parts) {
    const std::int64_t to = cut.is_number_integer() ? cut.get<std::int64_t>() : -1;
    if (to < from) return w.problem(": cuts that do not follow one another.");
    sizes.push_back(to - from);
    from = to;
  }
  const Json whole = at < 0 ? Json() : w.first["config"]["shape"][static_cast<std::size_t>(at)];
  if (whole.is_number_integer() && whole.get<std::int64_t>() < from)
    return w.problem(": cuts behind the end of the axis.");
  sizes.push_back(whole.is_number_integer() ? Json(whole.get<std::int64_t>() - from) : Json(-1));
  w.kwargs["num_or_size_splits"] = sizes;
}

/// What windows have in common; returns the number of axes that they slide along.
std::size_t window(Writing& w, bool whole, bool dilation) {
  w.first = w.take("inputs", 0);
  const std::size_t rank = rank_of(w.first) < 3 ? 1 : rank_of(w.first) - 2;
  const Json padding = w.take("padding"), format = w.take("data_format");
  if (padding != "same" && padding != "valid" && !padding.is_null())
    w.problem(fmt::format(": padding={}.", padding.dump()));
  if (format == "channels_first") w.problem(": channels in front.");
  w.kwargs["padding"] = padding == "same" ? "SAME" : "VALID";
  const auto spread = [&](const Json& json, const char* name) {
    Json out = w.sizes(json, rank, name);
    if (!whole) return out;
    out.insert(out.begin(), 1);
    out.push_back(1);
    return out;
  };
  Json strides = w.take("strides");
  if (strides.is_null()) strides = w.class_name.ends_with("Pool") ? w.kwargs["ksize"] : Json(1);
  w.kwargs["strides"] = spread(strides, "strides");
  if (dilation)
    if (const Json rate = w.take("dilation_rate"); !rate.is_null())
      w.kwargs["dilations"] = w.sizes(rate, rank, "dilation_rate");
  return rank;
}

void pool(Writing& w) {
  const Json size = w.take("pool_size");
  w.kwargs["ksize"] = size;
  const std::size_t rank = window(w, false, false);
  w.kwargs["ksize"] = w.sizes(size, rank, "pool_size");
  w.function = fmt::format("{}{}d", w.class_name == "MaxPool" ? "nn.max_pool" : "nn.avg_pool", rank);
}

void conv(Writing& w) {
  w.function = "nn.convolution";
  window(w, false, true);
  w.kwargs["filters"] = w.take("kernel", 1);
}

void depthwise(Writing& w) {
  w.function = "nn.depthwise_conv2d";
  if (window(w, true, true) != 2) w.problem(" of other than images cannot be written for Keras 2.");
  w.kwargs["filter"] = w.take("kernel", 1);
}

void separable(Writing& w) {
  w.function = "nn.separable_conv2d";
  if (window(w, true, true) != 2) w.problem(" of other than images cannot be written for Keras 2.");
  w.kwargs["depthwise_filter"] = w.take("depthwise_kernel", 1);
  w.kwargs["pointwise_filter"] = w.take("pointwise_kernel", 2);
}

void blocks(Writing& w) {
  w.function = w.class_name == "DepthToSpace" ? "nn.depth_to_space" : "nn.space_to_depth";
  w.first = w.take("x", 0);
  w.kwargs["block_size"] = w.take("block_size");
}

/// Axes that change places.
void transposition(Writing& w) {
  w.function = "transpose";
  w.first = w.take("x", 0);
  const std::size_t rank = rank_of(w.first);
  std::vector<int> order(rank);
  for (std::size_t i = 0; i < rank; ++i) order[i] = static_cast<int>(i);
  if (w.class_name == "Swapaxes") {
    const int a = axis_of(w.take("axis1"), rank), b = axis_of(w.take("axis2"), rank);
    if (a < 0 || b < 0) return w.problem(": its axes do not fit.");
    std::swap(order[static_cast<std::size_t>(a)], order[static_cast<std::size_t>(b)]);
  } else {
    const int from = axis_of(w.take("source"), rank), to = axis_of(w.take("destination"), rank);
    if (from < 0 || to < 0) return w.problem(": several axes, or such that do not fit.");
    order.erase(order.begin() + from);
    order.insert(order.begin() + to, from);
  }
  w.kwargs["perm"] = order;
}

/// The main diagonal of the last two axes.
void diagonal(Writing& w) {
  w.function = w.class_name == "Trace" ? "linalg.trace" : "linalg.diag_part";
  w.first = w.take("x", 0);
  const std::size_t rank = rank_of(w.first);
  const int last = static_cast<int>(rank) - 1;
  Json a = w.take("axis1"), b = w.take("axis2");
  if (a.is_null()) a = 0;
  if (b.is_null()) b = 1;
  if (axis_of(a, rank) + axis_of(b, rank) != 2 * last - 1 ||
      std::max(axis_of(a, rank), axis_of(b, rank)) != last)
    w.problem(": other axes than the last two.");
}

void triangle(Writing& w) {
  w.function = "linalg.band_part";
  w.first = w.take("x", 0);
  const Json given = w.take("k");
  const std::int64_t k = given.is_number_integer() ? given.get<std::int64_t>() : 0;
  const bool lower = w.class_name == "Tril";
  if (lower ? k < 0 : k > 0) w.problem(": a part without the main diagonal.");
  w.kwargs["num_lower"] = lower ? -1 : -k;
  w.kwargs["num_upper"] = lower ? k : -1;
}

void take_along_axis(Writing& w) {
  w.function = "experimental.numpy.take_along_axis";
  w.first = w.take("x", 0);
  w.kwargs["indices"] = w.take("indices", 1);
  w.kwargs["axis"] = w.take("axis");
}

void norm(Writing& w) {
  const Json order = w.take("ord");
  w.function = order.is_null() ? "math.reduce_euclidean_norm" : "norm";
  w.first = w.take("x", 0);
  if (!order.is_null()) w.kwargs["ord"] = order;
  w.kwargs["axis"] = w.take("axis");
  w.kwargs["keepdims"] = w.take("keepdims") == true;
  if (!order.is_null() && !w.kwargs["axis"].is_number_integer()) w.problem(": ord of several axes.");
}

/// TensorFlow bounds the square of what Keras 3 bounds.
void normalize(Writing& w) {
  w.function = "math.l2_normalize";
  w.first = w.take("x", 0);
  w.kwargs["axis"] = w.take("axis");
  if (const Json order = w.take("order"); !order.is_null() && order != 2)
    w.problem(fmt::format(": order={}.", order.dump()));
  const Json epsilon = w.take("epsilon");
  const double bound = epsilon.is_number() ? epsilon.get<double>() : 1e-6;
  w.kwargs["epsilon"] = bound * bound;
}

void extract_patches(Writing& w) {
  w.function = "image.extract_patches";
  w.first = w.take("images", 0);
  const Json size = w.take("size"), rate = w.take("dilation_rate"), padding = w.take("padding");
  Json strides = w.take("strides");
  if (strides.is_null()) strides = size;
  if (rank_of(w.first) != 4) w.problem(" of other than a batch of images cannot be written for Keras 2.");
  const auto four = [&](const Json& json, const char* name) {
    Json out = w.sizes(json.is_null() ? Json(1) : json, 2, name);
    out.insert(out.begin(), 1);
    out.push_back(1);
    return out;
  };
  w.kwargs["sizes"] = four(size, "size");
  w.kwargs["strides"] = four(strides, "strides");
  w.kwargs["rates"] = four(rate, "dilation_rate");
  w.kwargs["padding"] = padding == "same" ? "SAME" : "VALID";
}

void segment_sum(Writing& w) {
  w.function = "math.unsorted_segment_sum";
  w.first = w.take("data", 0);
  w.kwargs["segment_ids"] = w.take("segment_ids", 1);
  w.kwargs["num_segments"] = w.take("num_segments");
}

void in_top_k(Writing& w) {
  w.function = "compat.v1.math.in_top_k";
  w.first = w.take("predictions", 1);
  w.kwargs["targets"] = w.take("targets", 0);
  w.kwargs["k"] = w.take("k");
}

void saturate_cast(Writing& w) {
  w.function = "dtypes.saturate_cast";
  w.first = w.take("x", 0);
  w.kwargs["dtype"] = w.take("dtype");
}

/// Names alone differ.
void rename(Writing& w) {
  const Keras2Function* function = keras2_function_for(w.class_name);
  if (!function) return w.problem(" cannot be written for Keras 2.");
  w.function = function->name;
  const auto arguments = pairs_in(function->arguments);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto& [theirs, ours] = arguments[i];
    Json value = w.take(ours.c_str(), static_cast<int>(i));
    if (i == 0) {
      w.first = std::move(value);
    } else if (!value.is_null()) {
      w.kwargs[theirs] = std::move(value);
    }
  }
  // Keras 2 takes an array for a list of arguments where it comes first.
  const bool either_way = w.class_name == "Add" || w.class_name == "Multiply" || w.class_name == "Maximum" ||
                          w.class_name == "Minimum";
  if (either_way && !is_tensor_object(w.first) && w.first.is_object() && is_tensor_object(w.kwargs["y"]))
    std::swap(w.first, w.kwargs["y"]);
}

using Writer = void (*)(Writing&);
Writer writer_of(const std::string& class_name) {
  static const std::map<std::string, Writer> writers = {
      {"Pad", pad},
      {"Split", split},
      {"MaxPool", pool},
      {"AveragePool", pool},
      {"Conv", conv},
      {"DepthwiseConv", depthwise},
      {"SeparableConv", separable},
      {"DepthToSpace", blocks},
      {"SpaceToDepth", blocks},
      {"Swapaxes", transposition},
      {"Moveaxis", transposition},
      {"Trace", diagonal},
      {"Diagonal", diagonal},
      {"Tril", triangle},
      {"Triu", triangle},
      {"TakeAlongAxis", take_along_axis},
      {"Norm", norm},
      {"Normalize", normalize},
      {"ExtractPatches", extract_patches},
      {"SegmentSum", segment_sum},
      {"InTopK", in_top_k},
      {"SaturateCast", saturate_cast},
  };
  const auto found = writers.find(class_name);
  return found == writers.end() ? rename : found->second;
}

}  // namespace

Json operation_to_keras2(const Json& layer, const std::function<Json(const Json& tensor)>& triple,
                         std::vector<std::string>& problems) {
  const std::string class_name = layer.value("class_name", "");
  Json out = {{"module", "keras"}, {"class_name", "TFOpLambda"}, {"registered_name", "TFOpLambda"}};
  if (class_name == "GetItem") out["class_name"] = out["registered_name"] = "SlicingOpLambda";
  out["config"] = {{"name", layer.value("name", "")}, {"trainable", true}, {"dtype", "float32"}};
  out["inbound_nodes"] = Json::array();
  Writing w(layer, problems);
  const std::size_t before = problems.size();
  writer_of(class_name)(w);
  if (problems.size() == before) w.finish();
  if (problems.size() != before) return out;
  out["config"]["function"] = w.function;
  for (auto& [key, value] : w.kwargs.items()) value = with_triples(value, triple);
  const auto entry_of = [&](const Json& value) {
    Json entry = is_tensor_object(value) ? triple(value)
                                         : Json::array({"_CONSTANT_VALUE", -1, with_triples(value, triple)});
    entry.push_back(w.kwargs);
    return entry;
  };
  if (w.first.is_array() && std::any_of(w.first.begin(), w.first.end(), is_tensor_object)) {
    Json list = Json::array();
    for (const Json& value : w.first) list.push_back(entry_of(value));
    out["inbound_nodes"].push_back(std::move(list));
  } else {
    out["inbound_nodes"].push_back(entry_of(w.first));
  }
  return out;
}

}  // namespace rhyton
