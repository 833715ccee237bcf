"""Compiled models both ways: compiled.py TOOL keras|tf_keras [name ...]

For every way to compile: Keras trains two steps and saves, C++ trains two more and saves, Keras opens that and trains
two more: equal to six steps by Keras alone, in predictions and in the optimizer's state, and the compile configuration
says the same as at the start. The same with files of weights, which carry the optimizer's state too. What Keras 2 does
not have is left out there.

Under a policy of narrow types, which are held wider here, two steps in C++ are equal to within the type's precision; a
file that is only read and written again goes on as if it had not been.
"""
import importlib
import json
import os
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import h5py
import numpy as np

import make_files
import models
from run import Report, close

keras = importlib.import_module(sys.argv[2])
OLD = keras.__version__[0] == "2"
O, S, L, M = keras.optimizers, keras.optimizers.schedules, keras.losses, keras.metrics

OPTIMIZERS = {
    "sgd": lambda: O.SGD(0.05),
    "momentum": lambda: O.SGD(0.05, momentum=0.9, nesterov=True),
    "adam": lambda: O.Adam(0.01),
    "amsgrad": lambda: O.Adam(0.01, amsgrad=True, clipnorm=0.5),
    "adamw": lambda: O.AdamW(0.01, weight_decay=0.01),
    "adamax": lambda: O.Adamax(0.01),
    # The product of Keras 2's momenta is counted once a trace, not once a step: nothing to compare with.
    "nadam": lambda: None if OLD else O.Nadam(0.01),
    "rmsprop": lambda: O.RMSprop(0.01),
    "rmsprop_centered": lambda: O.RMSprop(0.01, momentum=0.5, centered=True),
    "adagrad": lambda: O.Adagrad(0.05),
    "adadelta": lambda: O.Adadelta(0.5),
    "ftrl": lambda: O.Ftrl(0.05),
    "lion": lambda: O.Lion(0.01),
    "lamb": lambda: O.Lamb(0.01),
    "adafactor": lambda: O.Adafactor(0.01),
    "adafactor_plain": lambda: O.Adafactor(0.01, relative_step=False, beta_2_decay=-0.6),
    "muon": lambda: O.Muon(0.01),
    "schedule_free": lambda: O.ScheduleFreeAdamW(0.01),
    "loss_scale": lambda: O.LossScaleOptimizer(O.Adam(0.01), initial_scale=8.0, dynamic_growth_steps=3),
    "clipped": lambda: O.Adamax(0.01, global_clipnorm=0.05, weight_decay=0.01),
    "clipnorm": lambda: O.SGD(0.05, momentum=0.9, clipnorm=0.02),
    "clipvalue": lambda: O.RMSprop(0.01, clipvalue=0.003),
    "ema": lambda: O.Adam(0.01, use_ema=True, ema_overwrite_frequency=3),
    "ema_kept": lambda: O.SGD(0.05, use_ema=True, ema_momentum=0.7),
    "ema_every": lambda: O.RMSprop(0.01, momentum=0.5, centered=True, use_ema=True, ema_momentum=0.6, ema_overwrite_frequency=1),
    "ema_momentum": lambda: O.SGD(0.05, momentum=0.9, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=4),
    "ema_nadam": lambda: None if OLD else O.Nadam(0.01, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=2),
    "ema_adafactor": lambda: O.Adafactor(0.01, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=2),
    "ema_amsgrad": lambda: O.AdamW(0.01, amsgrad=True, weight_decay=0.1, clipvalue=0.01, use_ema=True, ema_overwrite_frequency=5),
    "ema_schedule": lambda: O.Adagrad(S.ExponentialDecay(0.1, 3, 0.5), use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=2),
    "accumulation": lambda: O.Adam(0.01, gradient_accumulation_steps=2),
    "accumulation_cut": lambda: O.SGD(0.05, momentum=0.9, gradient_accumulation_steps=3, clipnorm=0.02, weight_decay=0.01),
    "accumulation_ema": lambda: O.Adam(S.ExponentialDecay(0.1, 3, 0.5), gradient_accumulation_steps=3, use_ema=True,
                                       ema_momentum=0.6, ema_overwrite_frequency=2, global_clipnorm=0.02),
    "loss_scaled": lambda: O.Adam(0.01, loss_scale_factor=16.0, clipnorm=0.02),
    "loss_scale_ema": lambda: O.LossScaleOptimizer(O.SGD(0.05, momentum=0.9, use_ema=True, ema_momentum=0.6, ema_overwrite_frequency=3,
                                                         gradient_accumulation_steps=2), initial_scale=4.0, dynamic_growth_steps=2),
    "exponential": lambda: O.SGD(S.ExponentialDecay(0.1, 3, 0.5)),
    "piecewise": lambda: O.SGD(S.PiecewiseConstantDecay([2, 4], [0.1, 0.05, 0.01]), momentum=0.9),
    "cosine": lambda: O.Adam(S.CosineDecay(0.01, 10, warmup_target=0.05, warmup_steps=2)),
}
LOSSES = {
    "mean_absolute_error": lambda: "mean_absolute_error",
    "mse": lambda: "mse",
    "huber": lambda: L.Huber(),
    "categorical_crossentropy": lambda: "categorical_crossentropy",
    "categorical_smoothed": lambda: L.CategoricalCrossentropy(label_smoothing=0.1),
    "binary_crossentropy": lambda: L.BinaryCrossentropy(from_logits=False),
    "cosine": lambda: L.CosineSimilarity(),
    "log_cosh": lambda: "log_cosh",
    "capitals": lambda: "MAE",
    "kld": lambda: "kld",
    "class": lambda: "MeanSquaredError",
    "old_name": lambda: L.get("logcosh") and "logcosh",  # Keras 2's alone
}
METRICS = {
    "accuracy": lambda: ["accuracy"],
    "mae": lambda: ["mae", "mse"],
    "typed": lambda: ["MAE", "mean_squared_error", "MeanSquaredLogarithmicError", "acc" if OLD else "accuracy"],
    "typed_names": lambda: None if OLD else ["kl_divergence", "bce", "log_cosh_error"],
    "plain_objects": lambda: [M.Precision(), M.RootMeanSquaredError(), M.KLDivergence(), M.MeanAbsoluteError()],
    "objects": lambda: [M.MeanAbsoluteError(name="off"), M.CategoricalAccuracy(), M.AUC(num_thresholds=50)],
    "top": lambda: [M.TopKCategoricalAccuracy(k=2), M.Precision(thresholds=0.4)],
}


