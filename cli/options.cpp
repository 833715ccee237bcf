#include "cli/options.hpp"

#include <CLI/CLI.hpp>

namespace rhyton::cli {

Command::Command(CLI::App& app, const std::string& name, const std::string& help)
    : command_(app.add_subcommand(name, help)) {}

void Command::positional(const char* name, std::string& value, const char* help) {
  command_->add_option(name, value, help)->required();
}

void Command::option(const char* name, std::string& value, const char* help) {
  command_->add_option(name, value, help);
}

void Command::required(const char* name, std::string& value, const char* help) {
  command_->add_option(name, value, help)->required();
}

void Command::required(const char* name, std::vector<std::string>& values, const char* help) {
  command_->add_option(name, values, help)->required()->allow_extra_args(false);
}

void Command::choice(const char* name, std::string& value, std::vector<std::string> choices,
                     const char* help) {
  command_->add_option(name, value, help)->check(CLI::IsMember(std::move(choices)))->capture_default_str();
}

void Command::option(const char* name, std::int64_t& value, const char* help) {
  command_->add_option(name, value, help)->check(CLI::PositiveNumber)->capture_default_str();
}

void Command::option(const char* name, double& value, const char* help) {
  command_->add_option(name, value, help)->check(CLI::NonNegativeNumber)->capture_default_str();
}

void Command::option(const char* name, std::optional<std::int64_t>& value, const char* help) {
  command_->add_option(name, value, help)->check(CLI::PositiveNumber);
}

void Command::option(const char* name, std::optional<double>& value, const char* help) {
  command_->add_option(name, value, help)->check(CLI::NonNegativeNumber);
}

void Command::option(const char* name, std::optional<std::uint64_t>& value, const char* help) {
  command_->add_option(name, value, help);
}

void Command::flag(const char* name, bool& value, const char* help) { command_->add_flag(name, value, help); }

void Command::run(std::function<void()> action) { command_->callback(std::move(action)); }

}  // namespace rhyton::cli
