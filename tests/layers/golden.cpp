#include "tests/layers/golden.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/support/files.hpp"

namespace rhyton::test {

namespace {

// Classes that have tests of their own.
const std::vector<std::string> exempt = {"Functional", "InputLayer", "Model", "Sequential"};

Json load_json(const std::string& name) { return Json::parse(read_text(data_file(name))); }

/// The stem of the cases file for each class.
const std::map<std::string, std::string>& stems() {
  static const auto all = [] {
    std::map<std::string, std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(data_file("cases")))
      out[load_json("cases/" + entry.path().filename().string())["layer"]] = entry.path().stem().string();
    return out;
  }();
  return all;
}

Shape shape_of(const Json& input, bool unknown_batch) {
  const Json* dims = input.is_array() ? &input : input.contains("shape") ? &input["shape"] : nullptr;
  Shape shape;
  if (dims) {
    from_config(*dims, shape);
  } else {
    for (const Json* v = &input["values"]; v->is_array(); v = &v->front())
      shape.push_back(static_cast<Dim>(v->size()));
  }
  if (unknown_batch && !shape.empty()) shape[0] = unknown;
  return shape;
}

DType dtype_of_input(const Json& input) {
  return dtype_from_string(input.is_object() ? input.value("dtype", "float32") : "float32");
}

/// The roles that `arguments` gives to the inputs: the first name stands for the positional argument.
std::vector<std::string> roles_of(const Json& spec) {
  std::vector<std::string> roles(spec["inputs"].size());
  if (!spec.contains("arguments")) return roles;
  for (std::size_t i = 0; i < roles.size(); ++i) {
    const std::string name = spec["arguments"][i];
    if (name == spec["arguments"][0]) continue;
    roles[i] = name.ends_with("[]") ? name.substr(0, name.size() - 2) : name;
  }
  return roles;
}

template <class T>
void flatten(const Json& json, std::vector<T>& out) {
  if (!json.is_array()) return out.push_back(json.get<T>());
  for (const Json& item : json) flatten(item, out);
}

/// A tensor from nested lists.
template <class T>
Tensor tensor_of(const Json& json) {
  Shape shape;
  for (const Json* v = &json; v->is_array(); v = &v->front()) shape.push_back(static_cast<Dim>(v->size()));
  std::vector<T> values;
  flatten(json, values);
  return Tensor(shape, values);
}

Tensor boolean_tensor(const Json& json) { return tensor_of<int>(json).cast(DType::boolean); }

CallSpec call_of(const Json& spec, bool unknown_batch, std::vector<Tensor>* extra) {
  CallSpec call;
  for (const Json& input : spec["inputs"])
    call.inputs.push_back({shape_of(input, unknown_batch), dtype_of_input(input)});
  call.roles = roles_of(spec);
  if (spec.contains("call"))
    for (const auto& [key, value] : spec["call"].items()) {
      if (value.is_boolean()) call.flags.emplace_back(key, value.get<bool>());
      if (!value.is_array()) continue;
      const Tensor mask = boolean_tensor(value);
      Shape shape = mask.shape();
      if (unknown_batch) shape[0] = unknown;
      call.inputs.push_back({shape, DType::boolean});
      call.roles.push_back(key);
      if (extra) extra->push_back(mask);
    }
  call.masks.resize(call.inputs.size());
  if (spec.contains("mask"))
    for (std::size_t i = 0; i < spec["mask"].size(); ++i) {
      if (spec["mask"][i].is_null()) continue;
      Shape shape = boolean_tensor(spec["mask"][i]).shape();
      if (unknown_batch) shape[0] = unknown;
      call.masks[i] = shape;
    }
  return call;
}

}  // namespace

