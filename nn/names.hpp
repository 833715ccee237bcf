#pragma once
/// @file names.hpp  Keras's automatic names: "dense", "dense_1", ..., counted in the process.
#include <map>
#include <string>

namespace rhyton {

/// The next name for a layer of this class that was given none.
std::string automatic_name(const std::string& class_name);

/// keras.utils.clear_session: automatic names begin again.
void clear_session();

/// While it lives, the calling thread's automatic names are counted apart: those of the process stay as they
/// are.
class NamesApart {
 public:
  NamesApart();
  ~NamesApart();
  NamesApart(const NamesApart&) = delete;
  NamesApart& operator=(const NamesApart&) = delete;

 private:
  friend std::string automatic_name(const std::string& class_name);
  std::map<std::string, int> counts_;
  NamesApart* outer_;
};

}  // namespace rhyton
