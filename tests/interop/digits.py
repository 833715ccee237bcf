"""The demo's model between real Keras and this library: digits.py RHYTON OUT, after `./demo`.

Keras opens the digits.keras that C++ trained and predicts the same to 1e-5; then it writes the model with other weights,
and C++ opens that. Any backend will do; numpy's needs nothing else.
"""
import os
import subprocess
import sys
import tempfile

os.environ.setdefault("KERAS_BACKEND", "numpy")
import keras
import numpy as np

TOLERANCE = 1e-5


def close(what, got, want):
    worst = float(np.abs(got - want).max())
    print(f"{what}: largest difference {worst:.2g}")
    return got.shape == want.shape and worst <= TOLERANCE


def keras_opens(out):
    model = keras.models.load_model(f"{out}/digits.keras")
    x = np.load(f"{out}/x_val.npy")
    assert model.compiled
    return model, x, close("Keras opens what C++ wrote", model.predict(x, verbose=0), np.load(f"{out}/y_val.npy"))


def rhyton_opens(rhyton, model, x):
    """Other weights than those that C++ knows already."""
    rng = np.random.default_rng(3)
    model.set_weights([w + 0.05 * rng.standard_normal(w.shape).astype(w.dtype) for w in model.get_weights()])
    with tempfile.TemporaryDirectory() as folder:
        model.save(f"{folder}/model.keras")
        np.save(f"{folder}/x.npy", x)
        np.save(f"{folder}/y.npy", model.predict(x, verbose=0))
        command = [rhyton, "verify", "model.keras", "--input", "x.npy", "--expected", "y.npy", "--atol", str(TOLERANCE)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        print("C++ opens what Keras wrote:", (done.stdout + done.stderr).strip())
        return done.returncode == 0


def main():
    rhyton, out = os.path.abspath(sys.argv[1]), sys.argv[2]
    print(f"Keras {keras.__version__} on {keras.backend.backend()}")
    model, x, read = keras_opens(out)
    written = rhyton_opens(rhyton, model, x)
    sys.exit(not (read and written))


main()
