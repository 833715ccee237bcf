"""One model through the program: predictions, a step of training, the file that the program writes."""

import json
import os
import subprocess

import keras
import numpy as np

from compose import numbers
from training import as_input, compile_model


def run(*arguments):
    done = subprocess.run([os.environ["RHYTON"], *arguments], capture_output=True, text=True, timeout=120)
    return done.returncode, (done.stdout + done.stderr).strip()


def flat(values):
    return [np.asarray(keras.ops.convert_to_numpy(v)) for v in keras.tree.flatten(values)]


def renew(model):
    """Zeros in the states that stateful layers carry from call to call."""
    for layer in model._flatten_layers():
        if getattr(layer, "stateful", False):
            layer.reset_state()


def predicted(model, xs):
    renew(model)
    fixed = model.inputs[0].shape[0]
    if fixed and fixed < len(xs[0]):  # states go from batch to batch, which they do not in `predict` on JAX
        parts = [flat(model(as_input(model, [x[at:at + fixed] for x in xs]), training=False)) for at in range(0, len(xs[0]), fixed)]
        values = [np.concatenate(part) for part in zip(*parts)]
    else:
        values = flat(model.predict_on_batch(as_input(model, xs)))
    renew(model)
    return [np.asarray(v, "float32") if "float" in str(v.dtype) else v for v in values]


def apart(actual, expected, scale, loose=1.0):
    """The worst difference in tolerances: relative 1e-5 of the largest number, absolute 1e-6, and what rounding of the inputs
    alone changes (`scale`)."""
    if actual.shape != expected.shape:
        return f"shape {actual.shape}, expected {expected.shape}"
    if actual.size == 0:
        return None
    tolerance = loose * (1e-6 + 2e-5 * max(1e-3, float(np.max(np.abs(expected))))) + 20 * scale
    difference = np.abs(actual.astype("float64") - expected.astype("float64"))
    if not np.all(np.isfinite(actual)):
        return "not finite"
    if np.max(difference) > tolerance:
        at = np.unravel_index(np.argmax(difference), difference.shape)
        return f"at {tuple(int(i) for i in at)} {actual[at]:.8g}, expected {expected[at]:.8g} (apart {np.max(difference):.2e}, allowed {tolerance:.2e})"
    return None


def nudged(c, xs):
    """The inputs, wrong by a few of their last digits."""
    return [x if x.dtype.kind != "f" else (x * (1 + c.rng.uniform(-3e-7, 3e-7, x.shape))).astype("float32") for x in xs]


def nudge_weights(c, model):
    """The same of the weights: whole inputs have no last digits, and ties are decided by rounding."""
    for w in model.trainable_weights:
        value = flat(w)[0]
        w.assign((value * (1 + c.rng.uniform(-3e-7, 3e-7, value.shape))).astype(value.dtype))


def bytes_apart(a, b):
    return [float(np.max(np.abs(x - y))) if x.size else 0.0 for x, y in zip(a, b)]


# Half precision in Keras is single precision here: what its rounding of every layer leaves, in tolerances.
HALF = {"mixed_float16": 2e3, "mixed_bfloat16": 5e3}


def moments_of_whole(model, xs):
    """Whether an operation takes moments of whole numbers: on TensorFlow these are rounded to whole numbers, on JAX not."""
    if keras.backend.backend() != "tensorflow":
        return False
    found = [o for o in model.operations if o.__class__.__name__ == "Moments"]
    return any(flat(keras.Model(model.inputs, o.input)(as_input(model, xs)))[0].dtype.kind != "f" for o in found)


def write_arrays(folder, prefix, arrays):
    paths = []
    for i, x in enumerate(arrays):
        paths.append(os.path.join(folder, f"{prefix}{i}.npy"))
        np.save(paths[-1], x)
    return paths


