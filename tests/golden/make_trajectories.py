#!/usr/bin/env python3
"""Record how real Keras trains small models step by step: trajectories/<name>.npz and .json. Formats: README.md.

Usage: make_trajectories.py [name ...]        all by default
"""

import json
import os
import pathlib
import sys

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
from keras import optimizers

import golden_io
from trajectory_models import MODELS, SAMPLES, data_of, fill

FOLDER = pathlib.Path(__file__).resolve().parent / "trajectories"
BATCH, STEPS = 16, 20

# name of the optimizer variant -> (class, arguments)
OPTIMIZERS = {
    "sgd": ("SGD", {"learning_rate": 0.1}),
    "sgd_momentum": ("SGD", {"learning_rate": 0.05, "momentum": 0.9}),
    "sgd_nesterov": ("SGD", {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True}),
    "sgd_decay": ("SGD", {"learning_rate": 0.1, "weight_decay": 0.02}),
    "sgd_clipnorm": ("SGD", {"learning_rate": 0.2, "clipnorm": 0.1}),
    "sgd_global_clipnorm": ("SGD", {"learning_rate": 0.2, "global_clipnorm": 0.15}),
    "sgd_clipvalue": ("SGD", {"learning_rate": 0.2, "clipvalue": 0.03}),
    "sgd_ema": ("SGD", {"learning_rate": 0.1, "use_ema": True, "ema_momentum": 0.8}),
    "sgd_ema_overwrite": ("SGD", {"learning_rate": 0.1, "use_ema": True, "ema_momentum": 0.8,
                                  "ema_overwrite_frequency": 6}),
    "sgd_accumulation": ("SGD", {"learning_rate": 0.2, "gradient_accumulation_steps": 3}),
    "sgd_schedule": ("SGD", {"learning_rate": {"module": "keras.optimizers.schedules", "class_name": "ExponentialDecay",
                                               "config": {"initial_learning_rate": 0.2, "decay_steps": 5,
                                                          "decay_rate": 0.6}, "registered_name": None}}),
    "adam": ("Adam", {"learning_rate": 0.01}),
    "adam_betas": ("Adam", {"learning_rate": 0.02, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3}),
    "adam_amsgrad": ("Adam", {"learning_rate": 0.02, "amsgrad": True, "beta_2": 0.8}),
    "adam_clipnorm": ("Adam", {"learning_rate": 0.02, "clipnorm": 0.05, "epsilon": 1e-2}),
    "adam_global_clipnorm": ("Adam", {"learning_rate": 0.02, "global_clipnorm": 0.1, "epsilon": 1e-2}),
    "adam_clipvalue": ("Adam", {"learning_rate": 0.02, "clipvalue": 0.02, "epsilon": 1e-2}),
    "adam_decay": ("Adam", {"learning_rate": 0.02, "weight_decay": 0.1}),
    "adam_ema": ("Adam", {"learning_rate": 0.02, "use_ema": True, "ema_momentum": 0.9, "ema_overwrite_frequency": 7}),
    "adam_accumulation": ("Adam", {"learning_rate": 0.03, "gradient_accumulation_steps": 4, "clipnorm": 0.2}),
    "adam_accumulation_ema": ("Adam", {"learning_rate": 0.03, "gradient_accumulation_steps": 2, "use_ema": True}),
    "adam_schedule": ("Adam", {"learning_rate": {"module": "keras.optimizers.schedules", "class_name": "CosineDecay",
                                                 "config": {"initial_learning_rate": 0.03, "decay_steps": 15,
                                                            "alpha": 0.1}, "registered_name": None}}),
    "adamw": ("AdamW", {"learning_rate": 0.02}),
    "adamw_decay": ("AdamW", {"learning_rate": 0.02, "weight_decay": 0.2, "amsgrad": True}),
    "adamax": ("Adamax", {"learning_rate": 0.02}),
    "nadam": ("Nadam", {"learning_rate": 0.01}),
    "rmsprop": ("RMSprop", {"learning_rate": 0.01}),
    "rmsprop_momentum": ("RMSprop", {"learning_rate": 0.005, "momentum": 0.8, "rho": 0.8}),
    "rmsprop_centered": ("RMSprop", {"learning_rate": 0.005, "centered": True, "momentum": 0.5, "epsilon": 1e-3}),
    "adagrad": ("Adagrad", {"learning_rate": 0.1}),
    "adadelta": ("Adadelta", {"learning_rate": 1.0}),
    "ftrl": ("Ftrl", {"learning_rate": 0.1}),
    "ftrl_regularized": ("Ftrl", {"learning_rate": 0.1, "l1_regularization_strength": 0.01,
                                  "l2_regularization_strength": 0.02, "l2_shrinkage_regularization_strength": 0.03,
                                  "beta": 0.1}),
    "lamb": ("Lamb", {"learning_rate": 0.02}),
    "lion": ("Lion", {"learning_rate": 0.005}),
    "adafactor": ("Adafactor", {"learning_rate": 0.05}),
    "adafactor_absolute": ("Adafactor", {"learning_rate": 0.02, "relative_step": False}),
    "muon": ("Muon", {"learning_rate": 0.02}),
    "loss_scale": ("LossScaleOptimizer", {"inner_optimizer": {"module": "keras.optimizers", "class_name": "SGD",
                                                             "config": {"learning_rate": 0.1},
                                                             "registered_name": None},
                                          "initial_scale": 1024.0, "dynamic_growth_steps": 6}),
}
# Every optimizer on the first model, a few on each of the others.
FEW = ("sgd_nesterov", "adam", "rmsprop_momentum")
NAMES = [f"mlp-{o}" for o in OPTIMIZERS] + [f"{m}-{o}" for m in MODELS if m not in ("mlp", "scores_alone") for o in FEW]
NAMES += ["convnet-adamw", "functional-adam_global_clipnorm", "functional-sgd_accumulation", "frozen-adam_decay",
          "scores_alone-adam_decay"]


