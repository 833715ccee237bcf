// docs/layers.md: every layer of Keras, and what there is of it here. RHYTON_WRITE_DOCS=1 writes it anew.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <set>

#include "layers/refused.hpp"
#include "tests/layers/golden.hpp"
#include "tests/support/files.hpp"

using namespace rhyton;
using namespace rhyton::test;

namespace {

struct Row {
  std::string backward, masks, formats, notes;
};

/// Whether the layer can be trained through, found out by preparing a training run of it.
std::string backward_of(const Instance& instance) {
  const Layer& layer = *instance.layer;
  if (!layer.has_backward() && !layer.is_composite() && !layer.expands()) return "no";
  try {
    Execution(instance, training_options(true));
    return "yes";
  } catch (const NotSupported&) {
    return "no training";
  }
}

std::string masks_of(const Instance& instance) {
  CallSpec plain = instance.call;
  plain.masks.assign(plain.inputs.size(), std::nullopt);
  if (instance.layer->mask_rule(plain) == MaskRule::compute) return "makes";
  CallSpec masked = plain;
  const Shape& x = plain.shape();
  if (x.rank() < 2) return "";
  masked.masks[0] = x.slice(0, x.rank() > 2 ? 2 : 1);
  switch (instance.layer->mask_rule(masked)) {
    case MaskRule::pass:
      return "passes";
    case MaskRule::compute:
      return "computes";
    case MaskRule::drop:
      break;
  }
  return "";
}

Row facts_of(const std::string& name) {
  Row row;
  for (const Case& c : load_cases(name).cases) {
    if (!c.has_inputs() || sized_by_values(c)) continue;
    const Instance instance = make_instance(c);
    if (row.backward.empty()) row.backward = backward_of(instance);
    // The first case that does something about masks says what the layer can.
    if (row.masks.empty()) row.masks = masks_of(instance);
    if (c.facts["config"].contains("data_format")) row.formats = "both";
  }
  return row;
}

std::string line(const std::string& name, const std::string& versions, const Json& notes) {
  const std::string note = notes.contains(name) ? notes[name].get<std::string>() : "";
  std::string text = "| " + name + " | " + versions + " | ";
  if (const RefusedLayer* refused = find_refused(name))
    return text + "refused | | | | " + refused->reason + " |\n";
  if (!Registry<Layer>::global().contains(name)) return text + "not yet | | | | " + note + " |\n";
  const Row row = facts_of(name);
  return text + "yes | " + row.backward + " | " + row.masks + " | " + row.formats + " | " + note + " |\n";
}

std::string table() {
  const Json classes = Json::parse(read_text(data_file("golden/layer_classes.json")));
  const Json notes = Json::parse(read_text(data_file("data/layer_notes.json")));
  const Json &keras3 = classes["keras3"]["layers"], &keras2 = classes["keras2"]["layers"];
  std::map<std::string, std::set<std::string>> families;
  for (const Json* list : {&keras3, &keras2})
    for (const auto& [name, family] : list->items())
      if (list == &keras3 || !keras3.contains(name)) families[family].insert(name);
  std::string text =
      "# Layers\n\nAll layers of Keras " + classes["keras3"]["version"].get<std::string>() +
      " and of tf_keras " + classes["keras2"]["version"].get<std::string>() +
      " (Keras 2), and what there is of each here. This page is made by\n"
      "`RHYTON_WRITE_DOCS=1 build/tests/test_layers -tc='*docs/layers.md*'` from the registry and its cases; "
      "a test "
      "holds it up to date.\n\n"
      "- **Keras**: the versions that have the class.\n"
      "- **forward**: outputs equal to Keras's, by the cases in `tests/cases`. Refused classes are named in "
      "the "
      "error of a file that holds them.\n"
      "- **backward**: gradients equal to Keras's. `no`: nothing to differentiate; layers in front of it can "
      "not be "
      "trained. `no training`: it predicts as Keras does, and says so when it is to be trained.\n"
      "- **masks**: `passes` them on, `makes` or `computes` one; else a mask ends there, as in Keras.\n"
      "- **formats**: `both`, channels last and first, where the layer has the argument.\n";
  for (const auto& [family, names] : families) {
    text += "\n## " + family +
            "\n| layer | Keras | forward | backward | masks | formats | notes |\n"
            "|---|---|---|---|---|---|---|\n";
    for (const std::string& name : names)
      text += line(name, !keras2.contains(name) ? "3" : keras3.contains(name) ? "2, 3" : "2", notes);
  }
  return text;
}

}  // namespace

TEST_CASE("docs/layers.md says what there is") {
  const std::string path = data_file("../docs/layers.md"), text = table();
  if (std::getenv("RHYTON_WRITE_DOCS") != nullptr) std::ofstream(path) << text;
  CHECK_MESSAGE(read_text(path) == text, "run this test with RHYTON_WRITE_DOCS=1 and commit docs/layers.md");
}
