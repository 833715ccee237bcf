"""ONNX Runtime through its C API (predictions only).

The Python package ships the library but not its headers: ONNXRUNTIME_INCLUDE is the folder of
onnxruntime_c_api.h of the same or an earlier version.
"""

import importlib.util
from pathlib import Path

from peers import cpp_driver, protocol


def link_library():
    """Returns a link in the cache to the package's library, under the soname that the package leaves out."""
    package = Path(importlib.util.find_spec("onnxruntime").origin).parent
    library = next((package / "capi").glob("libonnxruntime.so.*"))
    cpp_driver.CACHE.mkdir(parents=True, exist_ok=True)
    link = cpp_driver.CACHE / "libonnxruntime.so.1"
    link.unlink(missing_ok=True)
    link.symlink_to(library)
    return link


def main():
    args = protocol.parse_arguments()
    include = cpp_driver.from_environment("ONNXRUNTIME_INCLUDE", "the folder of onnxruntime_c_api.h")
    library = link_library()
    flags = (str(library), f"-Wl,-rpath,{library.parent}")
    program = cpp_driver.build("onnxruntime_c_driver.cpp", (include,), flags)
    cpp_driver.start(program, protocol.ModelFiles(args.model).onnx, args)


if __name__ == "__main__":
    main()
