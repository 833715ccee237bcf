"""Whole models of Keras 2 with functions of TensorFlow between their layers: name -> (function of the inputs, inputs), as in
../golden/keras2_function_cases.py. They have weights, whose order counts."""
import tensorflow as tf
import tf_keras

L = tf_keras.layers


def attention(x, heads=2, size=8):
    batch, length = tf.shape(x)[0], tf.shape(x)[1]
    query, key, value = (tf.transpose(tf.reshape(L.Dense(size)(x), [batch, length, heads, size // heads]), [0, 2, 1, 3])
                         for _ in range(3))
    scores = tf.matmul(query, key, transpose_b=True) / tf.math.sqrt(tf.cast(tf.shape(key)[-1], tf.float32))
    past = tf.linalg.band_part(tf.ones((tf.shape(x)[1], tf.shape(x)[1])), -1, 0)
    mixed = tf.matmul(tf.nn.softmax(scores + (1.0 - past) * -1e9), value)
    return L.Dense(size)(tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch, length, size]))


def transformer(ids):
    places = tf.range(start=0, limit=tf.shape(ids)[-1], delta=1)
    x = L.Embedding(3, 8)(ids) + L.Embedding(7, 8)(places)
    x = L.LayerNormalization()(x + attention(x))
    x = L.LayerNormalization()(x + L.Dense(8)(tf.nn.gelu(L.Dense(16)(x))))
    return L.Dense(3)(tf.reduce_mean(x, 1))


def open_sequence(ids):
    places = tf.range(start=0, limit=tf.shape(ids)[-1], delta=1)
    x = L.Dense(8)(L.Embedding(3, 8)(ids) + L.Embedding(9, 8)(places))
    heads = tf.transpose(tf.reshape(x, [tf.shape(x)[0], tf.shape(x)[1], 2, 4]), [0, 2, 1, 3])
    return L.Dense(3)(tf.reshape(heads, [tf.shape(x)[0], -1, 8]))


def branches(x):
    """Of one shape and of several lengths: Keras 3 counts other steps on the way than Keras 2."""
    first = L.Dense(5, activation="relu")(x)
    first = tf.reshape(first, [tf.shape(first)[0], tf.shape(first)[1] * 5])
    first = L.Dense(4)(tf.clip_by_norm(first, 1.0, axes=[-1]))
    second = L.Dense(4)(L.Dense(4)(L.Flatten()(x)))
    third = L.Dense(4)(x[:, 0])
    return [L.Dense(2)(first + second), L.Dense(2)(second * third),
            tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.nn.sigmoid(first), logits=third)]


def nested(x):
    inside = tf_keras.Input((6, 4))
    shape = tf.shape(inside)
    inner = tf_keras.Model(inside, L.Dense(5)(tf.reshape(inside, [shape[0], shape[1] * shape[2]])), name="inner")
    once, again = inner(x), inner(x * 2.0)
    return L.Dense(2)(tf.stack([once, again], 1)[:, 0] + again)


def network(x):
    fine = L.Conv2D(4, 3, padding="same")(x)
    coarse = tf.nn.leaky_relu(L.BatchNormalization()(L.Conv2D(8, 3, strides=2, padding="same")(fine)), 0.1)
    coarse = tf.image.resize(coarse, tf.shape(fine)[1:3], method="nearest")
    joined = tf.pad(tf.concat([fine, coarse], -1), [[0, 0], [1, 1], [1, 1], [0, 0]], mode="REFLECT")
    return tf.nn.depth_to_space(L.Conv2D(4, 3)(joined), 2)


def token(x):
    """One more step in front of a sequence, and a state of zeros."""
    steps = tf.concat([tf.ones([tf.shape(x)[0], 1, 4]) * 0.5, L.Dense(4)(x)], 1)
    return L.Dense(3)(L.GRU(3)(steps, initial_state=tf.zeros((tf.shape(x)[0], 3))))


def cases():
    sequence, ids = ("real", (2, 6, 4)), ("index3", (2, 7))
    return {"transformer": (transformer, [ids]), "open_sequence": (open_sequence, [(*ids, (None,))]),
            "branches": (branches, [sequence]), "nested": (nested, [sequence]), "network": (network, [("real", (2, 8, 8, 3))]),
            "token": (token, [sequence])}