def ways():
    for name, make in OPTIMIZERS.items():
        yield f"optimizer_{name}", dict(optimizer=make, loss=lambda: "mean_squared_error", metrics=lambda: None)
    for policy in ("mixed_float16", "mixed_bfloat16"):
        for name in ("momentum", "adam", "ema", "accumulation", "loss_scale"):
            yield f"{policy}_{name}", dict(optimizer=OPTIMIZERS[name], loss=lambda: "mean_squared_error", metrics=lambda: None)
    for name, make in LOSSES.items():
        yield f"loss_{name}", dict(optimizer=lambda: O.SGD(0.05), loss=make, metrics=lambda: None)
    for name, make in METRICS.items():
        yield f"metrics_{name}", dict(optimizer=lambda: O.SGD(0.05), loss=lambda: "mean_squared_error", metrics=make)


def exists(way):
    try:
        if way["optimizer"]() is None:
            return False
        for make in way.values():
            make()
    except (AttributeError, TypeError, ValueError):
        return False
    return True


def policy_of(name):
    return next((p for p in ("mixed_float16", "mixed_bfloat16") if name.startswith(p)), "float32")


def state(model):
    """The optimizer's, as numbers."""
    variables = model.optimizer.variables
    variables = variables() if callable(variables) and not isinstance(variables, list) else variables
    return [np.asarray(v.detach() if hasattr(v, "detach") else v, dtype="float64") for v in variables]


def build(name, way):
    # What fits the loss: Keras on TensorFlow works on the logits of any softmax, whatever the loss.
    model, inputs = models.build("probabilities" if "binary" in name else "dense", keras)
    model.compile(**{key: make() for key, make in way.items()})
    return model, inputs


def targets_for(name, model, inputs):
    targets = models.targets(model, inputs)
    # The gradient of TensorFlow's crossentropy takes it that targets add up to 1.
    return [t / t.sum(-1, keepdims=True) for t in targets] if "categorical" in name else targets


