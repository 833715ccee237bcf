#include "layers/preprocessing/random_width.hpp"