LayerCases load_cases(const std::string& layer) {
  LayerCases out;
  out.layer = layer;
  const auto stem = stems().find(layer);
  if (stem == stems().end()) {
    FAIL_CHECK("no tests/cases/*.json for the registered class " << layer);
    return out;
  }
  const Json cases = load_json("cases/" + stem->second + ".json");
  const Json golden = load_json("golden/" + stem->second + ".json");
  const auto archive = data_file("golden/" + stem->second + ".npz");
  const NamedTensors arrays = std::filesystem::exists(archive) ? read_npz(archive) : NamedTensors{};
  for (const Json& spec : cases["cases"]) {
    Case c{layer, stem->second, spec["name"], spec, {}, {}};
    if (!golden["cases"].contains(c.name)) {
      FAIL_CHECK("tests/golden has no " << stem->second << "/" << c.name);
      continue;
    }
    c.facts = golden["cases"][c.name];
    const std::string prefix = c.name + "/";
    for (const auto& [key, value] : arrays)
      if (key.starts_with(prefix)) c.arrays.emplace_back(key.substr(prefix.size()), value);
    out.cases.push_back(std::move(c));
  }
  if (cases.contains("errors"))
    for (const Json& spec : cases["errors"]) out.errors.push_back({layer, stem->second, spec["name"], spec});
  return out;
}

LayerRef make_layer(const std::string& class_name, Json config, const std::string& name) {
  if (!config.contains("name")) config["name"] = name;
  return Registry<Layer>::global().make(class_name, config);
}

Instance make_instance(const Case& c) {
  Instance out;
  out.layer = make_layer(c.layer, c.spec["config"], c.stem);
  if (c.spec.contains("adapt")) dynamic_cast<Adaptable&>(*out.layer).adapt(adapt_data(c));
  std::vector<Tensor> extra;
  out.call = call_of(c.spec, !c.fixed_batch(), &extra);
  out.plan = plan_call(out.layer, out.call);
  for (std::size_t i = 0; i < c.spec["inputs"].size(); ++i) {
    const Tensor* x = c.array("x" + std::to_string(i));
    // Text stands in the JSON.
    out.inputs.push_back(x ? *x : tensor_of<std::string>(c.facts["inputs"][i]["values"]));
  }
  out.inputs.insert(out.inputs.end(), extra.begin(), extra.end());
  for (std::size_t i = 0; i < out.call.masks.size(); ++i)
    if (out.call.masks[i]) out.inputs.push_back(*c.array("xmask" + std::to_string(i)));
  std::vector<Tensor> weights;
  while (const Tensor* w = c.array("w" + std::to_string(weights.size()))) weights.push_back(*w);
  out.layer->set_weights(weights);
  return out;
}

Tensor input_tensor(const Json& input) {
  const DType dtype = dtype_of_input(input);
  if (!input.is_object() || !input.contains("values")) return Tensor(shape_of(input, false), dtype);
  return dtype == DType::string ? tensor_of<std::string>(input["values"])
                                : tensor_of<double>(input["values"]).cast(dtype);
}

Tensor adapt_data(const Case& c) {
  const Tensor* x = c.array("adapt");
  return x ? *x : input_tensor(c.spec["adapt"]);
}

CallSpec error_call(const ErrorCase& c, bool unknown_batch) {
  return call_of(c.spec, unknown_batch && !c.spec.value("fixed_batch", false), nullptr);
}

RunOptions predict_options() {
  RunOptions options;
  options.poison = true;
  return options;
}

std::vector<Tensor> error_inputs(const ErrorCase& c) {
  std::vector<Tensor> out;
  const CallSpec call = error_call(c, false);
  for (const TensorSpec& spec : call.inputs) out.emplace_back(spec.shape, spec.dtype);
  for (std::size_t i = 0; i < c.spec["inputs"].size(); ++i) {
    const Json& input = c.spec["inputs"][i];
    if (input.is_object() && input.contains("values") && out[i].dtype() != DType::string)
      out[i] = tensor_of<double>(input["values"]).cast(out[i].dtype());
  }
  for (const auto& mask : call.masks)
    if (mask) out.emplace_back(*mask, DType::boolean);
  return out;
}

