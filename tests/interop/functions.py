"""Functions of TensorFlow in graphs of Keras 2, file by file: functions.py TOOL [name ...]

tf_keras writes a small model of every case of ../golden/make_keras2_operations.py and keras2_function_cases.py, and those of
function_models.py; C++ writes it for Keras 3 and again for Keras 2, and these open it and predict the same.
"""
import os
import pathlib
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "golden"))
import numpy as np
import keras
import tf_keras

import function_models
import keras2_function_cases
import make_files
import make_keras2_operations as recorded
from run import Report


def close(got, want):
    return len(got) == len(want) and all(
        a.shape == b.shape and np.allclose(a.astype("float64"), b.astype("float64"), rtol=1e-4, atol=1e-5, equal_nan=True)
        for a, b in zip(got, want))


def check(report, tool, name, function, specs, folder):
    tf_keras.backend.clear_session()
    rng = recorded.generator("keras2 functions", name)
    x, model = recorded.build(function, specs, rng)
    want = make_files.predict(model, x)
    for ending in (".keras", ".h5"):
        try:
            model.save(os.path.join(folder, name + ending))
        except TypeError as error:  # tf_keras cannot write x[..., 1]
            report.missing[name + ending] = str(error)
    for source, dialect, ending, reader in ((".keras", "keras3", ".keras", keras), (".h5", "keras3", ".keras", keras),
                                            (".keras", "keras2", ".keras", tf_keras), (".keras", "keras2", ".h5", tf_keras)):
        what = f"{name}{source} as {dialect}{ending}"
        out = os.path.join(folder, f"{name}_{source[1:]}_{dialect}{ending}")
        if not os.path.exists(os.path.join(folder, name + source)):
            continue
        if not report.run(tool, what, "convert", os.path.join(folder, name + source), out, dialect):
            continue
        reader.backend.clear_session()
        try:
            got = make_files.predict(reader.models.load_model(out), x)
        except Exception as error:
            report.check(what, False, f"{type(error).__name__}: {str(error)[-600:]}")
            continue
        report.check(what, close(got, want), "other predictions")


def main():
    tool = os.path.abspath(sys.argv[1])
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        for name, (function, specs) in (recorded.cases() | keras2_function_cases.cases() | function_models.cases()).items():
            if len(sys.argv) < 3 or name in sys.argv[2:]:
                check(report, tool, name, function, specs, folder)
    report.ends("functions")


if __name__ == "__main__":
    main()
