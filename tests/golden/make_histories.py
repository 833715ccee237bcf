#!/usr/bin/env python3
"""Record what real Keras's fit and evaluate report: histories/<name>.npz and .json. Formats: README.md.

Usage: make_histories.py [name ...]        all by default
"""

import json
import os
import pathlib
import sys

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np

import golden_io
from golden_io import distinct, generator
from trajectory_models import MODELS, data_of, fill

FOLDER = pathlib.Path(__file__).resolve().parent / "histories"
TRAIN = 53  # Not a multiple of the batch sizes: the last batch is partial. The other 27 samples validate.

# model, optimizer (class, arguments), further arguments of compile, arguments of fit.
# `validation` passes the last samples as validation_data, `weights` a sample weight each.
SGD, ADAM = ("SGD", {"learning_rate": 0.1}), ("Adam", {"learning_rate": 0.02})
HISTORIES = {
    "plain": ("mlp", SGD, {"metrics": ["accuracy"]}, {"batch_size": 16, "epochs": 3}),
    "default_batch": ("mlp", ADAM, {"metrics": ["acc"]}, {"epochs": 2}),
    "one_batch": ("mlp", SGD, {}, {"batch_size": 64, "epochs": 3}),
    "initial_epoch": ("mlp", SGD, {}, {"batch_size": 16, "epochs": 5, "initial_epoch": 3}),
    "validation_split": ("mlp", ADAM, {"metrics": ["accuracy"]},
                         {"batch_size": 8, "epochs": 3, "validation_split": 0.2}),
    "validation_data": ("mlp", ADAM, {"metrics": ["accuracy", "sparse_categorical_crossentropy"]},
                        {"batch_size": 10, "epochs": 3, "validation": True}),
    "validation_freq": ("mlp", ADAM, {}, {"batch_size": 10, "epochs": 4, "validation": True, "validation_freq": 2}),
    "class_weight": ("mlp", SGD, {"metrics": ["accuracy"], "weighted_metrics": ["accuracy"]},
                     {"batch_size": 16, "epochs": 3, "class_weight": {0: 0.5, 1: 2.0, 3: 1.5}}),
    "sample_weight": ("mlp", SGD, {"metrics": ["accuracy"], "weighted_metrics": ["sparse_categorical_crossentropy"]},
                      {"batch_size": 16, "epochs": 3, "weights": True, "validation": True}),
    "ema": ("mlp", ("SGD", {"learning_rate": 0.1, "use_ema": True, "ema_momentum": 0.7}), {},
            {"batch_size": 16, "epochs": 2, "validation": True}),
    "accumulation": ("mlp", ("Adam", {"learning_rate": 0.02, "gradient_accumulation_steps": 3}), {},
                     {"batch_size": 8, "epochs": 2}),
    "convnet": ("convnet", ADAM, {"metrics": ["accuracy"]}, {"batch_size": 16, "epochs": 3, "validation": True}),
    "binary": ("binary_logits", ADAM, {"metrics": ["mse", "mae", "accuracy"]},
               {"batch_size": 16, "epochs": 3, "validation": True}),
    "regularized": ("regularized", SGD, {"metrics": ["mse"]}, {"batch_size": 16, "epochs": 3, "validation": True}),
    "two_outputs": ("functional", ADAM, {"metrics": [["accuracy"], ["accuracy", "categorical_crossentropy"]]},
                    {"batch_size": 16, "epochs": 3, "validation": True}),
    "masked": ("tagger", SGD, {"metrics": ["accuracy"], "weighted_metrics": ["accuracy"]},
               {"batch_size": 16, "epochs": 3, "validation": True}),
    "early_stopping": ("mlp", ("Adam", {"learning_rate": 0.3}), {},
                       {"batch_size": 16, "epochs": 30, "validation": True,
                        "callbacks": [("EarlyStopping", {"monitor": "val_loss", "patience": 2,
                                                         "restore_best_weights": True})]}),
    "early_stopping_min_delta": ("mlp", SGD, {"metrics": ["accuracy"]},
                                 {"batch_size": 16, "epochs": 12, "validation": True,
                                  "callbacks": [("EarlyStopping", {"monitor": "loss", "min_delta": 0.05, "patience": 1,
                                                                   "start_from_epoch": 2})]}),
    "reduce_lr": ("mlp", ("Adam", {"learning_rate": 0.2}), {},
                  {"batch_size": 16, "epochs": 12, "validation": True,
                   "callbacks": [("ReduceLROnPlateau", {"monitor": "val_loss", "factor": 0.5, "patience": 1,
                                                        "cooldown": 1, "min_lr": 0.01})]}),
}


