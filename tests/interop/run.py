"""Files both ways between real Keras and this library: run.py TOOL keras|tf_keras [model ...]

Every model of models.py in every format: Keras writes and C++ reads and predicts the same; C++ writes and Keras reads
and predicts the same; training goes on, two steps here and two there, as if Keras had made them all. What C++ says it
does not have is listed, and is no failure.
"""
import importlib
import os
import subprocess
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np

import make_files
import models

READ = {"3": (".keras", ".h5", ".json"), "2": (".keras", ".h5", ".json")}


class Report:
    def __init__(self):
        self.passed, self.failed, self.missing = 0, [], {}

    def run(self, tool, what, *arguments):
        """Whether the tool did it."""
        done = subprocess.run([tool, *arguments], capture_output=True, text=True)
        if done.returncode == 3:
            self.missing[what] = done.stdout.strip()
        else:
            self.check(what, done.returncode == 0, (done.stdout + done.stderr).strip())
        return done.returncode == 0

    def check(self, what, good, why=""):
        if good:
            self.passed += 1
        else:
            self.failed.append(what)
            print(f"FAILED {what}: {why}", flush=True)


def close(got, want):
    return len(got) == len(want) and all(
        a.shape == b.shape and np.allclose(a, b, rtol=1e-5, atol=1e-6) for a, b in zip(got, want))


def arrays_of(path):
    with np.load(path) as arrays:
        return {key: arrays[key] for key in arrays}


def listed(arrays, prefix):
    out = []
    while f"{prefix}_{len(out)}" in arrays:
        out.append(arrays[f"{prefix}_{len(out)}"])
    return out


def keras_opens(keras, report, what, path, inputs, want):
    try:
        model = keras.models.load_model(path)
    except Exception as error:  # any failure of Keras is ours
        report.check(what, False, f"{type(error).__name__}: {str(error)[:600]}")
        return None
    got = make_files.predict(model, inputs)
    report.check(what, close(got, want), "other predictions")
    return model


def check_reading(tool, report, stem, arrays, version):
    for ending in READ[version]:
        what = f"read {stem}{ending}"
        if ending == ".json":
            for weights in (".weights.h5", ".weights.json"):
                if os.path.exists(stem + weights):
                    report.run(tool, what + weights, "predict", stem + ending, stem + weights, stem + ".npz")
        else:
            report.run(tool, what, "predict", stem + ending, stem + ".npz")


def check_writing(keras, tool, report, stem, arrays):
    for ending in (".keras", ".h5"):
        out = stem + "_ours" + ending
        if report.run(tool, f"convert {stem}{ending}", "convert", stem + ".keras", out):
            keras_opens(keras, report, f"keras opens {out}", out, listed(arrays, "x"), listed(arrays, "y"))


def check_training(keras, tool, report, name, stem, arrays):
    inputs, targets = listed(arrays, "x"), listed(arrays, "t")
    out = stem + "_went_on.keras"
    if not report.run(tool, f"train {stem}", "train", stem + ".keras", stem + ".npz", out):
        return
    model = keras_opens(keras, report, f"keras opens {out}", out, inputs, listed(arrays, "z"))
    if model is None:
        return
    make_files.train(model, inputs, targets, 2)
    # The same six steps by Keras alone.
    alone, _ = models.build(name, keras)
    alone.compile(keras.optimizers.Adam(0.01), "mean_squared_error")
    make_files.train(alone, inputs, targets, 6)
    report.check(f"keras goes on with {out}",
                 close(make_files.predict(model, inputs), make_files.predict(alone, inputs)), "other predictions")


def main():
    tool, keras = os.path.abspath(sys.argv[1]), importlib.import_module(sys.argv[2])
    names = sys.argv[3:] or list(models.BUILDERS)
    version = keras.__version__[0]
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            for trained in (False, True):
                make_files.write(keras, name, folder, trained)
                stem = os.path.join(folder, name + ("_trained" if trained else ""))
                arrays = arrays_of(stem + ".npz")
                check_reading(tool, report, stem, arrays, version)
                if version == "3":
                    check_writing(keras, tool, report, stem, arrays)
                    if trained:
                        check_training(keras, tool, report, name, stem, arrays)
    for what, why in report.missing.items():
        print(f"not supported yet: {os.path.basename(what)}: {why.splitlines()[-1]}")
    print(f"{sys.argv[2]} {keras.__version__}: {report.passed} passed, {len(report.failed)} failed, "
          f"{len(report.missing)} not supported yet")
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
