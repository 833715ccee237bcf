"""Keras on JAX."""

import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import keras

from peers import protocol


class KerasJax:
    version = f"keras {keras.__version__}, jax {jax.__version__}"

    def __init__(self, threads):
        # XLA sizes its pool by the cores the process may use; a narrower choice is made with the affinity.
        if threads < len(os.sched_getaffinity(0)):
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])

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
        array = jax.numpy.asarray(x)
        model = self._model

        def compiled():
            trainable = [v.value for v in model.trainable_variables]
            state = [v.value for v in model.non_trainable_variables]
            call = jax.jit(lambda t, s, x: model.stateless_call(t, s, x, training=False)[0])
            return lambda: call(trainable, state, array).block_until_ready()

        return {
            "predict_on_batch": lambda: lambda: model.predict_on_batch(x),
            "jax.jit": compiled,
        }

    def train_variants(self, inputs, labels):
        arrays = protocol.TrainingFeed(inputs, labels)
        model, optimizer = self._model, self._model.optimizer
        optimizer.build(model.trainable_variables)
        loss_function = keras.losses.SparseCategoricalCrossentropy()

        def compute_loss(trainable, state, x, y):
            predictions, state = model.stateless_call(trainable, state, x, training=True)
            return loss_function(y, predictions), state

        gradient = jax.value_and_grad(compute_loss, has_aux=True)

        def train_step(trainable, state, slots, x, y):
            (loss, state), gradients = gradient(trainable, state, x, y)
            trainable, slots = optimizer.stateless_apply(slots, gradients, trainable)
            return loss, trainable, state, slots

        def compiled():
            device = protocol.TrainingFeed(
                [jax.numpy.asarray(x) for x in inputs], [jax.numpy.asarray(y) for y in labels]
            )
            call = jax.jit(train_step, donate_argnums=(0, 1, 2))
            # Copies, because a donated buffer is gone for the other variant.
            values = [
                [jax.numpy.array(v.value, copy=True) for v in variables]
                for variables in (
                    model.trainable_variables,
                    model.non_trainable_variables,
                    optimizer.variables,
                )
            ]

            def step():
                nonlocal values
                loss, *values = call(*values, *device.next())
                loss.block_until_ready()

            return step

        return {
            "train_on_batch": lambda: lambda: model.train_on_batch(*arrays.next()),
            "jax.jit": compiled,
        }


if __name__ == "__main__":
    protocol.main(KerasJax)
