#pragma once
/// @file thread_limit.hpp  Fewer threads than `set_threads` allows, for work that does not pay several.

namespace rhyton {

/// While it lives, `get_threads` says at most `most` on the calling thread.
class ThreadLimit {
 public:
  explicit ThreadLimit(int most);
  ~ThreadLimit();
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;

 private:
  int before_;
};

}  // namespace rhyton
