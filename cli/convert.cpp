// rhyton convert IN OUT
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "cli/command.hpp"
#include "serialization/atomic_file.hpp"
#include "serialization/inspection.hpp"
#include "serialization/saving.hpp"
#include "serialization/weights_tree.hpp"

namespace rhyton::cli {

namespace {

struct ConvertOptions {
  std::string in, out, weights, dialect = "keras3";
  double shard_size = 5.0;
  bool without_training = false, quiet = false;
};

enum class Target { model, weights, shards, npz, json };

Target target_of(const std::string& path) {
  if (path.ends_with(".weights.h5")) return Target::weights;
  if (path.ends_with(".weights.json")) return Target::shards;
  if (path.ends_with(".npz")) return Target::npz;
  if (path.ends_with(".json")) return Target::json;
  if (path.ends_with(".keras") || path.ends_with(".h5") || path.ends_with(".hdf5")) return Target::model;
  throw UsageError("OUT must end with .keras, .h5, .json, .weights.h5, .weights.json or .npz. Received: " +
                   path);
}

void write(const Model& model, const ConvertOptions& o, Target target) {
  const FileDialect dialect = o.dialect == "keras2"     ? FileDialect::keras2
                              : o.dialect == "portable" ? FileDialect::portable
                                                        : FileDialect::keras3;
  switch (target) {
    case Target::model:
      return save_model(model, o.out, {.dialect = dialect});
    case Target::weights:
      return save_weights(model, o.out, {.dialect = dialect});
    case Target::shards:
      return save_weights(model, o.out, {.max_shard_size = o.shard_size, .dialect = dialect});
    case Target::npz:
      return write_npz(o.out, named_weights(model.graph()));
    case Target::json:
      return write_file(o.out, to_json(model, 2, {.dialect = dialect}) + "\n");
  }
}

void convert(const ConvertOptions& o) {
  const Target target = target_of(o.out);
  const FileFacts facts = inspect_file(o.in);
  if (!facts.has_model())
    throw UsageError(fmt::format(
        "{} holds weights alone ({}): give the model as IN and this file as --weights", o.in, facts.kind));
  std::vector<std::string> notes;
  Model model = load_model(o.in, {.compile = !o.without_training, .notes = &notes});
  if (!o.weights.empty()) load_weights(model, o.weights, {.notes = &notes});
  write(model, o, target);
  if (o.quiet) return;
  for (const auto& note : notes) std::printf("note: %s\n", printable(note).c_str());
  std::printf("%s (%s, %s) -> %s\n", o.in.c_str(), facts.kind.c_str(), facts.dialect.c_str(), o.out.c_str());
  if (facts.weights.empty() && o.weights.empty() && target != Target::json && model.count_params() > 0)
    std::printf("note: %s has no weights: these are fresh ones\n", o.in.c_str());
}

}  // namespace

void add_convert(CLI::App& app) {
  auto options = std::make_shared<ConvertOptions>();
  Command command(app, "convert", "Write a model anew, in any format; repairs old files on the way");
  command.positional("IN", options->in, "a .keras, .h5 or .json file, of Keras 2 or 3");
  command.positional(
      "OUT", options->out,
      ".keras, .h5: the model; .json: its architecture; .weights.h5, .weights.json (in shards), "
      ".npz: its weights");
  command.choice("--dialect", options->dialect, {"keras3", "keras2", "portable"},
                 "who is to read OUT: Keras 3; Keras 2 and tf.keras; or both, from one file");
  command.option("--weights", options->weights, "weights from another file");
  command.option("--max-shard-size", options->shard_size, "of .weights.json, in gigabytes");
  command.flag("--without-training", options->without_training, "leave out optimizer, loss and metrics");
  command.flag("--quiet", options->quiet, "no notes");
  command.run([options] { convert(*options); });
}

}  // namespace rhyton::cli
