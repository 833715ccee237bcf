"""Makes weights/: one model's weights as Keras writes them, in one file and in shards.

Run it in this folder with keras (any backend) and h5py; the files are committed.
"""
import numpy as np
import keras
from keras import layers

model = keras.Sequential(
    [layers.Input((4,)), layers.Dense(3, name="first"), layers.BatchNormalization(), layers.Dense(2, name="second")]
)
total = 0
values = []
for w in model.get_weights():
    values.append((np.arange(w.size, dtype="f4") + total).reshape(w.shape) / 8)
    total += w.size
model.set_weights(values)
model.save_weights("weights/plain.weights.h5")
model.save_weights("weights/shards.weights.json", max_shard_size=56 / 1024**3)
names = ["layers/dense/vars/0", "layers/dense/vars/1"]
np.savez("weights/plain.npz", **dict(zip(names, values)))
