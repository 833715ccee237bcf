"""Builds and starts the C++ peers' drivers. The environment names the peers' own sources."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE.parent.parent / ".cache" / "bench"
FLAGS = ("-std=c++20", "-O3", "-march=native", "-DNDEBUG", "-pthread", "-w")


def from_environment(variable, what):
    value = os.environ.get(variable)
    if not value:
        sys.exit(f"set {variable} to {what}")
    return Path(value)


def build(source, includes, flags=()):
    """Compiles a driver unless a build newer than its sources is there; returns the program."""
    CACHE.mkdir(parents=True, exist_ok=True)
    program = CACHE / Path(source).stem
    sources = (HERE / source, HERE / "driver.hpp")
    if not program.exists() or program.stat().st_mtime < max(path.stat().st_mtime for path in sources):
        command = [
            "g++",
            *FLAGS,
            *(f"-I{path}" for path in includes),
            str(HERE / source),
            "-o",
            str(program),
            *flags,
        ]
        subprocess.run(command, check=True)
    return program


def start(program, model, args):
    """Becomes the driver, so that its peak memory is its own."""
    command = [str(program), str(model)]
    for name in ("mode", "batch_size", "threads", "seconds"):
        command += [f"--{name.replace('_', '-')}", str(getattr(args, name))]
    os.execv(program, command)