def configuration(model):
    """What compile was given, in one form: modules differ between backends, and a name stands for an object."""
    def plain(value):
        if OLD and isinstance(value, dict):  # says "auto" or nothing for its defaults
            value = {key: item for key, item in value.items() if key not in ("name", "reduction", "fn", "dtype")}
        if isinstance(value, dict):
            if value.get("class_name") == "function":
                return plain(class_of(value["config"], L) if value["config"] in dir(L) else class_of(value["config"], M))
            if "class_name" in value:
                return {"class_name": value["class_name"], "config": plain(value["config"])}
            return {key: plain(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [plain(item) for item in value]
        return round(value, 9) if isinstance(value, float) else value
    said = json.loads(json.dumps(model.get_compile_config()))
    for key in ("run_eagerly", "steps_per_execution", "jit_compile"):  # Keras 2 says None for the defaults
        said.pop(key, None)
    for key, family in (("loss", L), ("metrics", M)):
        names = said[key] if isinstance(said[key], list) else [said[key]]
        said[key] = [class_of(name, family) for name in names if name is not None]
    return plain(said)


def typed(model):
    """The names of losses and metrics as the user typed them."""
    said = model.get_compile_config()
    return [item for key in ("loss", "metrics") for item in np.ravel(said[key]).tolist() if isinstance(item, str)]


def typed_in(path):
    """The same in a .h5 file, which Keras 2 makes objects of."""
    with h5py.File(path) as file:
        said = json.loads(file.attrs["training_config"])
    return [item for key in ("loss", "metrics") for item in np.ravel(said[key]).tolist() if isinstance(item, str)]


def class_of(name, family):
    if not isinstance(name, str):
        return name
    found = family.get(name)
    if not isinstance(found, type) and callable(found):
        wanted = getattr(found, "__name__", type(found).__name__).replace("_", "").lower()
        found = next((getattr(family, c) for c in dir(family) if c.lower() == wanted), None)
        return family.serialize(found()) if found else name
    return name


def goes_on(report, what, name, way, model, inputs, targets, steps):
    """Keras trains the last steps of six: equal to all six by Keras alone."""
    make_files.train(model, inputs, targets, steps)
    alone, _ = build(name, way)
    make_files.train(alone, inputs, targets, 6)
    got, want = make_files.predict(model, inputs), make_files.predict(alone, inputs)
    if policy_of(name) != "float32" and steps == 2:
        # Two steps with float32 between the layers: about the narrow type's precision, in weights that moved by 0.05.
        report.check(what, all(np.allclose(a, b, atol=0.02) for a, b in zip(got, want)), "other predictions")
        return
    report.check(what, close(got, want), "other predictions")
    got, want = state(model), state(alone)
    if OLD and getattr(model.optimizer, "momentum", 1) == 0:  # keeps momenta then too, and never uses them
        got, want = (values[:-len(model.trainable_variables)] for values in (got, want))
    report.check(f"state: {what}", close(got, want), "another state of the optimizer")


def check_weights(tool, report, stem, name, way, inputs, targets):
    out = stem + "_ours.weights.h5"
    if not report.run(tool, f"train weights of {name}", "train_weights", stem + "_fresh.keras", stem + ".weights.h5", stem + ".npz", out,
                      "keras2" if OLD else "keras3"):
        return
    model, _ = build(name, way)
    model.optimizer.build(model.trainable_variables)
    model.load_weights(out)
    goes_on(report, f"keras goes on with weights of {name}", name, way, model, inputs, targets, 2)


def check(tool, report, folder, name, way):
    stem = os.path.join(folder, name)
    model, inputs = build(name, way)
    targets = targets_for(name, model, inputs)
    model.save(stem + "_fresh.keras")
    make_files.train(model, inputs, targets, 2)
    before, names = configuration(model), typed(model)
    content = make_files.arrays("x", inputs) | make_files.arrays("t", targets)
    model.save(stem + ".keras")
    model.save_weights(stem + ".weights.h5")
    make_files.train(model, inputs, targets, 2)
    narrow = policy_of(name) != "float32"
    np.savez(stem + ".npz", **content, **({} if narrow else make_files.arrays("z", make_files.predict(model, inputs))))
    # Keras 3's reader of .h5 does not know every optimizer by name.
    nameless = not OLD and any(young in name for young in ("lamb", "muon", "schedule_free"))
    for ending in (".keras",) if nameless else (".keras", ".h5"):
        for command, steps in (("convert", 4), ("train", 2)) if narrow else (("train", 2),):
            what, out = f"{command} {name} to {ending}", f"{stem}_{command}{ending}"
            arrays = [stem + ".npz"] if command == "train" else []
            if not report.run(tool, what, command, stem + ".keras", *arrays, out, "keras2" if OLD else "keras3"):
                return
            try:
                ours = keras.models.load_model(out)
            except Exception as error:
                report.check(f"keras opens: {what}", False, f"{type(error).__name__}: {str(error)[:500]}")
                continue
            # Keras 3 loses the optimizer's state of every .h5, its own too; Keras 2 that of one that scales losses.
            if ending == ".h5" and (not OLD or policy_of(name) == "mixed_float16"):
                make_files.train(ours, inputs, targets, steps)
                continue
            # Keras wraps the optimizer by itself and does not say so; here it is said.
            after = configuration(ours)
            if policy_of(name) == "mixed_float16" and before["optimizer"]["class_name"] != "LossScaleOptimizer":
                after["optimizer"] = after["optimizer"]["config"].get("inner_optimizer", after["optimizer"])
            report.check(f"configuration: {what}", after == before, f"\n{before}\n{after}")
            if name.startswith(("loss_", "metrics_")):
                missing = set(names) - set(typed_in(out) if ending == ".h5" else typed(ours))
                report.check(f"names as typed: {what}", not missing, f"{missing}")
            goes_on(report, f"keras goes on: {what}", name, way, ours, inputs, targets, steps)
    if name.startswith("optimizer"):
        check_weights(tool, report, stem, name, way, inputs, targets)


FIRST = {
    "nadam": lambda: O.legacy.Nadam(0.01, clipvalue=0.05),
    "adam": lambda: O.legacy.Adam(0.01),
    "ftrl": lambda: O.legacy.Ftrl(0.05),
    "momentum": lambda: O.legacy.SGD(0.05, momentum=0.9),
    "rmsprop": lambda: O.legacy.RMSprop(0.01),
    "rmsprop_momentum": lambda: O.legacy.RMSprop(0.01, momentum=0.5),
    "rmsprop_centered": lambda: O.legacy.RMSprop(0.01, centered=True),
    "rmsprop_both": lambda: O.legacy.RMSprop(0.01, momentum=0.5, centered=True),
}


def check_first(tool, report, folder, name):
    """Optimizers of before Keras 2.11, which keep their state in .h5 files alone. Nadam comes back as what it was: a later
    one has another schedule. So does RMSprop without a momentum, for its epsilon, in .h5 files; in .keras files, where the
    first one's state would be lost, the later one does nearly the same."""
    way = dict(optimizer=FIRST[name], loss=lambda: "mean_squared_error", metrics=lambda: None)
    stem = os.path.join(folder, "first_" + name)
    model, inputs = build(name, way)
    targets = models.targets(model, inputs)
    make_files.train(model, inputs, targets, 2)
    model.save(stem + ".h5")
    make_files.train(model, inputs, targets, 2)
    np.savez(stem + ".npz", **make_files.arrays("x", inputs), **make_files.arrays("t", targets),
             **make_files.arrays("z", make_files.predict(model, inputs)))
    make_files.train(model, inputs, targets, 2)
    for ending in (".h5", ".keras"):
        out = stem + "_ours" + ending
        if not report.run(tool, f"train first {name} to {ending}", "train", stem + ".h5", stem + ".npz", out, "keras2"):
            return
        ours = keras.models.load_model(out)
        behind_root = name in ("rmsprop", "rmsprop_centered")
        if name == "nadam" or behind_root and ending == ".h5":
            report.check(f"first {name} in {ending} is what it was", configuration(ours) == configuration(model),
                         f"\n{configuration(model)}\n{configuration(ours)}")
        if name == "nadam" and ending == ".keras":  # Keras keeps nothing of its state there
            continue
        make_files.train(ours, inputs, targets, 2)
        report.check(f"keras goes on with first {name} in {ending}",
                     close(make_files.predict(ours, inputs), make_files.predict(model, inputs),
                           1e-3 if behind_root and ending == ".keras" else 1e-5), "other predictions")


def main():
    tool = os.path.abspath(sys.argv[1])
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        for name, way in ways():
            if (not sys.argv[3:] or name in sys.argv[3:]) and exists(way):
                report.starts(name)
                (keras.mixed_precision.set_global_policy if OLD else keras.config.set_dtype_policy)(policy_of(name))
                check(tool, report, folder, name, way)
        for name in FIRST:
            if OLD and (not sys.argv[3:] or "first_" + name in sys.argv[3:]):
                report.starts("first_" + name)
                keras.mixed_precision.set_global_policy("float32")
                check_first(tool, report, folder, name)
    report.ends(f"compiled, {sys.argv[2]} {keras.__version__}")


if __name__ == "__main__":
    main()
