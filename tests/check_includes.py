#!/usr/bin/env python3
"""Fails on an include that points against the arrows of the source tree, or that lets an engine's types out.

    tensor <- kernels <- layer <- graph <- training <- models, then nn <- layers <- serialization <- cli, tests, examples
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.MULTILINE)

# A file may include its own level and those below it.
LEVELS = [
    ("nn/error.hpp", "nn/raise"),
    ("nn/tensor/",),
    ("nn/kernels/", "nn/rng"),
    # What a layer is made of: nn/*.hpp and the families beside it.
    ("nn/activations/", "nn/initializers/", "nn/regularizers/", "nn/constraints/", "nn/ops/", "nn/"),
    ("nn/graph/",),
    ("nn/training/",),
    ("nn/models/",),
    ("layers/",),
    ("serialization/",),
    ("rhyton.hpp",),
    ("cli/", "examples/", "bench/"),
    ("tests/",),
]
# Only these may see an engine's types; nothing that rhyton.hpp includes may see a full JSON library.
ENGINES = {"Eigen/": "nn/kernels/eigen/", "unsupported/Eigen/": "nn/kernels/eigen/", "oneapi/": "nn/kernels/onednn/"}
HEAVY = ("Eigen/", "unsupported/Eigen/", "oneapi/", "nlohmann/json.hpp", "hdf5.h", "zip.h", "fmt/format.h", "CLI/")


def level(path):
    best = max(
        ((len(prefix), number) for number, prefixes in enumerate(LEVELS) for prefix in prefixes if path.startswith(prefix)),
        default=None,
    )
    return best[1] if best else None


def includes(path):
    return INCLUDE.findall((ROOT / path).read_text())


def check_arrows(path, errors):
    for _, target in includes(path):
        for start, folder in ENGINES.items():
            if target.startswith(start) and path.startswith(("nn/", "layers/", "serialization/", "cli/")):
                if not path.startswith(folder):
                    errors.append(f"{path}: {target} belongs to {folder} alone")
        here, there = level(path), level(target)
        if there is not None and there > here:
            errors.append(f"{path}: includes {target}, which stands above it")
    if path.startswith("layers/"):
        own = path.rsplit(".", 1)[0]
        for _, target in includes(path):
            if target.startswith("layers/") and not target.startswith(own) and not shared_base(target):
                errors.append(f"{path}: includes another layer, {target}; what both need goes to nn/")


def shared_base(target):
    """Headers in layers/ that are no class of Keras: the list itself and bases of one family."""
    listed = re.findall(r"\['([^']+)'", (ROOT / "layers/meson.build").read_text())
    return target.removeprefix("layers/").removesuffix(".hpp") not in listed


def check_umbrella(errors):
    seen, todo = set(), ["rhyton.hpp"]
    while todo:
        path = todo.pop()
        if path in seen or not (ROOT / path).exists():
            continue
        seen.add(path)
        if path == "rhyton.hpp":
            todo += [f"layers/{name}.hpp" for name in re.findall(r"\['([^']+)'", (ROOT / "layers/meson.build").read_text())]
        for _, target in includes(path):
            if target.startswith(HEAVY):
                errors.append(f"{path}: rhyton.hpp must not include {target}")
            todo.append(target)


def main():
    files = subprocess.run(["git", "ls-files", "*.hpp", "*.cpp"], cwd=ROOT, capture_output=True, text=True, check=True)
    paths = [path for path in files.stdout.split() if level(path) is not None]
    errors = []
    for path in paths:
        check_arrows(path, errors)
    check_umbrella(errors)
    print("\n".join(errors) or f"{len(paths)} files: all arrows point one way")
    sys.exit(bool(errors))


if __name__ == "__main__":
    main()