def split(arrays):
    return [a[:TRAIN] for a in arrays], [a[TRAIN:] for a in arrays]


def one_or_list(arrays):
    return arrays[0] if len(arrays) == 1 else arrays


def plain(value):
    return {key: [float(v) for v in values] for key, values in value.items()}


def run(name):
    model_name, (optimizer_name, optimizer_arguments), compile_arguments, fit = HISTORIES[name]
    fit = dict(fit)
    model, losses = MODELS[model_name]()
    fill(model, model_name)
    optimizer = getattr(keras.optimizers, optimizer_name)(**optimizer_arguments)
    model.compile(optimizer=optimizer, **losses, **compile_arguments)
    inputs, targets = data_of(model_name)
    (x, x_val), (y, y_val) = split(inputs), split(targets)
    arrays = {f"x{i}": a for i, a in enumerate(x)} | {f"y{i}": a for i, a in enumerate(y)}
    arrays |= {f"w{i}": w for i, w in enumerate(model.get_weights())}
    arrays |= {f"x{i}_val": a for i, a in enumerate(x_val)} | {f"y{i}_val": a for i, a in enumerate(y_val)}
    described = {"validation": False, "weights": False, **fit}
    described["callbacks"] = [{"class_name": c, "arguments": a} for c, a in fit.pop("callbacks", [])]
    callbacks = [getattr(keras.callbacks, c["class_name"])(**c["arguments"]) for c in described["callbacks"]]
    if fit.pop("weights", False):
        arrays["sample_weight"] = distinct(generator("histories", name), (TRAIN,), 0.75) + np.float32(1.0)
    if fit.pop("validation", False):
        fit["validation_data"] = (one_or_list(x_val), one_or_list(y_val))
    history = model.fit(one_or_list(x), one_or_list(y), sample_weight=arrays.get("sample_weight"), shuffle=False,
                        verbose=0, callbacks=callbacks, **fit)
    arrays |= {f"w{i}_after": w for i, w in enumerate(model.get_weights())}
    evaluated = model.evaluate(one_or_list(x_val), one_or_list(y_val), batch_size=10, verbose=0, return_dict=True)
    described_losses = keras.saving.serialize_keras_object(losses)
    if isinstance(losses["loss"], keras.losses.Huber):  # Its get_config leaves `delta` out.
        described_losses["loss"]["config"]["delta"] = losses["loss"]._fn_kwargs["delta"]
    facts = {
        "keras": keras.__version__, "backend": keras.backend.backend(), "model": json.loads(model.to_json()),
        "compile": {**described_losses,
                    "optimizer": {"module": "keras.optimizers", "class_name": optimizer_name,
                                  "config": {**optimizer.get_config(), **optimizer_arguments},
                                  "registered_name": None}, **compile_arguments},
        "fit": described, "epochs": history.epoch, "history": plain(history.history),
        "evaluate": {key: float(value) for key, value in evaluated.items()},
        "iterations": int(keras.ops.convert_to_numpy(optimizer.iterations)),
        "learning_rate": float(keras.ops.convert_to_numpy(optimizer.learning_rate)),
    }
    return arrays, facts


def main(names):
    if keras.backend.backend() == "torch":
        import torch

        torch.set_num_threads(1)
    FOLDER.mkdir(exist_ok=True)
    for name in names:
        keras.backend.clear_session()
        arrays, facts = run(name)
        golden_io.write_npz(FOLDER / f"{name}.npz", arrays)
        golden_io.write_json(FOLDER / f"{name}.json", facts)
        print(f"{name}: {len(facts['epochs'])} epochs, {sorted(facts['history'])}")


if __name__ == "__main__":
    main(sys.argv[1:] or list(HISTORIES))
