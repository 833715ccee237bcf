#!/usr/bin/env python3
"""Record Keras's regularizers (value, gradient) and constraints (projection): penalties.npz, penalties.json."""

import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import torch

import golden_io
from golden_io import distinct, generator

HERE = pathlib.Path(__file__).resolve().parent
KERNELS = [(4, 3), (3, 2, 2, 4), (5,)]
REGULARIZERS = [
    ("L1", {}, KERNELS), ("L1", {"l1": 0.3}, KERNELS), ("L2", {}, KERNELS), ("L2", {"l2": 0.2}, KERNELS),
    ("L1L2", {"l1": 0.1, "l2": 0.4}, KERNELS),
    ("OrthogonalRegularizer", {}, KERNELS[:1]),
    ("OrthogonalRegularizer", {"factor": 0.5, "mode": "columns"}, KERNELS[:1]),
]
CONSTRAINTS = [
    ("MaxNorm", {}, KERNELS), ("MaxNorm", {"max_value": 0.5}, KERNELS),
    ("MaxNorm", {"max_value": 0.6, "axis": [0, 1, 2]}, KERNELS[1:2]),
    ("MaxNorm", {"max_value": 0.6, "axis": 1}, KERNELS[:1]),
    ("MinMaxNorm", {"min_value": 0.4, "max_value": 0.8}, KERNELS),
    ("MinMaxNorm", {"min_value": 0.4, "max_value": 0.8, "rate": 0.3, "axis": 1}, KERNELS[:1]),
    ("NonNeg", {}, KERNELS), ("UnitNorm", {}, KERNELS), ("UnitNorm", {"axis": [0, 1, 2]}, KERNELS[1:2]),
]


def main():
    torch.set_num_threads(1)
    archive, cases = {}, {}
    for module, table in (("regularizers", REGULARIZERS), ("constraints", CONSTRAINTS)):
        for class_name, config, shapes in table:
            made = getattr(getattr(keras, module), class_name)(**config)
            for shape in shapes:
                setting = [f"{key}={value}".replace(" ", "") for key, value in config.items()]
                name = "-".join([class_name, *setting, "x".join(map(str, shape))])
                w = distinct(generator("penalties", name), shape, 1.0)
                tensor = torch.tensor(w, requires_grad=True)
                value = made(tensor)
                archive[f"{name}/w"] = w
                archive[f"{name}/value"] = value.detach().numpy()
                if module == "regularizers":
                    archive[f"{name}/dw"] = torch.autograd.grad(value, [tensor])[0].numpy()
                cases[name] = {"kind": module, "class_name": class_name, "config": made.get_config()}
    golden_io.write_npz(HERE / "penalties.npz", archive)
    golden_io.write_json(HERE / "penalties.json", {"keras": keras.__version__, "backend": "torch", "cases": cases})
    print(f"penalties: {len(cases)} cases")


if __name__ == "__main__":
    main()
