#include "nn/pattern.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "nn/raise.hpp"

namespace rhyton {

namespace {

// What names of layers and weights need is a thousandth of it.
constexpr std::uint32_t most_steps = 1'000'000, most_kilobytes = 16 * 1024;
constexpr std::size_t longest_pattern = 64 * 1024, shown = 100;

std::string what(int error) {
  PCRE2_UCHAR text[256] = {};
  pcre2_get_error_message(error, text, sizeof text);
  return reinterpret_cast<const char*>(text);
}

}  // namespace

struct Pattern::Code {
  std::string text, where;
  pcre2_compile_context* compile_context = pcre2_compile_context_create(nullptr);
  pcre2_match_context* match_context = pcre2_match_context_create(nullptr);
  pcre2_code* code = nullptr;

  Code(const std::string& pattern, const std::string& place) : text(pattern.substr(0, shown)), where(place) {
    pcre2_set_max_pattern_length(compile_context, longest_pattern);
    pcre2_set_match_limit(match_context, most_steps);
    pcre2_set_heap_limit(match_context, most_kilobytes);
    int error = 0;
    PCRE2_SIZE at = 0;
    code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                         PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF, &error, &at, compile_context);
    if (code == nullptr) {
      release();
      raise<ValueError>("{}: '{}' is no regular expression: {}, at character {}.", where, text, what(error),
                        at);
    }
  }
  Code(const Code&) = delete;
  Code& operator=(const Code&) = delete;
  ~Code() { release(); }
  void release() {
    pcre2_code_free(code);
    pcre2_match_context_free(match_context);
    pcre2_compile_context_free(compile_context);
  }
  bool search(const std::string& in, std::uint32_t options) const {
    pcre2_match_data* data = pcre2_match_data_create(1, nullptr);  // one a search: threads share the rest
    const int found = pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(in.data()), in.size(), 0, options, data,
                                  match_context);
    pcre2_match_data_free(data);
    if (found < 0 && found != PCRE2_ERROR_NOMATCH)
      raise<ValueError>(
          "{}: the regular expression '{}' cannot be looked for in '{}': {}. Use a simpler one.", where, text,
          in.substr(0, shown), what(found));
    return found >= 0;
  }
};

Pattern::Pattern(const std::string& text, const std::string& where)
    : code_(std::make_shared<const Code>(text, where)) {}
bool Pattern::found_in(const std::string& text) const { return code_->search(text, 0); }
bool Pattern::matches(const std::string& text) const {
  return code_->search(text, PCRE2_ANCHORED | PCRE2_ENDANCHORED);
}

}  // namespace rhyton
