"""Files both ways between real Keras and this library: run.py TOOL keras|tf_keras [--seed S] [--count N] [model ...]

Every model of models.py, and N random ones of every kind of generated.py, in every format: Keras writes and C++ reads and predicts the same; C++ writes and Keras reads
and predicts the same; training goes on, two steps here and two there, as if Keras had made them all. What C++ says it
does not have is listed, and is no failure.
"""
import argparse
import importlib
import os
import random
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np

import generated
import make_files
import models


class Report:
    def __init__(self):
        self.passed, self.failed, self.missing = 0, [], {}
        self.started = None

    def starts(self, name):
        """Says what the one before took."""
        if self.started:
            before, passed, since = self.started
            print(f"{before}: {self.passed - passed} passed, {time.monotonic() - since:.0f} s", flush=True)
        self.started = (name, self.passed, time.monotonic()) if name else None

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

    def ends(self, label):
        """Says what all took, and ends the program: with 1 if anything failed."""
        self.starts(None)
        for what, why in self.missing.items():
            print(f"not supported: {os.path.basename(what)}: {why.splitlines()[-1]}")
        print(f"{label}: {self.passed} passed, {len(self.failed)} failed, {len(self.missing)} not supported")
        sys.exit(1 if self.failed else 0)


def close(got, want, rtol=1e-5):
    return len(got) == len(want) and all(
        a.shape == b.shape and np.allclose(a, b, rtol=rtol, atol=0.1 * rtol) for a, b in zip(got, want))


def arrays_of(path):
    with np.load(path) as arrays:
        return {key: arrays[key] for key in arrays}


def listed(arrays, prefix):
    out = []
    while f"{prefix}_{len(out)}" in arrays:
        out.append(arrays[f"{prefix}_{len(out)}"])
    return out


def keras_opens(keras, report, what, path, inputs, want):
    keras.backend.clear_session()  # as in a new process: names count from the start
    try:
        model = keras.models.load_model(path)
    except Exception as error:  # any failure of Keras is ours
        report.check(what, False, f"{type(error).__name__}: {str(error)[:600]}")
        return None
    got = make_files.predict(model, inputs)
    report.check(what, close(got, want), "other predictions")
    return model


def keras_loads(keras, report, what, name, architecture, weights, inputs, want):
    """Weights alone, into the model that Keras made, or into one from an architecture that we wrote."""
    try:
        if architecture:
            with open(architecture) as file:
                model = keras.models.model_from_json(file.read())
        else:
            model = models.build(name, keras)[0]
            model.set_weights([0 * w for w in model.get_weights()])
        model.load_weights(weights)
    except Exception as error:
        report.check(what, False, f"{type(error).__name__}: {str(error)[:600]}")
        return
    report.check(what, close(make_files.predict(model, inputs), want), "other predictions")


def check_reading(tool, report, stem):
    for ending in (".keras", ".h5"):
        if ending == ".h5" and not os.path.exists(stem + ending):
            continue
        report.run(tool, f"read {stem}{ending}", "predict", stem + ending, stem + ".npz")
    for weights in (".weights.h5", ".weights.json", "_only.h5"):
        if os.path.exists(stem + weights):
            report.run(tool, f"read {stem}.json{weights}", "predict", stem + ".json", stem + weights, stem + ".npz")


