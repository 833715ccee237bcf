#include "layers/preprocessing/max_num_bounding_box.hpp"