def predict(c, model, path, xs, folder):
    expected = predicted(model, xs)
    if not all(np.all(np.isfinite(y)) and (y.size == 0 or np.max(np.abs(y)) < 1e5) for y in expected):
        return "skipped: numbers too large"
    scale = bytes_apart(predicted(model, nudged(c, xs)), expected)
    inputs = []
    for p in write_arrays(folder, "x", xs):
        inputs += ["--input", p]
    several = len(expected) > 1
    out = os.path.join(folder, "out.npz" if several else "out.npy")
    code, text = run("predict", path, *inputs, "--output", out, "--batch-size", str(c.fixed or c.int(1, 8)), "--threads", str(c.int(1, 2)))
    if code != 0:
        return f"predict: {text}"
    with np.load(out) if several else open(out, "rb") as f:
        actual = [f[f"output_{i}"] for i in range(len(expected))] if several else [np.load(f)]
    np.savez(os.path.join(folder, "expected.npz"), *expected)
    for i, (a, e) in enumerate(zip(actual, expected)):
        if wrong := apart(a, e, scale[i], HALF.get(c.policy, 1.0)):
            return "skipped: moments of whole numbers" if moments_of_whole(model, xs) else f"predict: output {i}: {wrong}"
    return other_formats(c, model, inputs, actual, out, folder) if c.p(0.3) else None


def other_formats(c, model, inputs, expected, out, folder):
    """The same numbers from Keras's other files."""
    twin = keras.models.clone_model(model)
    twin.set_weights(model.get_weights())
    weights, text, whole = (os.path.join(folder, name) for name in ("m.weights.h5", "m.json", "m.h5"))
    twin.save_weights(weights)
    with open(text, "w") as f:
        f.write(twin.to_json())
    files = [[text, "--weights", weights]]
    try:
        twin.save(whole)
        keras.models.load_model(whole, compile=False)
        files.append([whole])
    except Exception:  # Keras cannot write every model as HDF5, nor read all that it writes (operations)
        pass
    for arguments in files:
        code, answer = run("predict", *arguments, *inputs, "--output", out)
        name = os.path.basename(arguments[0])
        if code != 0:
            return f"predict {name}: {answer}"
        with np.load(out) if out.endswith(".npz") else open(out, "rb") as f:
            actual = [f[f"output_{i}"] for i in range(len(expected))] if out.endswith(".npz") else [np.load(f)]
        for i, (a, e) in enumerate(zip(actual, expected)):
            if wrong := apart(a, e, 0.0):
                return f"predict {name}: output {i}: {wrong}"
    return None


def targets_of(model, ys):
    structure = getattr(model, "_outputs_struct", None)
    return dict(zip(sorted(structure), ys)) if isinstance(structure, dict) else ys if len(ys) > 1 else ys[0]


def spread(model, weight, ys):
    """The weights of the samples, for every output."""
    return None if weight is None else targets_of(model, [weight] * len(ys))


def step_tensorflow(model, xs, ys, weight):
    """A step with whole gradients. Those of embeddings come as slices there: optimizers then take the square of each slice and
    leave the rows of other words as they are, which no other backend does."""
    import tensorflow as tf

    with tf.GradientTape() as tape:
        y_pred = model(as_input(model, xs), training=True)
        loss = model.compute_loss(as_input(model, xs), targets_of(model, ys), y_pred, sample_weight=weight, training=True)
        scaled = model.optimizer.scale_loss(loss)
    found = tape.gradient(scaled, [v.value for v in model.trainable_weights])
    found = [None if g is None else tf.convert_to_tensor(g) for g in found]
    model.optimizer.build(model.trainable_weights)
    model.optimizer.apply(found, model.trainable_weights)
    return float(loss), [None if g is None else flat(g)[0] for g in found]


def step_torch(model, xs, ys, weight):
    loss = model.train_on_batch(as_input(model, xs), targets_of(model, ys), sample_weight=weight, return_dict=True)["loss"]
    return float(loss), [None if v.value.grad is None else flat(v.value.grad)[0] for v in model.trainable_weights]


def step_jax(model, xs, ys, weight):
    import jax

    model.optimizer.build(model.trainable_variables)

    def loss_of(trainable):
        state = ([v.value for v in model.non_trainable_variables], [v.value for v in model.metrics_variables])
        return model.compute_loss_and_updates(trainable, *state, as_input(model, xs), targets_of(model, ys), weight, training=True,
                                              optimizer_variables=[v.value for v in model.optimizer.variables])

    found, (unscaled, _, non_trainable, _) = jax.grad(loss_of, has_aux=True)([v.value for v in model.trainable_variables])
    for v, value in zip(model.non_trainable_variables, non_trainable):
        v.assign(value)
    model.optimizer.apply(found, model.trainable_variables)
    return float(unscaled), flat(found)