RunOptions training_options(bool training) {
  RunOptions options;
  options.training = training;
  options.gradients = options.input_gradients = options.poison = true;
  return options;
}

Execution::Execution(const Instance& instance, RunOptions options, const std::vector<Tensor>* other_inputs) {
  const auto& inputs = other_inputs ? *other_inputs : instance.inputs;
  GradientMap targets;
  if (options.gradients) {
    const auto weights = instance.layer->trainable_weights();
    for (const auto& w : weights)
      gradients.push_back(Tensor::full(w->value.shape(), std::nan(""), options.kernel.dtype));
    for (std::size_t i = 0; i < weights.size(); ++i) targets[weights[i].get()] = {gradients[i].view()};
  }
  Shapes shapes;
  for (const Tensor& x : inputs) shapes.push_back(x.shape());
  run = std::make_unique<Run>(instance.plan, shapes, options, targets);
  for (std::size_t i = 0; i < inputs.size(); ++i) run->set_input(static_cast<int>(i), inputs[i]);
}

void Execution::step(const Case& c, bool accumulate) {
  run->forward(0);
  for (int i = 0; i < run->outputs(); ++i)
    if (const View dy = run->output_gradient(i)) copy(*c.array("dy" + std::to_string(i)), dy);
  run->backward(accumulate);
}

Tensor expected_output(const Case& c, int i) {
  if (const Tensor* y = c.array("y" + std::to_string(i))) return *y;
  return tensor_of<std::string>(c.facts["outputs"][static_cast<std::size_t>(i)]["values"]);
}

std::string difference(ConstView actual, ConstView expected, Tolerance tolerance) {
  if (!actual) return "nothing was computed";
  if (actual.shape() != expected.shape() || actual.dtype() != expected.dtype())
    return "got " + std::string(to_string(actual.dtype())) + " " + to_string(actual.shape()) + ", expected " +
           std::string(to_string(expected.dtype())) + " " + to_string(expected.shape());
  if (actual.dtype() == DType::string)
    return Tensor(actual).values<std::string>() == Tensor(expected).values<std::string>() ? "" : "other text";
  const auto a = Tensor(actual).cast(DType::float64).values<double>();
  const auto e = Tensor(expected).cast(DType::float64).values<double>();
  double scale = 1.0, worst = 1.0;
  for (double v : e) scale = std::max(scale, std::abs(v));
  std::string text;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double error =
        std::abs(a[i] - e[i]) / (tolerance.relative * std::abs(e[i]) + tolerance.absolute * scale);
    if (error <= worst || a[i] == e[i]) continue;
    worst = std::isnan(error) ? HUGE_VAL : error;
    char line[160];
    std::snprintf(line, sizeof line, "element %zu of %zu: got %.9g, expected %.9g (%.3g tolerances)", i,
                  a.size(), a[i], e[i], worst);
    text = line;
  }
  return text;
}

bool sized_by_values(const Case& c) {
  const LayerRef layer = make_layer(c.layer, c.spec["config"], c.stem);
  if (dynamic_cast<const EagerLayer*>(&*layer) == nullptr) return false;
  return !layer->compute_output_spec(call_of(c.spec, false, nullptr))[0].shape.is_known();
}

void for_each_layer(const std::function<void(const LayerCases&)>& f) {
  for (const std::string& name : Registry<Layer>::global().names()) {
    if (std::find(exempt.begin(), exempt.end(), name) != exempt.end()) continue;
    SUBCASE(name.c_str()) { f(load_cases(name)); }
  }
}

void for_each_call(const std::function<void(const Case&)>& f) {
  for_each_layer([&](const LayerCases& layer) {
    for (const Case& c : layer.cases) {
      if (!c.has_inputs() || sized_by_values(c)) continue;
      INFO(c.stem << "/" << c.name);
      try {
        f(c);
      } catch (const std::exception& error) {
        FAIL_CHECK(std::string(error.what()));
      }
    }
  });
}

}  // namespace rhyton::test
