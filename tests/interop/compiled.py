"""Compiled models both ways: compiled.py TOOL [name ...], with keras 3.

For every way to compile: Keras trains two steps and saves, C++ trains two more and saves, Keras opens that and trains
two more: equal to six steps by Keras alone, and the compile configuration says the same as at the start.
"""
import json
import os
import sys
import tempfile

import keras
import numpy as np

import make_files
import models
from run import Report, arrays_of, close

O, S, L, M = keras.optimizers, keras.optimizers.schedules, keras.losses, keras.metrics

OPTIMIZERS = {
    "sgd": lambda: O.SGD(0.05),
    "momentum": lambda: O.SGD(0.05, momentum=0.9, nesterov=True),
    "adam": lambda: O.Adam(0.01),
    "amsgrad": lambda: O.Adam(0.01, amsgrad=True, clipnorm=0.5),
    "adamw": lambda: O.AdamW(0.01, weight_decay=0.01),
    "adamax": lambda: O.Adamax(0.01),
    "nadam": lambda: O.Nadam(0.01),
    "rmsprop": lambda: O.RMSprop(0.01),
    "rmsprop_centered": lambda: O.RMSprop(0.01, momentum=0.5, centered=True),
    "adagrad": lambda: O.Adagrad(0.05),
    "adadelta": lambda: O.Adadelta(0.5),
    "ftrl": lambda: O.Ftrl(0.05),
    "lion": lambda: O.Lion(0.01),
    "lamb": lambda: O.Lamb(0.01),
    "adafactor": lambda: O.Adafactor(0.01),
    "ema": lambda: O.Adam(0.01, use_ema=True, ema_overwrite_frequency=3),
    "accumulation": lambda: O.Adam(0.01, gradient_accumulation_steps=2),
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
}
METRICS = {
    "accuracy": lambda: ["accuracy"],
    "mae": lambda: ["mae", "mse"],
    "objects": lambda: [M.MeanAbsoluteError(name="off"), M.CategoricalAccuracy(), M.AUC(num_thresholds=50)],
    "top": lambda: [M.TopKCategoricalAccuracy(k=2), M.Precision(thresholds=0.4)],
}


def ways():
    for name, make in OPTIMIZERS.items():
        yield f"optimizer_{name}", dict(optimizer=make, loss=lambda: "mean_squared_error", metrics=lambda: None)
    for name, make in LOSSES.items():
        yield f"loss_{name}", dict(optimizer=lambda: O.SGD(0.05), loss=make, metrics=lambda: None)
    for name, make in METRICS.items():
        yield f"metrics_{name}", dict(optimizer=lambda: O.SGD(0.05), loss=lambda: "mean_squared_error", metrics=make)


def build(way):
    model, inputs = models.build("dense", keras)
    model.compile(**{key: make() for key, make in way.items()})
    return model, inputs


def configuration(model):
    """What compile was given, in one form: modules differ between backends, and a name stands for an object."""
    def plain(value):
        if isinstance(value, dict):
            if "class_name" in value:
                return {"class_name": value["class_name"], "config": plain(value["config"])}
            return {key: plain(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [plain(item) for item in value]
        return round(value, 9) if isinstance(value, float) else value
    said = json.loads(json.dumps(model.get_compile_config()))
    for key, family in (("loss", L), ("metrics", M)):
        names = said[key] if isinstance(said[key], list) else [said[key]]
        said[key] = [class_of(name, family) for name in names if name is not None]
    return plain(said)


def class_of(name, family):
    if not isinstance(name, str):
        return name
    found = family.get(name)
    if not isinstance(found, type) and callable(found):
        wanted = getattr(found, "__name__", type(found).__name__).replace("_", "").lower()
        found = next((getattr(family, c) for c in dir(family) if c.lower() == wanted), None)
        return family.serialize(found()) if found else name
    return name


def check(tool, report, folder, name, way):
    stem = os.path.join(folder, name)
    model, inputs = build(way)
    targets = models.targets(model, inputs)
    make_files.train(model, inputs, targets, 2)
    before = configuration(model)
    content = make_files.arrays("x", inputs) | make_files.arrays("t", targets)
    model.save(stem + ".keras")
    make_files.train(model, inputs, targets, 2)
    np.savez(stem + ".npz", **content, **make_files.arrays("z", make_files.predict(model, inputs)))
    # Keras's reader of .h5 does not know every optimizer by name.
    endings = (".keras",) if "lamb" in name else (".keras", ".h5")
    for ending in endings:
        out = stem + "_ours" + ending
        if not report.run(tool, f"train {name} to {ending}", "train", stem + ".keras", stem + ".npz", out):
            return
        try:
            ours = keras.models.load_model(out)
        except Exception as error:
            report.check(f"keras opens {name}{ending}", False, f"{type(error).__name__}: {str(error)[:500]}")
            continue
        after = configuration(ours)
        if ending == ".keras":
            report.check(f"configuration of {name}", after == before, f"\n{before}\n{after}")
            make_files.train(ours, inputs, targets, 2)
            alone, _ = build(way)
            make_files.train(alone, inputs, targets, 6)
            report.check(f"keras goes on with {name}",
                         close(make_files.predict(ours, inputs), make_files.predict(alone, inputs)))
        else:
            make_files.train(ours, inputs, targets, 2)


def main():
    tool = os.path.abspath(sys.argv[1])
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        for name, way in ways():
            if not sys.argv[2:] or name in sys.argv[2:]:
                check(tool, report, folder, name, way)
    for what, why in report.missing.items():
        print(f"not supported yet: {what}: {why.splitlines()[-1]}")
    print(f"compiled: {report.passed} passed, {len(report.failed)} failed, {len(report.missing)} not supported yet")
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
