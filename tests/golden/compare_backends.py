#!/usr/bin/env python3
"""Hold the golden files of the layers against another backend of Keras, to keep its bugs out of them.

Usage: KERAS_BACKEND=tensorflow compare_backends.py [layer ...]

Prints every array that differs by more than float32 rounding explains. What is known to differ, and why the golden
files hold the other backend's answer: a channels_first convolution with bias on TensorFlow (the bias goes to the wrong
axis when the last size equals the filters). AdaptiveMaxPooling to size 1 ends the TensorFlow process: it is left out.
"""

import json
import pathlib
import sys
import warnings

import numpy as np

import golden_io
from case_runner import run_case

HERE = pathlib.Path(__file__).resolve().parent
CASES = HERE.parent / "cases"


def differences(recorded, found):
    for key, value in found.items():
        expected = recorded.get(key)
        if expected is None or expected.shape != value.shape:
            yield f"{key}: shape {value.shape}, recorded {None if expected is None else expected.shape}"
        elif value.dtype.kind == "f":
            scale = max(1.0, float(np.abs(expected).max(initial=0)))
            if not np.allclose(value, expected, rtol=2e-5, atol=2e-6 * scale):
                yield f"{key}: off by {np.abs(value - expected).max():.3g}, largest {scale:.3g}"
        elif not np.array_equal(value, expected):
            yield f"{key}: differs"


def compare(stem):
    spec = json.loads((CASES / f"{stem}.json").read_text())
    archive = HERE / f"{stem}.npz"
    recorded = golden_io.read_npz(archive) if archive.exists() else {}
    count = 0
    for case in spec["cases"]:
        if not case.get("inputs"):
            continue
        count += 1
        try:
            found, _ = run_case(stem, spec["layer"], case)
        except Exception as error:
            print(f"{stem}/{case['name']}: {type(error).__name__}: {str(error).splitlines()[0]}")
            continue
        for line in differences(recorded, found):
            print(f"{stem}/{line}")
    return count


def main(stems):
    warnings.simplefilter("ignore")
    stems = stems or sorted(p.stem for p in CASES.glob("*.json") if not p.stem.startswith("adaptive_max"))
    print(f"{sum(compare(stem) for stem in stems)} cases compared")


if __name__ == "__main__":
    main(sys.argv[1:])
