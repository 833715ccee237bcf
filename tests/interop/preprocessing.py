"""Preprocessing layers both ways: preprocessing.py RHYTON  (KERAS_BACKEND=tensorflow)

Models with layers that look up, split, hash, count, scale and cut, some of them adapted: Keras saves them, the program
`rhyton` predicts the same; C++ saves them again, and Keras opens that and predicts the same.
"""
import os
import subprocess
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np

L = keras.layers
TEXTS = np.array([["The dog and the cat."], ["A bird, the bird!"], ["dog dog cat"], ["an owl: Grüße"], [""]])
WORDS = np.array([["dog", "cat"], ["owl", "dog"], ["bird", "fish"], ["cat", "cat"]])
NUMBERS = np.array([[3, 5, 7], [5, 7, 2], [7, 8, 5]], "int64")
IMAGES = np.random.default_rng(1).uniform(0, 255, (3, 10, 12, 3)).astype("float32")
FEATURES = np.random.default_rng(2).normal(3, 2, (8, 4)).astype("float32")
SIGNALS = np.random.default_rng(3).normal(size=(2, 160)).astype("float32")


def texts(*layers):
    return keras.Sequential([keras.Input((1,), dtype="string"), *layers])


def adapted(layer, data):
    layer.adapt(data)
    return layer


def vectorization(**arguments):
    return adapted(L.TextVectorization(**arguments), TEXTS[:, 0])


def embedding_classifier():
    layer = vectorization()
    return texts(layer, L.Embedding(layer.vocabulary_size(), 4, mask_zero=True), L.GlobalAveragePooling1D(),
                 L.Dense(2, activation="softmax"))


def lookups(shape, dtype, *layers):
    return keras.Sequential([keras.Input(shape, dtype=dtype), *layers])


def images(*layers):
    return lookups(IMAGES.shape[1:], "float32", *layers)


def tabular():
    """Columns of text and numbers, each through its own layers, side by side."""
    city, age = keras.Input((1,), dtype="string", name="city"), keras.Input((1,), dtype="int64", name="age")
    features, text = keras.Input((4,), name="features"), keras.Input((1,), dtype="string", name="text")
    vectorized = L.GlobalAveragePooling1D()(L.Embedding(12, 3)(vectorization()(text)))
    joined = L.Concatenate()([
        adapted(L.StringLookup(output_mode="one_hot"), COLUMNS["city"][:4])(city),
        adapted(L.IntegerLookup(output_mode="one_hot"), COLUMNS["age"][:4])(age),
        L.Discretization([10.0, 30.0], output_mode="one_hot")(age),
        L.HashedCrossing(8, output_mode="one_hot")((city, age)),
        adapted(L.Normalization(), COLUMNS["features"])(features), vectorized])
    return keras.Model([city, age, features, text], L.Dense(3)(joined))


COLUMNS = {"city": np.array([["a"], ["b"], ["c"], ["a"], ["zz"]]), "age": np.array([[3], [40], [25], [7], [99]]),
           "features": FEATURES[:5], "text": TEXTS}
