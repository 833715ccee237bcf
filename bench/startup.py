"""Process start to first prediction of the saved lenet: time and peak memory, here and in the peers.

    python bench/startup.py --cores 0 --rounds 7

Each program is started, loads the model, predicts four images, writes them to a file and ends. The time is
that of the whole process, the memory its largest resident set (or this script's 12 MiB, should a program need
less).
"""

import argparse
import datetime
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import report
import runner

PEERS = ("keras_tf", "keras_jax", "torch_eager", "onnxruntime")
MODEL = "lenet"


def commands(args, output):
    """{contender: (command, folder)}."""
    model = args.model_dir / f"{MODEL}.keras"
    inputs = args.model_dir / f"{MODEL}.x.npy"
    rhyton = [
        Path(args.rhyton).resolve(),
        "predict",
        model,
        "--input",
        inputs,
        "--output",
        output,
        "--threads",
        "1",
    ]
    found = {"rhyton": (rhyton, runner.REPOSITORY)}
    for peer in PEERS:
        arguments = ["--mode", "predict", "--output", output]
        found[peer] = ([args.python, "-m", f"peers.{peer}", model, *arguments], runner.BENCH)
    return found


def run_once(command, folder, cores):
    """Returns the seconds and the MiB of one process."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise runner.Unavailable(f"exit status {process.returncode}")
    return seconds, usage.ru_maxrss / 1024


def measure(args):
    """Returns {contender: [(seconds, MiB) of each round]}, without a first one that warms the page cache."""
    with tempfile.TemporaryDirectory() as folder:
        programs = commands(args, Path(folder) / "y.npy")
        results = {name: [] for name in programs}
        for _ in range(args.rounds + 1):
            for name in list(results):
                try:
                    results[name].append(run_once(*programs[name], args.cores))
                except (runner.Unavailable, FileNotFoundError) as error:
                    print(f"{name}: {error}")
                    del results[name]
    return {name: runs[1:] for name, runs in results.items()}


def render(results, args):
    rows = []
    for name, runs in results.items():
        milliseconds = [1e3 * seconds for seconds, _ in runs]
        rows.append([
            report.label(name),
            report.number(statistics.median(milliseconds)),
            f"{report.number(min(milliseconds))} .. {report.number(max(milliseconds))}",
            report.number(statistics.median(mib for _, mib in runs)),
        ])  # fmt: skip
    origin = f"{datetime.date.today().isoformat()}, commit {runner.commit()}, {report.machine()}"
    command = f"python bench/startup.py --cores {','.join(map(str, args.cores))} --rounds {args.rounds}"
    table = report.table(["", "ms", "min .. max", "MiB"], rows)
    return f"### Process start to first prediction ({MODEL})\n\n{table}\n\n{origin}: `{command}`"


def main():
    parser = argparse.ArgumentParser(description="Measure process start to first prediction.")
    parser.add_argument("--cores", type=lambda text: [int(core) for core in text.split(",")], default=[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rhyton", default=runner.REPOSITORY / "build" / "rhyton")
    parser.add_argument("--python", default=runner.default_python(), help="with the peers installed")
    parser.add_argument("--model-dir", type=Path, default=runner.BENCH / "models")
    parser.add_argument("--docs", type=Path, default=runner.REPOSITORY / "docs")
    args = parser.parse_args()
    args.model_dir = args.model_dir.resolve()
    args.docs.mkdir(parents=True, exist_ok=True)
    report.replace_section(args.docs / "performance.md", "startup", render(measure(args), args))


if __name__ == "__main__":
    main()
