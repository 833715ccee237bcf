"""ONNX Runtime, through its Python API with input and output bound once (predictions only)."""

import onnxruntime

from peers import protocol


class OnnxRuntime:
    version = f"onnxruntime {onnxruntime.__version__}"

    def __init__(self, threads):
        self._options = onnxruntime.SessionOptions()
        self._options.intra_op_num_threads = threads
        self._options.inter_op_num_threads = 1
        self._options.log_severity_level = 3

    def load(self, files):
        self._session = onnxruntime.InferenceSession(
            files.onnx, self._options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name
        self._output = self._session.get_outputs()[0].name

    def predict(self, x):
        return self._session.run([self._output], {self._input: x})[0]

    def predict_variants(self, x):
        def bound():
            value = onnxruntime.OrtValue.ortvalue_from_numpy(x)
            binding = self._session.io_binding()
            binding.bind_ortvalue_input(self._input, value)
            result = onnxruntime.OrtValue.ortvalue_from_numpy(self.predict(x))
            binding.bind_ortvalue_output(self._output, result)
            return lambda: self._session.run_with_iobinding(binding)

        return {
            "run": lambda: lambda: self._session.run([self._output], {self._input: x}),
            "io binding": bound,
        }


if __name__ == "__main__":
    protocol.main(OnnxRuntime)
