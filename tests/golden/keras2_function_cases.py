"""Functions of TensorFlow that are several operations of Keras 3, or numbers: name -> (function of the inputs, inputs), as in
make_keras2_operations.py, which records them; tests/interop/functions.py holds the files against both Kerases.
"""

import numpy as np
import tensorflow as tf
import tf_keras
from tf_keras.src.engine.base_layer import TensorFlowOpLayer

K = tf_keras.backend
M, V, P = ("real", (2, 3, 4)), ("real", (2, 4)), ("positive", (2, 3, 4))
ROW, IMAGE, SQUARE = ("real", (2, 1, 4)), ("real", (2, 5, 6, 3)), ("real", (2, 3, 3))
LABELS = ("index3", (2, 4))


def ramp(*shape):
    return np.linspace(-1, 1, int(np.prod(shape))).reshape(shape).astype("float32")


def shapes():
    """What is computed from shapes, at sizes that the file knows and at the batch's."""
    return {
        "shape_rows": (lambda x: tf.reshape(x, [tf.shape(x)[0], -1]), [M]),
        "shape_known": (lambda x: tf.reshape(x, [tf.shape(x)[0], tf.shape(x)[1] * tf.shape(x)[2]]), [M]),
        "shape_parts": (lambda x: tf.reshape(x, tf.concat([tf.shape(x)[:2], [2, 2]], 0)), [M]),
        "shape_stack": (lambda x: tf.reshape(x, tf.stack([tf.shape(x)[0], tf.shape(x)[2], 3])), [M]),
        "shape_of_other": (lambda x, y: tf.reshape(x, tf.shape(y)) * y, [M, ("real", (2, 4, 3))]),
        "shape_back": (lambda x: tf.reshape(tf.reshape(x, [-1, 4]) * 2.0, tf.shape(x)), [M]),
        "shape_product": (lambda x: tf.reshape(x, [tf.shape(x)[0], tf.reduce_prod(tf.shape(x)[1:])]), [M]),
        "shape_half": (lambda x: x[:, :, tf.shape(x)[2] // 2:], [M]),
        "shape_less": (lambda x: x[:, :tf.shape(x)[1] - 1], [M]),
        "shape_resize": (lambda x: tf.image.resize(x, tf.shape(x)[1:3] * 2), [IMAGE]),
        "shape_broadcast": (lambda x, y: tf.broadcast_to(x, tf.shape(y)) * y, [("real", (2, 1, 4)), M]),
        "shape_tile": (lambda x: tf.tile(tf.expand_dims(x, 1), [1, tf.shape(x)[1], 1]), [V]),
        "shape_tile_constant": (lambda x: x + tf.tile(tf.constant(ramp(1, 3, 4)), [tf.shape(x)[0], 1, 1]), [M]),
        "shape_tile_row": (lambda x: x + tf.tile(tf.constant(ramp(1, 1, 4)), [tf.shape(x)[0], 3, 1]), [M]),
        "shape_tile_known": (lambda x: x * tf.tile(tf.constant(ramp(1, 4)), [tf.shape(x)[1], 1]), [M]),
        "shape_zeros": (lambda x: tf.concat([x, tf.zeros([tf.shape(x)[0], 1, 4])], 1), [M]),
        "shape_ones": (lambda x: x + tf.ones(tf.shape(x)), [M]),
        "shape_fill": (lambda x: x * tf.fill(tf.shape(x), 2.5), [M]),
        "shape_scale": (lambda x: x / tf.sqrt(tf.cast(tf.shape(x)[-1], tf.float32)), [M]),
        "shape_range": (lambda x: x + tf.cast(tf.range(0, tf.shape(x)[-1], 1), tf.float32), [M]),
        "shape_batch": (lambda x: x / tf.cast(tf.shape(x)[0], tf.float32), [M]),
        "shape_rank": (lambda x: x * tf.cast(tf.rank(x), tf.float32), [M]),
        "shape_embedded": (lambda x: x + tf_keras.layers.Embedding(3, 4, embeddings_initializer="ones")(
            tf.range(start=0, limit=tf.shape(x)[1], delta=1)), [M]),
        "shape_open_heads": (lambda x: tf.reshape(x, [tf.shape(x)[0], tf.shape(x)[1], 2, 2]), [("real", (2, 3, 4), (None, 4))]),
        "shape_open_merge": (lambda x: tf.reshape(x, [tf.shape(x)[0], tf.shape(x)[1] * tf.shape(x)[2], 3]),
                             [("real", (2, 5, 6, 3), (None, None, 3))]),
        "shape_open_range": (lambda x: x + tf.expand_dims(tf.cast(tf.range(0, tf.shape(x)[1], 1), tf.float32), -1),
                             [("real", (2, 3, 4), (None, 4))]),
        "shape_backend_dot": (lambda x: K.dot(x, tf.constant(ramp(4, 2))), [M]),
        "shape_backend_switch": (lambda x: K.switch(x > 0.1, x, x * 0.5), [M]),
    }


def arrays():
    index = ("index3", (2, 2))
    return {
        "gather_batch": (lambda x, i: tf.gather(x, i, batch_dims=1), [M, index]),
        "gather_batch_last": (lambda x, i: tf.gather(x, i, axis=2, batch_dims=1), [M, index]),
        "gather_batch_rows": (lambda x, i: tf.gather(x, i, axis=1, batch_dims=1), [M, ("index3", (2, 2, 5))]),
        "gather_batch_one": (lambda x, i: tf.gather(x, i, axis=1, batch_dims=1), [M, ("index3", (2,))]),
        "gather_batch_two": (lambda x, i: tf.gather(x, i, batch_dims=2), [M, ("index3", (2, 3, 2))]),
        "gather_table": (lambda i: tf.gather(tf.constant(ramp(3, 4)), i), [LABELS]),
        "band_lower": (lambda x: tf.linalg.band_part(x, -1, 0), [SQUARE]),
        "band_upper": (lambda x: tf.linalg.band_part(x, 0, -1), [M]),
        "band_both": (lambda x: tf.linalg.band_part(x, 1, 2), [("real", (2, 4, 5))]),
        "diag": (tf.linalg.diag, [V]),
        "set_diag": (lambda x, d: tf.linalg.set_diag(x, d), [SQUARE, ("real", (2, 3))]),
        "strided_slice": (lambda x: tf.strided_slice(x, [0, 1, 0], [2, 3, 4], [1, 1, 2]), [M]),
        "strided_masks": (lambda x: tf.strided_slice(x, [0, 1, 1], [0, 0, 3], begin_mask=1, end_mask=3), [M]),
        "strided_shrink": (lambda x: tf.strided_slice(x, [0, 1], [2, 2], shrink_axis_mask=2, begin_mask=1, end_mask=1), [M]),
        "boolean_mask": (lambda x: tf.boolean_mask(x, [True, False, True], axis=1), [M]),
        "where_v1": (lambda x, y: tf.compat.v1.where(x > 0.1, x, y), [M, M]),
        "ones_like_int": (lambda x: tf.ones_like(x, dtype=tf.int32), [M]),
        "convert": (lambda x: tf.convert_to_tensor(x) * 2.0, [M]),
        "saturate": (lambda x: tf.saturate_cast(x * 300.0, tf.uint8), [M]),
        "one_hot_axis": (lambda x: tf.one_hot(x, 5, axis=1), [LABELS]),
        "one_hot_values": (lambda x: tf.one_hot(x, 3, on_value=0.9, off_value=0.05), [LABELS]),
        "one_hot_truth": (lambda x: tf.cast(tf.one_hot(x, 3, on_value=True, off_value=False, dtype=tf.bool), tf.float32), [LABELS]),
        "sort_down": (lambda x: tf.sort(x, axis=1, direction="DESCENDING"), [M]),
        "argsort_down": (lambda x: tf.argsort(x, axis=1, direction="DESCENDING"), [M]),
        "count_nonzero": (lambda x: tf.math.count_nonzero(tf.nn.relu(x), axis=1), [M]),
        "zero_fraction": (lambda x: x + tf.math.zero_fraction(tf.nn.relu(x)), [M]),
        "reciprocal_no_nan": (tf.math.reciprocal_no_nan, [P]),
        "multiply_no_nan": (lambda x, y: tf.math.multiply_no_nan(x, y), [M, M]),
        "xdivy": (lambda x, y: tf.math.xdivy(x, y), [P, P]),
        "xlogy": (lambda x, y: tf.math.xlogy(x, y), [P, P]),
        "xlog1py": (lambda x, y: tf.math.xlog1py(x, y), [P, P]),
        "polyval": (lambda x: tf.math.polyval([1.0, -2.0, 3.0], x), [M]),
        "check_numerics": (lambda x: tf.debugging.check_numerics(x, "not a number"), [M]),
        "identity_n": (lambda x, y: tf.add_n(tf.identity_n([x, y])), [M, M]),
        "clip_by_norm": (lambda x: tf.clip_by_norm(x, 1.0, axes=[-1]), [M]),
        "clip_tensor": (lambda x, y: tf.clip_by_value(x, -0.2, y), [M, P]),
        "linalg_normalize": (lambda x: tf.linalg.normalize(x, axis=-1)[0], [M]),
        "batch_flatten": (K.batch_flatten, [M]),
        "segment_sum": (lambda x: tf.math.unsorted_segment_sum(x, [0, 1], 2), [M]),
        "in_top_k": (lambda x, y: tf.math.in_top_k(y, x, 2), [V, ("index3", (2,))]),
        "roll_both": (lambda x: tf.roll(x, [1, 2], [1, 2]), [M]),
        "repeat_each": (lambda x: tf.repeat(x, [1, 3, 2], axis=1), [M]),
        "split_rest": (lambda x: tf.split(x, [1, -1, 1], axis=-1)[1], [M]),
        "stack_of_three": (lambda x, y: tf.stack([x, y, x], axis=-1), [M, M]),
        "item_first": (lambda x: x[:1], [M]),
    }


def networks():
    kernel = ramp(3, 3, 3, 2)
    point = ramp(1, 1, 6, 4)
    return {
        "softmax_loss": (lambda x, y: tf.nn.softmax_cross_entropy_with_logits(labels=tf.nn.softmax(y), logits=x), [V, V]),
        "softmax_loss_axis": (lambda x, y: tf.nn.softmax_cross_entropy_with_logits(tf.nn.softmax(y, 1), x, axis=1), [M, M]),
        "sparse_loss": (lambda x, y: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=x),
                        [("real", (2, 4, 3)), LABELS]),
        "sigmoid_loss": (lambda x, y: tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=x), [V, ("positive", (2, 4))]),
        "weighted_loss": (lambda x, y: tf.nn.weighted_cross_entropy_with_logits(y, x, pos_weight=2.5), [V, ("positive", (2, 4))]),
        "backend_binary": (lambda x, y: K.binary_crossentropy(K.sigmoid(y), K.sigmoid(x)), [V, V]),
        "backend_binary_logits": (lambda x, y: K.binary_crossentropy(K.sigmoid(y), x, from_logits=True), [V, V]),
        "backend_categorical": (lambda x, y: K.categorical_crossentropy(K.softmax(y), K.softmax(x)), [V, V]),
        "backend_categorical_logits": (lambda x, y: K.categorical_crossentropy(K.softmax(y), x, from_logits=True), [V, V]),
        "backend_sparse": (lambda x, y: K.sparse_categorical_crossentropy(y, K.softmax(x)), [("real", (2, 4, 3)), LABELS]),
        "squared_error": (lambda x, y: tf_keras.losses.mean_squared_error(x, y), [M, M]),
        "local_response": (lambda x: tf.nn.local_response_normalization(x, depth_radius=1, alpha=0.5, beta=0.75), [IMAGE]),
        "silu_beta": (lambda x: tf.nn.silu(x, 0.5), [M]),
        "crelu": (tf.nn.crelu, [M]),
        "affine": (lambda x: tf.compat.v1.nn.xw_plus_b(x, ramp(4, 3), ramp(3)), [V]),
        "pool_max": (lambda x: tf.nn.pool(x, [2, 2], "MAX", strides=[2, 2]), [IMAGE]),
        "pool_average": (lambda x: tf.nn.pool(x, [2, 3], "AVG", padding="SAME"), [IMAGE]),
        "depthwise": (lambda x: tf.nn.depthwise_conv2d(x, kernel, [1, 1, 1, 1], "SAME"), [IMAGE]),
        "conv_edges": (lambda x: tf.nn.conv2d(x, kernel, 1, [[0, 0], [1, 2], [0, 3], [0, 0]]), [IMAGE]),
        "depthwise_edges": (lambda x: tf.nn.depthwise_conv2d(x, kernel, [1, 1, 1, 1], [[0, 0], [1, 2], [0, 3], [0, 0]]), [IMAGE]),
        "depthwise_strides": (lambda x: tf.nn.depthwise_conv2d(x, kernel, [1, 2, 2, 1], "VALID"), [IMAGE]),
        "depthwise_dilated": (lambda x: tf.nn.depthwise_conv2d(x, kernel, [1, 1, 1, 1], "SAME", dilations=[2, 2]), [IMAGE]),
        "separable": (lambda x: tf.nn.separable_conv2d(x, kernel, point, [1, 1, 1, 1], "SAME"), [IMAGE]),
        "backend_conv": (lambda x: K.conv2d(x, tf.constant(kernel), padding="same"), [IMAGE]),
        "backend_conv1d": (lambda x: K.conv1d(x, tf.constant(ramp(3, 4, 2)), padding="same"), [M]),
        "backend_depthwise": (lambda x: K.depthwise_conv2d(x, tf.constant(kernel), padding="same"), [IMAGE]),
        "depth_to_space_v1": (lambda x: tf.compat.v1.depth_to_space(x, 2), [("real", (2, 2, 3, 8))]),
    }


