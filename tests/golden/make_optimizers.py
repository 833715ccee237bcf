#!/usr/bin/env python3
"""Record what every Keras optimizer does to four weights with given gradients: optimizers.npz. Format: README.md."""

import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np

import golden_io

HERE = pathlib.Path(__file__).resolve().parent
STEPS = 6
SHAPES = {"dense/kernel": (4, 3), "dense/bias": (3,), "embedding/embeddings": (5, 2), "conv2d/kernel": (2, 2, 2, 3)}
COMMON = [
    {"weight_decay": 0.05},
    {"clipnorm": 0.7},
    {"clipvalue": 0.3},
    {"global_clipnorm": 1.1},
    {"use_ema": True, "ema_momentum": 0.8},
    {"use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 3},
    {"gradient_accumulation_steps": 2},
    {"gradient_accumulation_steps": 3, "use_ema": True, "ema_overwrite_frequency": 2, "global_clipnorm": 0.5},
    {"loss_scale_factor": 8.0},
    {"loss_scale_factor": 8.0, "clipnorm": 0.2, "weight_decay": 0.01},
]
SCHEDULE = {"learning_rate": ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 2, "decay_rate": 0.5})}
CASES = {
    "SGD": [{}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.02}, SCHEDULE,
            {**SCHEDULE, "gradient_accumulation_steps": 2}],
    "Adam": [{}, {"amsgrad": True}, {"beta_1": 0.7, "beta_2": 0.8, "epsilon": 1e-3}, SCHEDULE, *COMMON],
    "AdamW": [{}, {"weight_decay": 0.1, "amsgrad": True}],
    "Adamax": [{}, {"weight_decay": 0.1}],
    "Nadam": [{}, {"clipnorm": 0.5}],
    "RMSprop": [{}, {"momentum": 0.5}, {"centered": True}, {"momentum": 0.5, "centered": True, "weight_decay": 0.1}],
    "Adagrad": [{}, {"initial_accumulator_value": 0.5, "weight_decay": 0.1}],
    "Adadelta": [{}, {"rho": 0.7, "weight_decay": 0.1}],
    "Adafactor": [{}, {"relative_step": False, "weight_decay": 0.1}, {"clip_threshold": 0.5}],
    "Ftrl": [{}, {"l1_regularization_strength": 0.1, "l2_regularization_strength": 0.2, "beta": 0.3,
                  "l2_shrinkage_regularization_strength": 0.05, "learning_rate_power": -0.6, "weight_decay": 0.1}],
    "Lion": [{}, {"weight_decay": 0.1}],
    "Lamb": [{}, {"weight_decay": 0.1, "global_clipnorm": 0.5}],
    "Muon": [{}, {"nesterov": False, "rms_rate": None, "exclude_embeddings": False},
             {"exclude_layers": ["dens."], "adam_lr_ratio": 0.5}],
    "ScheduleFreeAdamW": [{}, {"warmup_steps": 4, "weight_decay": 0.1}],
}


def label(config):
    return ",".join(f"{k}={v[0] if isinstance(v, tuple) else v}" for k, v in config.items()) or "default"


def record(class_name, config, weights, gradients, arrays, case):
    arguments = {k: getattr(keras.optimizers.schedules, v[0])(**v[1]) if isinstance(v, tuple) else v
                 for k, v in config.items()}
    arguments.setdefault("learning_rate", 0.05)
    optimizer = getattr(keras.optimizers, class_name)(**arguments)
    variables = []
    for path, value in weights.items():
        with keras.name_scope(path.split("/")[0]):
            variables.append(keras.Variable(value, name=path.split("/")[1]))
    optimizer.build(variables)
    after = []
    for step in range(STEPS):
        optimizer.apply([keras.ops.convert_to_tensor(g[step]) for g in gradients.values()])
        if step in (0, STEPS - 1):
            after.append(np.concatenate([keras.ops.convert_to_numpy(v).ravel() for v in variables]))
    arrays[f"{case}/weights"] = np.stack(after)
    state = [keras.ops.convert_to_numpy(v) for v in optimizer.variables]
    arrays[f"{case}/state"] = np.concatenate([v.ravel().astype("float32") for v in state])
    return {"class_name": class_name, "config": optimizer.get_config(), "state_shapes": [list(v.shape) for v in state]}


def main():
    rng = golden_io.generator("optimizers")
    weights = {path: rng.normal(size=shape).astype("float32") for path, shape in SHAPES.items()}
    gradients = {path: (0.5 * rng.normal(size=(STEPS, *shape))).astype("float32") for path, shape in SHAPES.items()}
    arrays = {}
    for j, path in enumerate(SHAPES):
        arrays[f"w{j}"] = weights[path]
        arrays[f"g{j}"] = gradients[path]
    cases = {}
    for class_name, configs in CASES.items():
        for config in configs:
            case = f"{class_name}-{label(config)}"
            cases[case] = record(class_name, config, weights, gradients, arrays, case)
    golden_io.write_npz(HERE / "optimizers.npz", {k: np.asarray(v) for k, v in arrays.items()})
    golden_io.write_json(HERE / "optimizers.json", {"keras": keras.__version__, "backend": "torch", "steps": STEPS,
                                                    "weights": list(SHAPES), "cases": cases})
    print(f"optimizers: {len(cases)} cases")


if __name__ == "__main__":
    main()
