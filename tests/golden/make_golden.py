#!/usr/bin/env python3
"""Make the golden files of the layers: tests/cases/<layer>.json -> tests/golden/<layer>.npz and .json.

Usage: make_golden.py [layer ...]        all layers by default

Real Keras, pinned in requirements.txt, is the oracle. A case runs on torch unless it says `"oracle": "tensorflow"`.
A Keras process has one backend, so each backend runs in its own process; where the two live in different virtual
environments, TORCH_PYTHON and TENSORFLOW_PYTHON name the interpreters.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import golden_io

HERE = pathlib.Path(__file__).resolve().parent
CASES = HERE.parent / "cases"
BACKENDS = ("torch", "tensorflow")


def backend_of(case):
    return case.get("oracle", "torch")


def run_backend(stems, backend, folder):
    """The worker: run the cases of one backend and leave <stem>.npz and <stem>.json in `folder`."""
    import keras

    from case_runner import run_case, run_error

    pinned = next(line.split("==")[1].strip() for line in (HERE / "requirements.txt").read_text().splitlines()
                  if line.startswith("keras=="))
    if keras.__version__ != pinned:
        sys.exit(f"make_golden: expected keras {pinned}, found {keras.__version__}")
    if backend == "torch":
        import torch

        torch.set_num_threads(1)
        torch.use_deterministic_algorithms(True)
    failures = []
    for stem in stems:
        spec = json.loads((CASES / f"{stem}.json").read_text())
        arrays, facts, errors = {}, {}, {}
        for case in spec["cases"]:
            if backend_of(case) != backend:
                continue
            try:
                found, facts[case["name"]] = run_case(stem, spec["layer"], case)
                arrays.update(found)
            except Exception as error:
                failures.append(f"{stem}/{case['name']}: {type(error).__name__}: {error}")
        for case in spec.get("errors", []):
            if backend_of(case) == backend:
                errors[case["name"]] = run_error(stem, spec["layer"], case)
        golden_io.write_npz(folder / f"{stem}.npz", arrays)
        (folder / f"{stem}.json").write_text(
            json.dumps({"keras": keras.__version__, "cases": facts, "errors": errors}))
    if failures:
        sys.exit("make_golden: " + "\n".join(failures))


def start_backend(stems, backend, folder):
    python = os.environ.get(f"{backend.upper()}_PYTHON", sys.executable)
    environment = {**os.environ, "KERAS_BACKEND": backend, "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3",
                   "TF_ENABLE_ONEDNN_OPTS": "0", "KERAS_HOME": str(folder)}
    command = [python, __file__, "--worker", backend, str(folder), *stems]
    if subprocess.run(command, env=environment, check=False).returncode:
        sys.exit(1)


def wrong_cases(stem, spec, errors):
    """A mistake is in the list because Keras refuses it too, or the case says why we are stricter."""
    names = [case["name"] for case in spec["cases"] + spec.get("errors", [])]
    wrong = [f"{stem}/{name}: two cases with this name" for name in set(names) if names.count(name) > 1]
    for case in spec.get("errors", []):
        refused = errors[case["name"]]["keras_raises"] is not None
        if refused and case.get("keras_accepts"):
            wrong.append(f"{stem}/{case['name']}: marked keras_accepts, but Keras refuses it")
        if not refused and not (case.get("keras_accepts") and case.get("reason")):
            wrong.append(f"{stem}/{case['name']}: Keras accepts this; add keras_accepts and a reason")
    return wrong


def main(stems):
    specs = {stem: json.loads((CASES / f"{stem}.json").read_text()) for stem in stems}
    with tempfile.TemporaryDirectory() as temporary:
        results = {stem: ({}, {}, {}) for stem in stems}
        for backend in BACKENDS:
            used = [s for s in stems if any(backend_of(c) == backend
                                            for c in specs[s]["cases"] + specs[s].get("errors", []))]
            if not used:
                continue
            folder = pathlib.Path(temporary) / backend
            folder.mkdir()
            start_backend(used, backend, folder)
            for stem in used:
                part = json.loads((folder / f"{stem}.json").read_text())
                results[stem][0].update(golden_io.read_npz(folder / f"{stem}.npz"))
                results[stem][1].update(part["cases"])
                results[stem][2].update(part["errors"])
                version = part["keras"]
        wrong = [line for stem in stems for line in wrong_cases(stem, specs[stem], results[stem][2])]
        if wrong:
            sys.exit("make_golden: " + "\n".join(wrong))
        for stem in stems:
            arrays, facts, errors = results[stem]
            ordered = {case["name"]: facts[case["name"]] for case in specs[stem]["cases"]}
            if arrays:
                golden_io.write_npz(HERE / f"{stem}.npz", arrays)
            golden_io.write_json(HERE / f"{stem}.json", {"layer": specs[stem]["layer"], "keras": version,
                                                         "cases": ordered, "errors": errors})
            print(f"{stem}: {len(ordered)} cases, {len(errors)} errors, "
                  f"{sum(a.nbytes for a in arrays.values())} bytes of numbers")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        run_backend(sys.argv[4:], sys.argv[2], pathlib.Path(sys.argv[3]))
    else:
        parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("layers", nargs="*", help="stems of tests/cases/*.json")
        chosen = parser.parse_args().layers
        main(chosen or sorted(path.stem for path in CASES.glob("*.json") if "tf_keras" not in path.read_text()))
