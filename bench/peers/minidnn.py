"""MiniDNN (mlp and lenet). MINIDNN_INCLUDE is the folder of MiniDNN.h."""

from pathlib import Path

from peers import cpp_driver, protocol

EIGEN_INCLUDE = "/usr/include/eigen3"


def main():
    args = protocol.parse_arguments()
    minidnn = cpp_driver.from_environment("MINIDNN_INCLUDE", "the folder of MiniDNN.h")
    program = cpp_driver.build("minidnn_driver.cpp", (minidnn, EIGEN_INCLUDE))
    cpp_driver.start(program, Path(args.model).stem, args)


if __name__ == "__main__":
    main()