def images():
    v1 = tf.compat.v1.image
    return {
        "resize_proportions": (lambda x: tf.image.resize(x, [4, 9], preserve_aspect_ratio=True), [IMAGE]),
        "resize_v1": (lambda x: v1.resize_bilinear(x, [8, 4]), [IMAGE]),
        "resize_v1_corners": (lambda x: v1.resize_bilinear(x, [8, 13], align_corners=True), [IMAGE]),
        "resize_v1_half": (lambda x: v1.resize_bilinear(x, [9, 4], half_pixel_centers=True), [IMAGE]),
        "resize_v1_nearest": (lambda x: v1.resize_nearest_neighbor(x, [8, 4]), [IMAGE]),
        "resize_v1_nearest_corners": (lambda x: v1.resize_nearest_neighbor(x, [8, 13], align_corners=True), [IMAGE]),
        "resize_v1_nearest_half": (lambda x: v1.resize_nearest_neighbor(x, [8, 4], half_pixel_centers=True), [IMAGE]),
        "resize_v1_method": (lambda x: v1.resize_images(x, [3, 12], align_corners=True), [IMAGE]),
        "central_crop": (lambda x: tf.image.central_crop(x, 0.5), [IMAGE]),
        "crop_box": (lambda x: tf.image.crop_to_bounding_box(x, 1, 2, 3, 4), [IMAGE]),
        "pad_box": (lambda x: tf.image.pad_to_bounding_box(x, 1, 2, 8, 9), [IMAGE]),
        "crop_or_pad": (lambda x: tf.image.resize_with_crop_or_pad(x, 8, 3), [IMAGE]),
        "rot90": (tf.image.rot90, [IMAGE]),
        "rot180": (lambda x: tf.image.rot90(x, 2), [IMAGE]),
        "rot270": (lambda x: tf.image.rot90(x, 3), [IMAGE]),
        "image_transpose": (tf.image.transpose, [IMAGE]),
        "grayscale_to_rgb": (tf.image.grayscale_to_rgb, [("real", (2, 3, 4, 1))]),
        "brightness": (lambda x: tf.image.adjust_brightness(x, 0.2), [IMAGE]),
        "contrast": (lambda x: tf.image.adjust_contrast(x, 1.5), [IMAGE]),
        "gamma": (lambda x: tf.image.adjust_gamma(x, 2.0, 1.5), [("positive", (2, 3, 4, 3))]),
        "standardization": (tf.image.per_image_standardization, [IMAGE]),
        "rgb_to_yiq": (tf.image.rgb_to_yiq, [IMAGE]),
        "yiq_to_rgb": (tf.image.yiq_to_rgb, [IMAGE]),
        "rgb_to_yuv": (tf.image.rgb_to_yuv, [IMAGE]),
        "yuv_to_rgb": (tf.image.yuv_to_rgb, [IMAGE]),
        "image_dtype": (lambda x: tf.image.convert_image_dtype(x, tf.float32), [("bytes", (2, 3, 4, 3))]),
        "sobel": (tf.image.sobel_edges, [IMAGE]),
        "patches": (lambda x: tf.image.extract_patches(x, [1, 2, 2, 1], [1, 2, 1, 1], [1, 1, 1, 1], "VALID"), [IMAGE]),
        "patches_same": (lambda x: tf.image.extract_patches(x, [1, 3, 3, 1], [1, 2, 2, 1], [1, 1, 1, 1], "SAME"), [IMAGE]),
    }


