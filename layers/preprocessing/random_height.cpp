#include "layers/preprocessing/random_height.hpp"
