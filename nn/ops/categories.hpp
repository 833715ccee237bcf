#pragma once
/// @file categories.hpp  Indices as they are, or as vectors over all categories: what the layers that count
/// and look up have in common.
#include <string>

#include "nn/layer.hpp"

namespace rhyton::ops {

/// Keras's output modes. one_hot: a vector for each index; multi_hot: 1 for each index that occurs in a
/// sample; count: how often (tf_idf: times a weight).
enum class CategoryMode { indices, one_hot, multi_hot, count, tf_idf };

/// Throws ValueError, naming the layer, on any other text than those of `allowed` and Keras's older
/// spellings.
CategoryMode category_mode(const Layer& layer, const std::string& mode,
                           std::initializer_list<const char*> allowed);

/// The shape of encoded indices: one_hot puts `depth` behind, in the place of a last axis of size 1 if there
/// are others; multi_hot and count take the second axis (of a vector: the first) for the sample's indices.
Shape encoded_shape(const Shape& indices, CategoryMode mode, Dim depth);

/// The type of encoded indices: the layer's, where that is one of whole numbers.
DType encoded_dtype(const Layer& layer);

/// Indices outside [0, depth) count nowhere. `weights`: for each element of `indices` (count), or for each
/// category (tf_idf). y: any number type.
void encode_categories(ConstView indices, CategoryMode mode, Dim depth, ConstView weights, View y);

}  // namespace rhyton::ops