def node(op, count, constants=None, **attributes):
    """A node of TensorFlow's graph, as TensorFlow 2.0 to 2.3 made layers of functions."""
    def call(*x):
        definition = {"name": op, "op": op, "input": [f"input_{i}" for i in range(count)],
                      "attr": {"T": {"type": "DT_FLOAT"}} | attributes}
        return TensorFlowOpLayer(definition, op, constants or {})(list(x) if len(x) > 1 else x[0])
    return call


def nodes():
    whole, two = {"type": "DT_INT32"}, {"list": {"i": ["1", "2", "2", "1"]}}
    ints = lambda *values: np.array(values, "int32")
    return {
        "node_multiply": (node("Mul", 2, {1: 2.5}), [M]),
        "node_less": (node("Sub", 2, {0: 1.0}), [M]),
        "node_add": (node("AddV2", 2), [M, ROW]),
        "node_mean": (node("Mean", 2, {1: ints(1)}, Tidx=whole, keep_dims={"b": True}), [M]),
        "node_concat": (node("ConcatV2", 3, {2: np.int32(-1)}, N={"i": "2"}, Tidx=whole), [M, M]),
        "node_pack": (node("Pack", 2, N={"i": "2"}, axis={"i": "1"}), [M, M]),
        "node_slice": (node("StridedSlice", 4, {1: ints(0, 1, 0), 2: ints(0, 3, 3), 3: ints(1, 1, 2)}, Index=whole,
                            begin_mask={"i": "1"}, end_mask={"i": "1"}), [M]),
        "node_cast": (node("Cast", 1, SrcT={"type": "DT_INT32"}, DstT={"type": "DT_FLOAT"}), [("whole", (2, 3))]),
        "node_pad": (node("MirrorPad", 2, {1: np.array([[0, 0], [1, 1], [0, 2]], "int32")}, Tpaddings=whole,
                          mode={"s": "UkVGTEVDVA=="}), [M]),
        "node_product": (node("BatchMatMulV2", 2, adj_y={"b": True}), [M, ("real", (2, 5, 4))]),
        "node_reshape": (node("Reshape", 2, {1: ints(-1, 12)}, Tshape=whole), [M]),
        "node_transpose": (node("Transpose", 2, {1: ints(0, 2, 1)}, Tperm=whole), [M]),
        "node_squeeze": (node("Squeeze", 1, squeeze_dims={"list": {"i": ["1"]}}), [ROW]),
        "node_relu6": (node("Relu6", 1), [M]),
        "node_pool": (node("MaxPool", 1, ksize=two, strides=two, padding={"s": "VkFMSUQ="}, data_format={"s": "TkhXQw=="}),
                      [IMAGE]),
        "node_resize": (node("ResizeBilinear", 2, {1: ints(8, 4)}, align_corners={"b": True}), [IMAGE]),
        "node_rows": (lambda x: node("Reshape", 2)(x, node("Pack", 2, {1: np.int32(12)}, T=whole, N={"i": "2"})(
            node("StridedSlice", 4, {1: ints(0), 2: ints(1), 3: ints(1)}, T=whole, Index=whole, shrink_axis_mask={"i": "1"})(
                node("Shape", 1)(x)))), [M]),
    }


def cases():
    return shapes() | arrays() | networks() | images() | nodes()