def step(model, xs, ys, weight):
    renew(model)
    steps = {"tensorflow": step_tensorflow, "torch": step_torch, "jax": step_jax}
    loss, gradients = steps[keras.backend.backend()](model, xs, ys, spread(model, weight, ys))
    model.optimizer.finalize_variable_values(model.trainable_weights)  # as `fit` does at its end
    scale = model.optimizer.loss_scale_factor or 1.0
    return loss, flat(model.weights), [None if g is None else g / scale for g in gradients]


def train(c, model, path, xs, ys, folder):
    weight = c.rng.uniform(0.2, 2.0, len(xs[0])).astype("float32") if c.p(0.2) else None
    weights = {} if weight is None else {"sample_weight": weight}
    again, fresh = keras.models.load_model(path), keras.models.load_model(path)
    batch = c.fixed or 4
    told = keras.models.load_model(path).evaluate(as_input(model, xs), targets_of(model, ys), batch_size=batch, verbose=0, return_dict=True,
                                                  sample_weight=spread(model, weight, ys))
    loss, expected, gradients = step(model, xs, ys, weight)
    if not np.isfinite(loss) or abs(loss) > 1e5 or not all(np.all(np.isfinite(w)) for w in expected):
        return "skipped: numbers too large"
    nudge_weights(c, again)
    nudged_loss, moved, nudged_gradients = step(again, nudged(c, xs), ys, weight)
    scale = bytes_apart(moved, expected)

    def key(name, i, values):
        return name if len(values) == 1 else f"{name}_{i}"

    data = os.path.join(folder, "data.npz")
    np.savez(data, **weights, **{key("x", i, xs): x for i, x in enumerate(xs)}, **{key("y", i, ys): y for i, y in enumerate(ys)})
    code, text = run("evaluate", path, "--data", data, "--batch-size", str(batch), "--json")
    if code != 0:
        return f"evaluate: {text}"
    if wrong := compare_results(json.loads(text), told, len(xs[0]) % batch == 0 or len(xs[0]) < batch):
        return f"evaluate: {wrong}"
    saved, history = os.path.join(folder, "trained.keras"), os.path.join(folder, "history.json")
    code, text = run("train", path, "--data", data, "--epochs", "1", "--batch-size", str(len(xs[0])), "--no-shuffle", "--quiet",
                     "--save", saved, "--history", history)
    if code != 0 and "MelSpectrogram" in text and "has no backward" in text:
        return "skipped: MelSpectrogram behind trainable weights is refused"
    if code != 0:
        return f"train: {text}"
    try:
        read = keras.models.load_model(saved)
    except Exception as error:
        return f"Keras cannot read the trained file: ...{str(error).strip()[-700:]}"
    if c.noise:
        return None
    with open(history) as f:
        told = json.load(f)
    actual_loss = find_loss(told)
    if abs(actual_loss - loss) > 1e-6 + 3e-5 * abs(loss) + 20 * abs(nudged_loss - loss):
        return f"train: loss {actual_loss:.8g}, expected {loss:.8g}"
    if [w.shape for w in read.weights] != [w.shape for w in model.weights]:
        return "train: weights of the file read back have other shapes"
    return compare_weights(model, read, fresh, xs, ys, expected, gradients, nudged_gradients, scale)


def compare_results(actual, expected, even):
    if sorted(actual) != sorted(expected):
        return f"names {sorted(actual)}, expected {sorted(expected)}"
    for name, value in expected.items():
        if name.endswith("_loss") and not even and keras.backend.backend() == "tensorflow":
            continue  # there batches of all sizes count alike in the losses of single outputs
        if abs(actual[name] - float(value)) > 1e-5 + 5e-5 * abs(float(value)):
            return f"{name} {actual[name]:.8g}, expected {float(value):.8g}"
    return None


def find_loss(history):
    return float(history["step"]["loss"][0])