def make_optimizer(variant):
    class_name, arguments = OPTIMIZERS[variant]
    made = {key: keras.saving.deserialize_keras_object(value) if isinstance(value, dict) else value
            for key, value in arguments.items()}
    return getattr(optimizers, class_name)(**made)


def plain_optimizer(variant, optimizer):
    """The optimizer as every backend writes it (torch names modules of its own)."""
    return {"module": "keras.optimizers", "class_name": OPTIMIZERS[variant][0], "config": optimizer.get_config(),
            "registered_name": None}


def run(name):
    model_name, variant = name.split("-")
    model, compile_arguments = MODELS[model_name]()
    fill(model, model_name)
    optimizer = make_optimizer(variant)
    model.compile(optimizer=optimizer, **compile_arguments)
    inputs, targets = data_of(model_name)
    arrays = {f"x{i}": x for i, x in enumerate(inputs)} | {f"y{i}": y for i, y in enumerate(targets)}
    arrays |= {f"w{i}": w for i, w in enumerate(model.get_weights())}
    losses = []
    for step in range(STEPS):
        rows = slice(step * BATCH % SAMPLES, step * BATCH % SAMPLES + BATCH)
        model.reset_metrics()
        logs = model.train_on_batch(one_or_list([x[rows] for x in inputs]), one_or_list([y[rows] for y in targets]),
                                    return_dict=True)
        losses.append(float(logs["loss"]))
    arrays["loss"] = np.array(losses, dtype="float32")
    arrays |= {f"w{i}_after": w for i, w in enumerate(model.get_weights())}
    state = optimizer.variables  # The order of their creation, and of the .keras file.
    arrays |= {f"v{i}": keras.ops.convert_to_numpy(v) for i, v in enumerate(state)}
    arrays |= {f"p{i}": y for i, y in enumerate(as_list(model.predict_on_batch(one_or_list([x[:4] for x in inputs]))))}
    compiled = {**keras.saving.serialize_keras_object(compile_arguments),
                "optimizer": plain_optimizer(variant, optimizer)}
    if isinstance(model.loss, keras.losses.Huber):  # Its get_config leaves `delta` out.
        compiled["loss"]["config"]["delta"] = model.loss._fn_kwargs["delta"]
    facts = {
        "keras": keras.__version__, "backend": keras.backend.backend(), "batch_size": BATCH, "steps": STEPS,
        "model": json.loads(model.to_json()), "compile": compiled,
        "weights": [{"path": w.path, "shape": list(w.shape)} for w in model.weights],
        "optimizer_variables": [{"name": v.name, "shape": list(v.shape),
                                 "dtype": keras.backend.standardize_dtype(v.dtype)} for v in state],
    }
    if not all(np.all(np.isfinite(a)) for a in arrays.values()):
        raise AssertionError(f"{name} is not finite")
    return arrays, facts


def as_list(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def one_or_list(arrays):
    return arrays[0] if len(arrays) == 1 else arrays


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
        print(f"{name}: loss {arrays['loss'][0]:.4f} -> {arrays['loss'][-1]:.4f}, {len(facts['optimizer_variables'])} "
              "optimizer variables")


if __name__ == "__main__":
    main(sys.argv[1:] or NAMES)