def is_pinned(keras):
    """Whether this version is the one of requirements.txt."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "requirements.txt")) as lines:
        return f"{keras.__name__}=={keras.__version__}" in lines.read().splitlines()


def reads_its_own(keras, path):
    """Old versions of Keras 3 do not read every graph that they write."""
    try:
        keras.models.load_model(path)
        return True
    except Exception:
        return False


def check_writing(keras, tool, report, name, stem, arrays, dialect):
    x, y = listed(arrays, "x"), listed(arrays, "y")
    ours = f"{stem}_{dialect}"
    for ending in (".keras", ".h5", ".json", ".weights.h5", ".weights.json"):
        out = ours + ending
        if ending == ".weights.json" and dialect == "keras2":
            continue
        if not report.run(tool, f"convert {stem} to {dialect}{ending}", "convert", stem + ".keras", out, dialect):
            continue
        if ending in (".keras", ".h5"):
            keras_opens(keras, report, f"keras opens {out}", out, x, y)
        elif ending == ".weights.h5":
            keras_loads(keras, report, f"keras loads {out}", name, None, out, x, y)
            if os.path.exists(ours + ".json"):
                keras_loads(keras, report, f"keras opens {ours}.json", name, ours + ".json", out, x, y)
        elif ending == ".weights.json" and make_files.shards(keras):
            keras_loads(keras, report, f"keras loads {out}", name, None, out, x, y)


def check_training(keras, tool, report, name, stem, arrays, dialect):
    inputs, targets = listed(arrays, "x"), listed(arrays, "t")
    for ending in (".keras", ".h5"):
        out = f"{stem}_went_on{ending}"
        if not report.run(tool, f"train {stem} to {ending}", "train", stem + ".keras", stem + ".npz", out, dialect):
            return
        model = keras_opens(keras, report, f"keras opens {out}", out, inputs, listed(arrays, "z"))
        # Keras 3 loses the optimizer's state of every .h5, its own too.
        if model is None or (ending == ".h5" and keras.__version__[0] == "3"):
            continue
        make_files.train(model, inputs, targets, 2)
        # The same six steps by Keras alone.
        alone, _ = models.build(name, keras)
        alone.compile(models.optimizer(name, keras), "mean_squared_error")
        make_files.train(alone, inputs, targets, 6)
        report.check(f"keras goes on with {out}",
                     close(make_files.predict(model, inputs), make_files.predict(alone, inputs)), "other predictions")


def check_legacy(tool, report, name, folder):
    """Keras 2's optimizers of before 2.11: their state goes on here."""
    stem = os.path.join(folder, name + "_legacy")
    for ending in (".keras", ".h5"):
        report.run(tool, f"read {stem}{ending}", "predict", stem + ending, stem + ".npz")
    report.run(tool, f"train {stem}.h5", "train", stem + ".h5", stem + ".npz", stem + "_out.keras")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tool")
    parser.add_argument("keras")
    parser.add_argument("models", nargs="*")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--count", type=int, default=2)
    arguments = parser.parse_args()
    tool, keras = os.path.abspath(arguments.tool), importlib.import_module(arguments.keras)
    names = arguments.models
    if not names:
        seed = random.SystemRandom().randrange(10**6) if arguments.seed is None else arguments.seed
        print(f"seed {seed}", flush=True)
        names = list(models.BUILDERS) + [f"{kind}:{seed + i}" for i in range(arguments.count) for kind in generated.KINDS]
    old = keras.__version__[0] == "2"
    own = "keras2" if old else "keras3"
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            report.starts(name)
            for trained in (False, True):
                try:
                    make_files.write(keras, name, folder, trained)
                except Exception as error:  # old versions of Keras have faults of many kinds; the pinned ones have none
                    if is_pinned(keras) and not isinstance(error, NotImplementedError):
                        raise
                    report.missing[name] = f"this Keras cannot make it: {type(error).__name__}: {str(error)[:200]}"
                    break
                stem = os.path.join(folder, name + ("_trained" if trained else ""))
                arrays = arrays_of(stem + ".npz")
                check_reading(tool, report, stem)
                if not reads_its_own(keras, stem + ".keras"):
                    report.missing[stem] = "Keras does not read what it wrote"
                    continue
                for dialect in (own, "portable"):
                    check_writing(keras, tool, report, name, stem, arrays, dialect)
                if trained:
                    check_training(keras, tool, report, name, stem, arrays, own)
            if old:
                make_files.write(keras, name, folder, True, legacy=True)
                check_legacy(tool, report, name, folder)
    report.ends(f"{arguments.keras} {keras.__version__}")


if __name__ == "__main__":
    main()
