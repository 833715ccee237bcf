"""frugally-deep (predictions only).

FRUGALLY_DEEP is a checkout of it, FUNCTIONALPLUS_INCLUDE the include folder of its dependency; Eigen and
nlohmann-json come from the system. Its own converter writes the model once, into the cache.
"""

import os
import subprocess
import sys
from pathlib import Path

from peers import cpp_driver, protocol
from peers.minidnn import EIGEN_INCLUDE


def convert(checkout, model):
    converted = cpp_driver.CACHE / f"{model.stem}.fdeep.json"
    if not converted.exists() or converted.stat().st_mtime < model.stat().st_mtime:
        converter = checkout / "keras_export" / "convert_model.py"
        environment = {**os.environ, "KERAS_BACKEND": "tensorflow"}
        subprocess.run(
            [sys.executable, str(converter), str(model), str(converted)],
            check=True,
            env=environment,
            stdout=sys.stderr,
        )
    return converted


def main():
    args = protocol.parse_arguments()
    checkout = cpp_driver.from_environment("FRUGALLY_DEEP", "a checkout of frugally-deep")
    functional = cpp_driver.from_environment("FUNCTIONALPLUS_INCLUDE", "the include folder of FunctionalPlus")
    includes = (checkout / "include", functional, EIGEN_INCLUDE)
    program = cpp_driver.build("frugally_deep_driver.cpp", includes)
    cpp_driver.start(program, convert(checkout, Path(args.model)), args)


if __name__ == "__main__":
    main()
