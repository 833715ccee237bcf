// write_seeds TESTS FOLDER: the seed corpus of each target, in FOLDER/json, FOLDER/keras, ...
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/fuzz/targets.hpp"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: write_seeds TESTS FOLDER\n");
    return 2;
  }
  for (const std::string kind : {"json", "keras", "hdf5", "npz"}) {
    const std::filesystem::path folder = std::filesystem::path(argv[2]) / kind;
    std::filesystem::create_directories(folder);
    int number = 0;
    for (const auto& seed : rhyton::fuzz::seeds(kind, argv[1]))
      std::ofstream(folder / std::to_string(number++), std::ios::binary) << seed;
  }
}
