"""Keras on TensorFlow."""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import tensorflow as tf

from peers import protocol


class KerasTensorFlow:
    version = f"keras {keras.__version__}, tensorflow {tf.__version__}"

    def __init__(self, threads):
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)

    def load(self, files):
        self._model = keras.models.load_model(files.keras)

    def predict(self, x):
        return self._model.predict_on_batch(x)

    def losses(self, batches):
        # Keras returns the mean of the losses so far; a reset before each step leaves that step's own.
        losses = []
        for x, y in batches:
            self._model.reset_metrics()
            losses.append(float(self._model.train_on_batch(x, y)))
        return losses

    def predict_variants(self, x):
        tensor = tf.constant(x)

        def compiled(jit):
            call = tf.function(lambda x: self._model(x, training=False), jit_compile=jit)
            function = call.get_concrete_function(tf.TensorSpec(x.shape, tf.float32))
            return lambda: function(tensor)

        return {
            "predict_on_batch": lambda: lambda: self._model.predict_on_batch(x),
            "tf.function": lambda: compiled(False),
            "tf.function, XLA": lambda: compiled(True),
        }

    def train_variants(self, inputs, labels):
        arrays = protocol.TrainingFeed(inputs, labels)
        tensors = protocol.TrainingFeed([tf.constant(x) for x in inputs], [tf.constant(y) for y in labels])
        model, optimizer = self._model, self._model.optimizer
        optimizer.build(model.trainable_variables)
        loss_function = keras.losses.SparseCategoricalCrossentropy()

        def train_step(x, y):
            with tf.GradientTape() as tape:
                loss = loss_function(y, model(x, training=True))
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply(gradients, model.trainable_variables)
            return loss

        def compiled(jit):
            function = tf.function(train_step, jit_compile=jit)
            return lambda: function(*tensors.next()).numpy()

        return {
            "train_on_batch": lambda: lambda: model.train_on_batch(*arrays.next()),
            "tf.function": lambda: compiled(False),
            "tf.function, XLA": lambda: compiled(True),
        }


if __name__ == "__main__":
    protocol.main(KerasTensorFlow)
