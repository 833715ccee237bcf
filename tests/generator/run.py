"""Random Keras models against the program `rhyton`: predictions, one step of training, and the saved file read back.

    KERAS_BACKEND=torch python run.py ../../build/rhyton --count 200 [--seed 1] [--only 17] [--keep failures]
"""

import argparse
import os
import random
import re
import shutil
import sys
import tempfile
import time
import traceback
import warnings

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
warnings.filterwarnings("ignore")

import keras  # noqa: E402

from check import check, data  # noqa: E402
from chance import Chance  # noqa: E402
from compose import Refused, compose  # noqa: E402
from one_layer import CASES, compose_layer  # noqa: E402


def make(seed, index, folder, plain, layers):
    """Makes and checks one model. Returns "ok", "skipped", or what is wrong with it."""
    keras.backend.clear_session()
    if keras.backend.backend() == "jax":
        import jax

        jax.clear_caches()  # else it keeps what it compiled for every model
    keras.utils.set_random_seed(seed * 1000 + index)
    c = Chance(seed, index)
    c.plain = plain
    if not layers:
        c.choose_kind()
    keras.config.set_dtype_policy(c.policy)
    try:
        if layers:
            model, xs = compose_layer(c, layers[index % len(layers)])
        else:
            model, shapes = compose(c)
            xs = data(c, model, shapes)
    except Refused:
        return "skipped"
    except Exception as error:
        return "skipped: " + str(error).strip()[-300:]
    return check(c, model, xs, folder)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--only", type=int, help="the number of one model")
    parser.add_argument("--layers", nargs="?", const=",".join(CASES), default="", metavar="NAME,...",
                        help="models of one layer, each layer in turn with random arguments (of these alone)")
    parser.add_argument("--plain", action="store_true", help="layers only, no functions of keras.ops")
    parser.add_argument("--verbose", action="store_true", help="also why models were skipped")
    parser.add_argument("--keep", default="failures", help="where files of failing models go")
    arguments = parser.parse_args()
    if keras.backend.backend() == "torch":
        import torch

        torch.set_num_threads(1)
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(10**6)
    os.environ["RHYTON"] = os.path.abspath(arguments.program)
    print(f"seed {seed}", flush=True)
    layers = [name for name in arguments.layers.split(",") if name]
    numbers = [arguments.only] if arguments.only is not None else range(arguments.count)
    good = skipped = 0
    bad, missing = [], {}
    start = time.time()
    for index in numbers:
        folder = tempfile.mkdtemp(prefix="model")
        try:
            answer = make(seed, index, folder, arguments.plain, layers)
        except Exception:
            answer = "the generator itself: " + traceback.format_exc()[-1500:]
        if answer == "ok":
            good += 1
        elif answer.startswith("skipped"):
            skipped += 1
            if arguments.only is not None or arguments.verbose:
                print(index, answer)
        elif absent := re.findall(r"the operation (\w+) |(?:- |: )(\w+) layer '[^']*': this class is not known|Unknown layer: '(\w+)'", answer):
            for name in {"".join(found) for found in absent}:
                missing.setdefault(name, []).append(index)
        else:
            bad.append(index)
            kept = os.path.join(arguments.keep, f"{seed}-{index}")
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(folder, kept)
            with open(os.path.join(kept, "reason.txt"), "w") as f:
                f.write(answer + "\n")
            of = layers[index % len(layers)] + " " if layers else ""
            print(f"--- {of}model {index} (again: run.py {arguments.program} --seed {seed} --only {index}; files: {kept})\n{answer}",
                  flush=True)
        shutil.rmtree(folder, ignore_errors=True)
    if missing:
        print("classes that are not there:", ", ".join(f"{name} {where[:3]}" for name, where in sorted(missing.items())))
    print(f"seed {seed}: {good} agree, {len(bad)} do not {bad}, {skipped} Keras did not take; {time.time() - start:.0f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
