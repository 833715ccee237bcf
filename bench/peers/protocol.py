"""What every peer has in common: arguments, files, the timing loop and the one JSON line.

    python -m peers.PEER MODEL --mode train|predict --batch-size N --threads N --seconds S [--variant V]
    [--json] python -m peers.PEER MODEL --mode train|predict --batch-size N --output Y.npy

The first form measures. A peer may offer several ways to do the same step ("variants"): all are tried briefly
and the fastest is measured; `--variant` skips the trial. The second form writes Keras-shaped results instead,
to show that the peers agree: the predictions for NAME.x.npy, or the losses of a few training steps on
NAME.data.npz in order.
"""

import argparse
import itertools
import json
import statistics
import time
from pathlib import Path

import numpy as np

CHECKED_STEPS = 8
WARM_UP_STEPS = 3
LEAST_STEPS = 5
LABEL_SETS = 61


class ModelFiles:
    """The files that models.py wrote beside NAME.keras."""

    def __init__(self, path):
        self.keras = Path(path)
        self.name = self.keras.stem
        self.onnx = self._beside(".onnx")
        self.facts = json.loads(self._beside(".json").read_text())

    def _beside(self, suffix):
        return self.keras.parent / (self.name + suffix)

    def weights(self):
        return np.load(self._beside(".weights.npz"))

    def data(self):
        with np.load(self._beside(".data.npz")) as arrays:
            return arrays["x"], arrays["y"]

    def check_inputs(self):
        return np.load(self._beside(".x.npy"))

    def inputs(self, batch_size):
        """One batch of inputs, repeated where the file holds fewer samples."""
        x, _ = self.data()
        return np.resize(x, (batch_size, *x.shape[1:]))

    def batches(self, batch_size):
        """The file's samples in order, in whole batches, as (x, y) pairs."""
        x, y = self.data()
        count = max(1, len(x) // batch_size)
        x = np.resize(x, (count, batch_size, *x.shape[1:]))
        return list(zip(x, np.resize(y, (count, batch_size))))

    def training_data(self, batch_size):
        """Lists of input batches and of label batches for an endless training run.

        The labels are drawn anew, and in a number that shares no factor with the inputs' count: a model that
        learned its batches by heart would run on vanishing gradients, which time differently.
        """
        rng = np.random.default_rng(0)
        labels = rng.integers(0, self.facts["classes"], (LABEL_SETS, batch_size), dtype="int32")
        return [x for x, _ in self.batches(batch_size)], list(labels)


class TrainingFeed:
    """Cycles through batches that already are the framework's own tensors."""

    def __init__(self, inputs, labels):
        self._pairs = zip(itertools.cycle(inputs), itertools.cycle(labels))

    def next(self):
        return next(self._pairs)


def peak_rss_mib():
    """The process's own peak; getrusage would count what its parent had before the exec."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("/proc/self/status has no VmHWM")


def time_steps(step, seconds):
    """Milliseconds of each step: warm-up first, then as many as fit, but never fewer than LEAST_STEPS."""
    for _ in range(WARM_UP_STEPS):
        step()
    clock = time.perf_counter
    times = []
    end = clock() + seconds
    while len(times) < LEAST_STEPS or clock() < end:
        begin = clock()
        step()
        times.append(clock() - begin)
    return [1e3 * seconds for seconds in times]


def choose_variant(variants, seconds):
    if len(variants) == 1:
        return next(iter(variants))
    trial = min(1.0, max(0.1, seconds / 4))
    return min(variants, key=lambda name: min(time_steps(variants[name](), trial)))


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("model", help="NAME.keras made by models.py, with its other files beside it")
    parser.add_argument("--mode", choices=("train", "predict"), required=True)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--variant", help="measure this way of doing the step, without a trial of all")
    parser.add_argument("--json", action="store_true", help="print one JSON line (else a readable one)")
    parser.add_argument("--output", help="write predictions or losses to this .npy file instead of measuring")
    return parser.parse_args()


def check(peer, files, args):
    if args.mode == "predict":
        return peer.predict(files.check_inputs())
    return np.array(
        peer.losses(itertools.islice(itertools.cycle(files.batches(args.batch_size)), CHECKED_STEPS))
    )


def measure(peer, files, args, load_ms):
    if args.mode == "predict":
        variants = peer.predict_variants(files.inputs(args.batch_size))
    else:
        variants = peer.train_variants(*files.training_data(args.batch_size))
    variant = args.variant or choose_variant(variants, args.seconds)
    times = time_steps(variants[variant](), args.seconds)
    median = statistics.median(times)
    return {
        "best_ms": min(times),
        "median_ms": median,
        "samples_per_second": 1e3 * args.batch_size / median,
        "peak_rss_mib": peak_rss_mib(),
        "load_ms": load_ms,
        "version": peer.version,
        "variant": variant,
    }


def main(make_peer):
    """Runs one peer. `make_peer(threads)` sets the framework up and returns an object with

    version                        what ran, for the report
    load(files)                    reads the model; its time is load_ms (imports are not part of it)
    predict(x), losses(batches)    results in Keras's shapes, for the check
    predict_variants(x)            {name: prepare}, where prepare() returns the step to time
    train_variants(inputs, labels) the same for a training step with Adam 1e-3
    """
    args = parse_arguments()
    files = ModelFiles(args.model)
    peer = make_peer(args.threads)
    begin = time.perf_counter()
    peer.load(files)
    load_ms = 1e3 * (time.perf_counter() - begin)
    if args.output:
        np.save(args.output, check(peer, files, args))
        return
    result = measure(peer, files, args, load_ms)
    if args.json:
        print(json.dumps(result))
    else:
        print(
            "  ".join(
                f"{key} {value:.4g}" if isinstance(value, float) else f"{key} {value}"
                for key, value in result.items()
            )
        )
