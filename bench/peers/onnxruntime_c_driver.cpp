// ONNX Runtime on any of the benchmark's models through its C API, input and output made once (predictions
// only). Built by onnxruntime_c.py, which is told where the headers are; the library is the Python package's.
#include <onnxruntime_c_api.h>

#include <random>

#include "driver.hpp"

namespace {

const OrtApi* const api = OrtGetApiBase()->GetApi(ORT_API_VERSION);

void check(OrtStatus* status) {
  if (status != nullptr) {
    throw std::runtime_error(api->GetErrorMessage(status));
  }
}

OrtSession* load(const OrtEnv* environment, const std::string& path, int threads) {
  OrtSessionOptions* options = nullptr;
  check(api->CreateSessionOptions(&options));
  check(api->SetIntraOpNumThreads(options, threads));
  check(api->SetInterOpNumThreads(options, 1));
  OrtSession* session = nullptr;
  check(api->CreateSession(environment, path.c_str(), options, &session));
  api->ReleaseSessionOptions(options);
  return session;
}

std::vector<int64_t> input_shape(const OrtSession* session, int batch_size) {
  OrtTypeInfo* type = nullptr;
  check(api->SessionGetInputTypeInfo(session, 0, &type));
  const OrtTensorTypeAndShapeInfo* tensor = nullptr;
  check(api->CastTypeInfoToTensorInfo(type, &tensor));
  std::size_t rank = 0;
  check(api->GetDimensionsCount(tensor, &rank));
  std::vector<int64_t> shape(rank);
  check(api->GetDimensions(tensor, shape.data(), rank));
  shape[0] = batch_size;
  api->ReleaseTypeInfo(type);
  return shape;
}

std::vector<float> random_values(const std::vector<int64_t>& shape) {
  std::size_t count = 1;
  for (const int64_t dim : shape) {
    count *= static_cast<std::size_t>(dim);
  }
  std::mt19937 engine(1);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  std::generate(values.begin(), values.end(), [&] { return normal(engine); });
  return values;
}

/// A tensor on `values`, which must outlive it.
OrtValue* make_tensor(std::vector<float>& values, const std::vector<int64_t>& shape) {
  OrtMemoryInfo* memory = nullptr;
  check(api->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &memory));
  OrtValue* tensor = nullptr;
  check(api->CreateTensorWithDataAsOrtValue(memory, values.data(), values.size() * sizeof(float),
                                            shape.data(), shape.size(), ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT,
                                            &tensor));
  api->ReleaseMemoryInfo(memory);
  return tensor;
}

}  // namespace

int main(int argc, char** argv) {
  const driver::Options options = driver::parse(argc, argv);
  OrtEnv* environment = nullptr;
  check(api->CreateEnv(ORT_LOGGING_LEVEL_ERROR, "bench", &environment));
  const auto begin = driver::Clock::now();
  OrtSession* session = load(environment, options.model, options.threads);
  const double load_ms = driver::milliseconds_since(begin);

  OrtAllocator* allocator = nullptr;
  check(api->GetAllocatorWithDefaultOptions(&allocator));
  char* input_name = nullptr;
  char* output_name = nullptr;
  check(api->SessionGetInputName(session, 0, allocator, &input_name));
  check(api->SessionGetOutputName(session, 0, allocator, &output_name));
  const auto shape = input_shape(session, options.batch_size);
  auto values = random_values(shape);
  const OrtValue* input = make_tensor(values, shape);
  // The first run allocates the output; the others write into it.
  OrtValue* output = nullptr;
  const auto times = driver::time_steps(
      [&] { check(api->Run(session, nullptr, &input_name, &input, 1, &output_name, 1, &output)); },
      options.seconds);
  const std::string version = std::string("onnxruntime ") + OrtGetApiBase()->GetVersionString() + ", C API";
  driver::print_json(times, options, load_ms, version.c_str());
}