def trustworthy(model, path, gradient, difference, xs, ys):
    """Whether differences of the loss confirm the gradient where the two disagree most."""
    w = next(w for w in model.trainable_weights if w.path == path)
    at = np.unravel_index(np.argmax(difference), difference.shape)
    start, losses = flat(w)[0].copy(), []
    for move in (5e-3, -5e-3):
        value = start.copy()
        value[at] += move
        w.assign(value)
        y_pred = model(as_input(model, xs), training=True)
        losses.append(float(flat(model.compute_loss(as_input(model, xs), targets_of(model, ys), y_pred, training=True))[0]))
    w.assign(start)
    slope = (losses[0] - losses[1]) / 1e-2
    return abs(slope - gradient[at]) < 0.1 * abs(gradient[at]) + 1e-3 * max(1.0, abs(losses[0]))


def compare_weights(model, read, again, xs, ys, expected, gradients, nudged_gradients, scale):
    adaptive = model.optimizer.__class__.__name__ != "SGD"
    trainable = {id(w): g for w, g in zip(model.trainable_weights, zip(gradients, nudged_gradients))}
    largest = max([float(np.max(np.abs(g))) for g in gradients if g is not None and g.size] or [1.0])
    states = {id(w) for layer in model._flatten_layers() if getattr(layer, "stateful", False) for w in layer.non_trainable_weights}
    for i, (w, value) in enumerate(zip(model.weights, flat(read.weights))):
        if id(w) in states:
            continue  # not in files
        want = expected[i]
        gradient, other = trainable.get(id(w), (None, None))
        if adaptive and gradient is not None and gradient.size and np.max(np.abs(gradient)) < 1e-4 * largest + 1e-5:
            continue
        if adaptive and gradient is not None:  # the sign of a rounding error is worth a whole step there
            ignored = np.abs(gradient) < 1e-5 * largest + 3e-3 * np.max(np.abs(gradient)) + 100 * np.abs(gradient - other) + 1e-7
            if w.constraint is not None and np.any(ignored):
                continue  # its norms mix these numbers with the others
            value = np.where(ignored, want, value)
        mixes = model.optimizer.__class__.__name__ in ("Adafactor", "Lamb")  # sizes of whole weights
        if wrong := apart(value, want, scale[i] if not adaptive else 5e-4 if mixes else min(scale[i], 1e-4)):
            if gradient is not None and not trustworthy(again, w.path, gradient, np.abs(value - want), xs, ys):
                return f"skipped: Keras's own gradient of {w.path} is not what differences of the loss give"
            return f"train ({model.optimizer.__class__.__name__}): weight {w.path}: {wrong}"
    for a, e in zip(read.optimizer.variables, model.optimizer.variables):
        if tuple(a.shape) != tuple(e.shape):
            return f"train: optimizer variable {e.path}: shape {a.shape}, expected {e.shape}"
    return None


def data(c, model, shapes):
    batch = c.fixed or (1 if c.p(0.1) else c.int(3, 7))
    if c.fixed and c.p(0.4):
        batch *= 2
    return [numbers(c, t, s, batch) for t, s in zip(model.inputs, shapes)]


def check(c, model, xs, folder):
    path = os.path.join(folder, "model.keras")
    try:
        made = predicted(model, xs)
        trains = bool(model.trainable_weights) and any(y.dtype.kind == "f" for y in made) and all(y.dtype.kind in "fiu" for y in made)
        trains = trains and c.policy in ("float32", "float64") and (not c.fixed or len(xs[0]) == c.fixed)
        ys = compile_model(c, model, xs) if trains else None
        model.save(path)
        reloaded = keras.models.load_model(path)
        for w, r in zip(flat(model.weights), flat(reloaded.weights)):
            if w.shape != r.shape or not np.array_equal(w, r):
                return "skipped: Keras does not read its own file"
        first = predicted(model, xs)
        if any(not np.allclose(a, b, atol=1e-4, equal_nan=True) for a, b in zip(first, predicted(reloaded, xs))):
            return "skipped: Keras does not read its own file"
    except Exception as error:
        return "skipped: " + str(error).strip()[-300:]
    wrong = predict(c, model, path, xs, folder)
    if wrong or not trains:
        return wrong or "ok"
    try:
        wrong = train(c, model, path, xs, ys, folder)
    except Exception as error:
        return "skipped: training in Keras: " + str(error).strip()[-300:]
    return wrong or "ok"
