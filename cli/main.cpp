// The program rhyton and its subcommands. Exit codes: 0, 2 for wrong usage, 1 with one line on stderr
// otherwise.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <new>
#include <sstream>

#include "cli/command.hpp"

namespace {

/// Errors may list several problems, each on a line that begins with "- ". Scripts get one line.
std::string on_one_line(const std::string& text) {
  std::string line;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part);) {
    const std::size_t start = part.find_first_not_of(' ');
    if (start == std::string::npos) continue;
    part = part.substr(part.compare(start, 2, "- ") == 0 ? start + 2 : start);
    if (line.ends_with('.')) line.pop_back();
    if (!line.empty()) line += line.back() == ':' ? " " : "; ";
    line += part;
  }
  return line;
}

/// A file may have names of megabytes, and problems by the thousand: words longer than any path are cut, and
/// so is the whole.
std::string shortened(const std::string& text) {
  constexpr std::size_t longest_word = 5000, kept = 100, longest = 20'000;
  std::string line;
  for (std::size_t at = 0; at < text.size() && line.size() < longest;) {
    const std::size_t end = std::min(text.find(' ', at), text.size() - 1) + 1;
    line += end - at > longest_word ? text.substr(at, kept) + "... " : text.substr(at, end - at);
    at = end;
  }
  return line.size() < longest ? line : line.substr(0, longest) + "...";
}

int fail(int code, const CLI::App& app, const std::string& text) {
  std::string where = app.get_name();
  for (const CLI::App* command : app.get_subcommands()) where += " " + command->get_name();
  std::string line = shortened(on_one_line(text));
  if (code == 2) line += fmt::format(" (see {} --help)", where);
  std::fprintf(stderr, "%s: %s\n", where.c_str(), rhyton::cli::printable(line).c_str());
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Define, train and run Keras models.", "rhyton");
  app.set_version_flag("--version", std::string("rhyton ") + RHYTON_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  rhyton::cli::add_summary(app);
  rhyton::cli::add_predict(app);
  rhyton::cli::add_evaluate(app);
  rhyton::cli::add_train(app);
  rhyton::cli::add_verify(app);
  rhyton::cli::add_bench(app);
  rhyton::cli::add_inspect(app);
  rhyton::cli::add_convert(app);
  rhyton::cli::add_diff(app);
  try {
    app.parse(argc, argv);
    if (std::fflush(stdout) != 0) return fail(1, app, "cannot write to standard output");
    return 0;
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::RequiredError& error) {
    if (app.get_subcommands().empty() && argc > 1 && argv[1][0] != '-')
      return fail(2, app, fmt::format("unknown subcommand '{}'", argv[1]));
    return fail(2, app, error.what());
  } catch (const CLI::ParseError& error) {
    return fail(2, app, error.what());
  } catch (const rhyton::cli::UsageError& error) {
    return fail(2, app, error.what());
  } catch (const std::bad_alloc&) {
    return fail(1, app, "out of memory");
  } catch (const std::exception& error) {
    return fail(1, app, error.what());
  }
}
