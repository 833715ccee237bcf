#include "tests/fuzz/targets.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "nn/error.hpp"
#include "serialization/byte_source.hpp"
#include "serialization/dataset_facts.hpp"
#include "serialization/inspection.hpp"
#include "serialization/limits.hpp"
#include "serialization/npy.hpp"
#include "serialization/saving.hpp"
#include "serialization/zip_archive.hpp"

namespace rhyton::fuzz {

namespace {

constexpr std::uint64_t most_weights = 16 * limits::mebibyte;
constexpr Dim most_values = 20'000;

/// A file that lies in memory only.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes) : file_(memfd_create("fuzz", MFD_CLOEXEC)) {
    while (!bytes.empty()) {
      const ssize_t done = ::write(file_, bytes.data(), bytes.size());
      if (done <= 0) throw std::bad_alloc();
      bytes.remove_prefix(static_cast<std::size_t>(done));
    }
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { ::close(file_); }
  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  int file_;
};

template <class Action>
bool accepts(Action&& action) {
  try {
    action();
    return true;
  } catch (const Error&) {
    return false;
  }
}

/// The shape with 1 for what is unknown.
Shape least(Shape shape) {
  for (int i = 0; i < shape.rank(); ++i)
    if (shape[i] < 0) shape[i] = 1;
  return shape;
}

bool is_little_work(const Model& model) {
  if (!model.graph().has_graph()) return false;
  Dim total = 0;
  for (const auto& node : model.graph().nodes())
    for (const auto& y : node->outputs) {
      const Shape shape = least(y.shape);
      for (Dim d : shape)
        if (d > most_values) return false;
      total += shape.size();
      if (total > most_values) return false;
    }
  return model.count_params() <= most_values;
}

void run(const Model& model) {
  if (!is_little_work(model)) return;
  std::vector<Tensor> inputs;
  for (const auto& x : model.graph().inputs()) inputs.emplace_back(least(x.shape()), x.dtype());
  model.predict_all(inputs, {.batch_size = 1});
}

void use(const Model& model) {
  std::ostringstream table;
  model.summary(table);
  to_json(model);
  run(model);
}

void load(const std::filesystem::path& path) {
  use(load_model(path, {.compile = false, .max_weight_bytes = most_weights}));
}

void read_everything(const Hdf5File& file, const std::string& group, int depth, int& left) {
  if (depth > 8) return;
  const std::string prefix = group.empty() ? group : group + "/";
  for (const auto& name : file.datasets(group)) {
    if (--left < 0) return;
    accepts([&] {
      if (file.facts(prefix + name).bytes <= limits::mebibyte) file.read(prefix + name);
    });
  }
  for (const char* attribute : {"layer_names", "weight_names", "name"})
    accepts([&] { file.texts(group, attribute); });
  for (const auto& name : file.groups(group)) {
    if (--left < 0) return;
    read_everything(file, prefix + name, depth + 1, left);
  }
}

}  // namespace

bool json(std::string_view bytes) {
  return accepts([&] {
    const LoadOptions options{.compile = false, .max_weight_bytes = most_weights};
    const Model model = model_from_json(std::string(bytes), options);
    use(model);
    for (const FileDialect dialect : {FileDialect::keras2, FileDialect::portable})
      accepts([&] { to_json(model, -1, {.dialect = dialect}); });
    // What is written can be read.
    model_from_json(to_json(model), options);
  });
}

bool keras(std::string_view bytes) {
  const MemoryFile file(bytes);
  const bool listed = accepts([&] { inspect_file(file.path()); });
  return accepts([&] { load(file.path()); }) && listed;
}

bool hdf5(std::string_view bytes) {
  const bool read = accepts([&] {
    int left = 2000;
    read_everything(Hdf5File(memory_source(std::string(bytes), "fuzz")), "", 0, left);
  });
  return keras(bytes) && read;
}

bool npz(std::string_view bytes) {
  return accepts([&] {
    if (bytes.starts_with("\x93NUMPY")) {
      const auto source = memory_source(std::string(bytes), "fuzz");
      npy_facts(*source);
      read_npy(*source);
    } else {
      read_npz(ZipReader(std::string(bytes), "fuzz"));
    }
  });
}

}  // namespace rhyton::fuzz