MODELS = {
    "tabular": (tabular, COLUMNS),
    "text_classifier": (embedding_classifier, TEXTS),
    "text_padded": (lambda: texts(vectorization(output_sequence_length=4)), TEXTS),
    "text_given": (lambda: texts(L.TextVectorization(vocabulary=["dog", "cat"], output_sequence_length=3)), TEXTS),
    "text_bigrams": (lambda: texts(vectorization(ngrams=2, output_mode="multi_hot")), TEXTS),
    "text_counts": (lambda: texts(vectorization(output_mode="count", max_tokens=5)), TEXTS),
    "text_tf_idf": (lambda: texts(vectorization(output_mode="tf_idf")), TEXTS),
    "text_tf_idf_given": (lambda: texts(L.TextVectorization(
        output_mode="tf_idf", vocabulary=["dog", "cat"], idf_weights=[0.5, 2.0])), TEXTS),
    "text_characters": (lambda: texts(vectorization(split="character", output_sequence_length=6)), TEXTS),
    "string_lookup": (lambda: lookups((2,), "string", adapted(L.StringLookup(), WORDS[:3])), WORDS),
    "string_lookup_given": (lambda: lookups((2,), "string", L.StringLookup(
        vocabulary=["cat", "dog"], mask_token="", num_oov_indices=2, output_mode="int")), WORDS),
    "string_lookup_multi_hot": (lambda: lookups((2,), "string", adapted(
        L.StringLookup(output_mode="multi_hot"), WORDS[:3]), L.Dense(3)), WORDS),
    "string_lookup_tf_idf": (lambda: lookups((2,), "string", adapted(
        L.StringLookup(output_mode="tf_idf"), WORDS[:3])), WORDS),
    "string_lookup_inverse": (lambda: lookups((3,), "int64", L.StringLookup(
        vocabulary=["cat", "dog"], invert=True)), np.array([[0, 1, 2], [2, 1, 0]])),
    "integer_lookup": (lambda: lookups((3,), "int64", adapted(L.IntegerLookup(), NUMBERS[:2])), NUMBERS),
    "integer_lookup_count": (lambda: lookups((3,), "int64", adapted(
        L.IntegerLookup(output_mode="count", max_tokens=3), NUMBERS)), NUMBERS),
    "hashing": (lambda: lookups((2,), "string", L.Hashing(7, salt=(3, 5))), WORDS),
    "hashing_one_hot": (lambda: lookups((3,), "int64", L.Hashing(5, output_mode="multi_hot")), NUMBERS),
    "category_encoding": (lambda: lookups((3,), "int64", L.CategoryEncoding(9, output_mode="count")), NUMBERS),
    "discretization": (lambda: lookups((4,), "float32", adapted(L.Discretization(num_bins=4), FEATURES)), FEATURES),
    "normalization": (lambda: lookups((4,), "float32", adapted(L.Normalization(), FEATURES), L.Dense(2)), FEATURES),
    "denormalization": (lambda: lookups((4,), "float32", adapted(L.Normalization(invert=True), FEATURES)), FEATURES),
    "image_pipeline": (lambda: images(
        L.Resizing(8, 9, crop_to_aspect_ratio=True), L.CenterCrop(6, 7), L.RandomFlip(), L.RandomRotation(0.1),
        L.RandomZoom(0.2), L.RandomTranslation(0.1, 0.1), L.RandomContrast(0.2), L.RandomBrightness(0.1),
        L.Rescaling(1 / 127.5, -1), L.Conv2D(2, 3)), IMAGES),
    "resizing": (lambda: images(L.Resizing(7, 5, interpolation="bicubic")), IMAGES),
    "padding": (lambda: images(L.Resizing(9, 9, interpolation="nearest", pad_to_aspect_ratio=True)), IMAGES),
    "pipeline": (lambda: images(L.Pipeline([L.Rescaling(0.5), L.CenterCrop(4, 4)]), L.Flatten()), IMAGES),
    "colours": (lambda: images(L.AutoContrast(), L.Solarization(0.1, 0.2), L.RandAugment(), L.AugMix()), IMAGES),
    "equalized": (lambda: images(L.ContrastLimitedAdaptiveHistogramEqualization(tile_grid_size=(2, 3))), IMAGES),
    "mel": (lambda: lookups((160,), "float32", L.MelSpectrogram(
        fft_length=32, sequence_stride=16, num_mel_bins=6, sampling_rate=400, min_freq=4.0)), SIGNALS),
    "stft": (lambda: lookups((160, 1), "float32", L.STFTSpectrogram(
        mode="log", frame_length=20, frame_step=8, fft_length=32)), SIGNALS[..., None]),
    "spectral": (lambda: lookups((4,), "float32", L.SpectralNormalization(L.Dense(3))), FEATURES),
    "regularized": (lambda: lookups((4,), "float32", L.Dense(3), L.ActivityRegularization(l2=0.1),
                                    L.UnitNormalization(), L.RMSNormalization(), L.GroupNormalization(1)), FEATURES),
}


def arrays_of(x):
    return x if isinstance(x, dict) else {"": x}


def predict(model, x):
    tensors = [keras.ops.convert_to_tensor(value) for value in arrays_of(x).values()]
    y = keras.ops.convert_to_numpy(model(tensors if isinstance(x, dict) else tensors[0], training=False))
    return np.char.decode(y.astype("S"), "utf-8") if y.dtype.kind in "OS" else y


def same(got, want):
    if want.dtype.kind == "U":
        return np.array_equal(got, want)
    return got.shape == want.shape and np.allclose(got, want, rtol=1e-5, atol=1e-6, equal_nan=True)


def check(name, program, folder):
    """None, or what went wrong."""
    make, x = MODELS[name]
    keras.utils.set_random_seed(7)
    model = make()
    want = predict(model, x)
    path, again = os.path.join(folder, name + ".keras"), os.path.join(folder, name + "_ours.keras")
    model.save(path)
    inputs = []
    for key, values in arrays_of(x).items():
        np.save(os.path.join(folder, key + "x.npy"), values)
        inputs += ["--input", f"{key}={key}x.npy" if key else "x.npy"]
    np.save(os.path.join(folder, "y.npy"), want)
    done = subprocess.run([program, "verify", path, *inputs, "--expected", "y.npy"], cwd=folder,
                          capture_output=True, text=True)
    if done.returncode:
        return "rhyton verify: " + (done.stdout + done.stderr).strip()
    done = subprocess.run([program, "convert", path, again], capture_output=True, text=True)
    if done.returncode:
        return "saving again: " + (done.stdout + done.stderr).strip()
    try:
        got = predict(keras.models.load_model(again), x)
    except Exception as error:  # any failure of Keras is ours
        return f"Keras opens what was saved again: {type(error).__name__}: {str(error)[:800]}"
    return None if same(got, want) else "Keras predicts something else from what was saved again"


def main():
    program, failed = os.path.abspath(sys.argv[1]), 0
    names = sys.argv[2:] or list(MODELS)
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            wrong = check(name, program, folder)
            if wrong:
                failed += 1
                print(f"FAILED {name}: {wrong}", flush=True)
    print(f"preprocessing, keras {keras.__version__}: {len(names) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
