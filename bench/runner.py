"""Runs one contender (this library or a peer) in a process of its own, pinned to given cores."""

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

BENCH = Path(__file__).resolve().parent
REPOSITORY = BENCH.parent
PEERS = (
    "keras_tf",
    "keras_jax",
    "torch_eager",
    "torch_compile",
    "onnxruntime",
    "onnxruntime_c",
    "frugally_deep",
    "minidnn",
)
# Builds of this library, and the folder that each is in unless it is given as NAME=PROGRAM.
BUILDS = {
    "rhyton": "build",
    "rhyton-fast": "build",
    "rhyton-baseline": "build-baseline",
    "rhyton-eigen": "build-eigen",
}
ONLY_PREDICT = ("onnxruntime", "onnxruntime_c", "frugally_deep")
ONLY_MODELS = {"minidnn": ("mlp", "lenet")}
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
TIMEOUT_SECONDS = 600


class Unavailable(Exception):
    """A contender that cannot run here; the message says why."""


@dataclass(frozen=True)
class Job:
    model: Path
    mode: str
    batch_size: int
    threads: int
    seconds: float

    def arguments(self):
        return [
            str(self.model),
            "--mode", self.mode,
            "--batch-size", str(self.batch_size),
            "--threads", str(self.threads),
            "--seconds", str(self.seconds),
            "--json",
        ]  # fmt: skip


@dataclass
class Contender:
    """A program that measures itself: `command` takes the job's arguments and prints one JSON line.

    The way of doing the step that a peer found fastest in a job's first run is kept for the job's other runs.
    """

    name: str
    command: list
    folder: Path = REPOSITORY
    variants: dict = field(default_factory=dict)

    def takes(self, model, mode):
        if self.name in ONLY_PREDICT and mode != "predict":
            return False
        return model in ONLY_MODELS.get(self.name, (model,))

    def run(self, job, cores):
        command = [*self.command, *job.arguments()]
        variant = self.variants.get(job)
        if variant:
            command += ["--variant", variant]
        result = json.loads(run_pinned(command, cores, job.threads, self.folder).splitlines()[-1])
        if self.name in PEERS:
            self.variants[job] = result["variant"]
        return result


def run_pinned(command, cores, threads, folder):
    """Returns what the command prints. Raises Unavailable with the last line of its errors if it fails."""
    environment = {**os.environ, **dict.fromkeys(THREAD_VARIABLES, str(threads))}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )
    except FileNotFoundError:
        raise Unavailable(f"{Path(command[0]).name} is not there") from None
    except subprocess.TimeoutExpired:
        raise Unavailable(f"no answer within {TIMEOUT_SECONDS} s") from None
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise Unavailable(lines[-1].replace(f"{REPOSITORY}/", ""))
    return done.stdout


def commit():
    command = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.strip()


def default_python():
    venv = os.environ.get("RHYTON_BENCH_VENV", REPOSITORY / ".venv-bench")
    return Path(venv) / "bin" / "python"


def make_contenders(names, rhyton, python):
    """`names` are peers, of BUILDS, or NAME=PROGRAM for another build of this library."""
    contenders = []
    for name in names:
        if name in PEERS:
            contenders.append(Contender(name, [str(python), "-m", f"peers.{name}"], BENCH))
            continue
        name, _, program = name.partition("=")
        folder = BUILDS.get(name, "build")
        program = program or (rhyton if folder == "build" else REPOSITORY / folder / "rhyton")
        command = [str(Path(program).resolve()), "bench"]
        if name.endswith("-fast"):
            command += ["--precision", "fast"]
        contenders.append(Contender(name, command))
    return contenders
