#!/usr/bin/env python3
"""Record every Keras learning rate schedule at steps 0..50: schedules.json. Format: README.md."""

import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras

import golden_io

HERE = pathlib.Path(__file__).resolve().parent
STEPS = 51
CASES = {
    "ExponentialDecay": [
        {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5},
        {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.9, "staircase": True},
    ],
    "InverseTimeDecay": [
        {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5},
        {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 2.0, "staircase": True},
    ],
    "PiecewiseConstantDecay": [
        {"boundaries": [5, 20, 40], "values": [0.1, 0.05, 0.02, 0.01]},
        {"boundaries": [3], "values": [1.0, 0.5]},
    ],
    "PolynomialDecay": [
        {"initial_learning_rate": 0.1, "decay_steps": 20},
        {"initial_learning_rate": 0.1, "decay_steps": 30, "end_learning_rate": 0.01, "power": 0.5},
        {"initial_learning_rate": 0.1, "decay_steps": 13, "end_learning_rate": 0.01, "power": 2.0, "cycle": True},
    ],
    "CosineDecay": [
        {"initial_learning_rate": 0.1, "decay_steps": 30},
        {"initial_learning_rate": 0.1, "decay_steps": 20, "alpha": 0.2},
        {"initial_learning_rate": 0.01, "decay_steps": 25, "warmup_target": 0.1, "warmup_steps": 8},
        {"initial_learning_rate": 0.0, "decay_steps": 25, "alpha": 0.1, "warmup_target": 0.2, "warmup_steps": 10},
    ],
    "CosineDecayRestarts": [
        {"initial_learning_rate": 0.1, "first_decay_steps": 8},
        {"initial_learning_rate": 0.1, "first_decay_steps": 7, "t_mul": 1.5, "m_mul": 0.8, "alpha": 0.1},
        {"initial_learning_rate": 0.1, "first_decay_steps": 12, "t_mul": 1.0, "m_mul": 0.5},
    ],
}


def main():
    cases = {}
    for class_name, configs in CASES.items():
        for index, config in enumerate(configs):
            schedule = getattr(keras.optimizers.schedules, class_name)(**config)
            values = [float(keras.ops.convert_to_numpy(schedule(step))) for step in range(STEPS)]
            cases[f"{class_name}-{index}"] = {"class_name": class_name, "config": schedule.get_config(),
                                              "values": values}
    golden_io.write_json(HERE / "schedules.json", {"keras": keras.__version__, "backend": "torch", "cases": cases})
    print(f"schedules: {len(cases)} cases")


if __name__ == "__main__":
    main()
