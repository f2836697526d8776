#include "aws/shared_config.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>
#include <vector>

#include <pwd.h>
#include <unistd.h>

#include "aws/shared_files.h"
#include "aws/shell_words.h"
#include "base/file.h"
#include "base/utf8.h"

namespace cofre::aws {
namespace {

constexpr std::size_t kMaxFileBytes = 1U << 20U;
/// Settings that [DEFAULT] may add to all sections together: a small file must
/// not fill the memory.
constexpr std::size_t kMaxInherited = 100'000;

Error at_line(std::size_t line, std::string_view cause) {
    return Error(ErrorCode::kInvalidArgument, "line " + std::to_string(line) + ": " + std::string(cause));
}

/// Length in bytes of the white space character that `text` begins with, or 0.
/// The AWS CLI is written in Python: this is the set of its str.strip().
std::size_t white_space_at(std::string_view text) {
    if (text.empty()) return 0;
    const auto first = static_cast<unsigned char>(text.front());
    if (first == ' ' || (first >= 0x09 && first <= 0x0D) || (first >= 0x1C && first <= 0x1F)) return 1;
    static constexpr std::array<std::string_view, 17> kWide = {
        "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007",
        "\u2008", "\u2009", "\u200A", "\u2028", "\u2029", "\u202F", "\u205F", "\u3000"};
    if (text.starts_with("\xC2\x85") || text.starts_with("\xC2\xA0")) return 2;
    const auto* const wide = std::find_if(kWide.begin(), kWide.end(), [&](auto c) { return text.starts_with(c); });
    return wide == kWide.end() ? 0 : wide->size();
}

std::size_t white_space_before_end(std::string_view text) {
    for (std::size_t length = 1; length <= std::min<std::size_t>(3, text.size()); ++length) {
        if (white_space_at(text.substr(text.size() - length)) == length) return length;
    }
    return 0;
}

/// In characters, as Python counts columns.
std::size_t indentation(std::string_view line) {
    std::size_t count = 0;
    while (const std::size_t length = white_space_at(line)) {
        line.remove_prefix(length);
        ++count;
    }
    return count;
}

/// Ends at LF, CR LF or CR.
std::string_view take_line(std::string_view& text) {
    const auto end = std::min(text.find_first_of("\r\n"), text.size());
    const auto line = text.substr(0, end);
    const std::size_t terminator = text.substr(end).starts_with("\r\n") ? 2 : 1;
    text.remove_prefix(std::min(end + terminator, text.size()));
    return line;
}

struct IniOption {
    std::vector<std::string> lines;  ///< The value, then what continues it.
    std::size_t line = 0;
};

struct IniSection {
    std::string name;
    std::map<std::string, IniOption> options;
};

/// The dialect of Python's configparser as botocore uses it: '#' and ';' begin a
/// comment only where a line begins, '=' or ':' ends a name, a line indented
/// deeper than the setting above continues it, [DEFAULT] is inherited by all,
/// nothing may appear twice. (Observed with AWS CLI 1.45; no inline comments.)
class IniReader {
public:
    Result<std::vector<IniSection>> read(std::string_view text) {
        std::size_t number = 0;
        while (!text.empty()) {
            ++number;
            COFRE_TRY(take(number, take_line(text)));
        }
        if (defaults_.options.size() * sections_.size() > kMaxInherited) {
            return Error(ErrorCode::kResourceExhausted, "too many settings in [DEFAULT] for so many sections");
        }
        for (auto& section : sections_)
            section.options.insert(defaults_.options.begin(), defaults_.options.end());
        return std::move(sections_);
    }

private:
    Status take(std::size_t number, std::string_view line) {
        if (line.find('\0') != std::string_view::npos) return at_line(number, "holds a NUL byte");
        if (!is_utf8(line)) return at_line(number, "is not UTF-8");
        const auto stripped = strip_white_space(line);
        if (stripped.empty()) {
            if (option_) option_->lines.emplace_back();
            return {};
        }
        if (stripped.front() == '#' || stripped.front() == ';') return {};
        const std::size_t indent = indentation(line);
        if (option_ && indent > indent_) {
            option_->lines.emplace_back(stripped);
            return {};
        }
        indent_ = indent;
        const auto close = stripped.rfind(']');
        if (stripped.front() == '[' && close != std::string_view::npos && close > 1) {
            return open_section(number, stripped.substr(1, close - 1));
        }
        return take_option(number, stripped);
    }

    Status open_section(std::size_t number, std::string_view name) {
        option_ = nullptr;
        if (name == "DEFAULT") {
            section_ = &defaults_;
            return {};
        }
        const auto [seen, is_new] = section_lines_.try_emplace(std::string(name), number);
        if (!is_new) {
            return at_line(number, "section [" + escape_for_display(name) + "] appears again, first in line " +
                                       std::to_string(seen->second))
                .with_hint("put the settings of both under one heading; the AWS CLI refuses such a file too");
        }
        sections_.push_back({std::string(name), {}});
        section_ = &sections_.back();  // Valid until the next heading, which sets it anew.
        return {};
    }

    Status take_option(std::size_t number, std::string_view line) {
        if (!section_) return at_line(number, "a setting before the first [section]");
        const auto delimiter = line.find_first_of("=:");
        if (delimiter == std::string_view::npos) {
            return at_line(number, "neither a [section] nor a setting of the form name = value");
        }
        const auto name = lower(strip_white_space(line.substr(0, delimiter)));
        if (name.empty()) return at_line(number, "a value without a name");
        const auto [entry, is_new] = section_->options.try_emplace(name);
        if (!is_new) {
            return at_line(number, "setting \"" + escape_for_display(name) + "\" appears again, first in line " +
                                       std::to_string(entry->second.line));
        }
        option_ = &entry->second;
        option_->lines.emplace_back(strip_white_space(line.substr(delimiter + 1)));
        option_->line = number;
        return {};
    }

    std::vector<IniSection> sections_;
    std::map<std::string, std::size_t> section_lines_;
    IniSection defaults_;
    IniSection* section_ = nullptr;
    IniOption* option_ = nullptr;  ///< The setting that a deeper line would continue.
    std::size_t indent_ = 0;
};

/// One setting, or, where the value begins on the next line, one for each of
/// the indented `name = value` lines.
Status add_setting(AwsProfile& profile, const std::string& name, const IniOption& option) {
    auto lines = option.lines;
    while (!lines.empty() && lines.back().empty())
        lines.pop_back();
    if (lines.empty()) {
        profile.insert_or_assign(name, "");
        return {};
    }
    if (!lines.front().empty()) {
        std::string value = lines.front();
        for (std::size_t i = 1; i < lines.size(); ++i)
            value += "\n" + lines[i];
        profile.insert_or_assign(name, std::move(value));
        return {};
    }
    for (const auto& line : lines) {
        if (line.empty()) continue;
        const auto equals = line.find('=');
        if (equals == std::string::npos) {
            return at_line(option.line, "below \"" + escape_for_display(name) + "\" there is a line without '='");
        }
        const std::string_view text = line;
        profile.insert_or_assign(name + "." + lower(strip_white_space(text.substr(0, equals))),
                                 std::string(strip_white_space(text.substr(equals + 1))));
    }
    return {};
}

Result<AwsProfile> to_profile(const IniSection& section) {
    AwsProfile profile;
    for (const auto& [name, option] : section.options)
        COFRE_TRY(add_setting(profile, name, option));
    return profile;
}

/// What a heading of the config file is called in the result; nullopt for one
/// that the AWS CLI does not read either, such as [backup] without "profile".
std::optional<std::string> name_of_heading(const std::string& heading) {
    if (heading == "default") return heading;
    for (const std::string_view kind : {"profile", "sso-session", "services"}) {
        if (!heading.starts_with(kind)) continue;
        auto words = split_shell_words(heading);
        if (!words || words->size() != 2) return std::nullopt;
        std::string& name = words->back();
        return kind == "profile" ? std::move(name) : std::string(kind) + " " + name;
    }
    return std::nullopt;
}

std::string home_folder() {
    if (auto home = aws_environment("HOME"); !home.empty()) return home;
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found) return found->pw_dir;
    return "/";
}

/// $NAME and ${NAME}; an unknown name stays as it is written.
std::string expand_variables(std::string_view text) {
    const auto is_word = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    std::string result;
    while (!text.empty()) {
        const auto dollar = std::min(text.find('$'), text.size());
        result += text.substr(0, dollar);
        text.remove_prefix(dollar);
        if (text.empty()) break;
        const bool braced = text.substr(1).starts_with('{');
        const auto* const begin = text.begin() + (braced ? 2 : 1);
        const auto* const end =
            braced ? std::find(begin, text.end(), '}') : std::find_if_not(begin, text.end(), is_word);
        const auto length = static_cast<std::size_t>(end - text.begin()) + (braced && end != text.end() ? 1U : 0U);
        const auto value = aws_environment(std::string(begin, end).c_str());
        result += value.empty() ? text.substr(0, length) : std::string_view(value);
        text.remove_prefix(length);
    }
    return result;
}

std::filesystem::path file_path(const char* variable, std::string_view name_below_home) {
    auto path = expand_variables(aws_environment(variable));
    if (path.empty()) return std::filesystem::path(home_folder()) / ".aws" / name_below_home;
    if (path == "~" || path.starts_with("~/")) path.replace(0, 1, home_folder());
    return path;
}

Result<AwsProfiles> read_file(const std::filesystem::path& path, AwsFileKind kind) {
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) return AwsProfiles{};
    auto text = read_small_file(path, kMaxFileBytes);
    if (!text) {
        if (text.error().code() == ErrorCode::kNotFound) return AwsProfiles{};
        return std::move(text).error();
    }
    auto profiles = parse_aws_file(*text, kind);
    if (!profiles) return std::move(profiles).error().context("read " + path.string());
    return profiles;
}

}  // namespace

std::string_view strip_white_space(std::string_view text) {
    while (const std::size_t length = white_space_at(text))
        text.remove_prefix(length);
    while (const std::size_t length = white_space_before_end(text))
        text.remove_suffix(length);
    return text;
}

std::string aws_environment(const char* name) {
    const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here calls setenv().
    return value ? value : "";
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
}

bool is_true(std::string_view text) {
    return lower(text) == "true";
}

std::string setting(const AwsProfile& profile, const std::string& key) {
    const auto found = profile.find(key);
    return found == profile.end() ? std::string() : found->second;
}

Result<AwsProfiles> parse_aws_file(std::string_view text, AwsFileKind kind) {
    text = without_byte_order_mark(text);
    COFRE_ASSIGN(const auto sections, IniReader().read(text));
    AwsProfiles profiles;
    for (const auto& section : sections) {
        COFRE_ASSIGN(auto profile, to_profile(section));
        const auto name = kind == AwsFileKind::kCredentials ? section.name : name_of_heading(section.name);
        // [default], [profile default] and [profile "default"] are one profile:
        // the last in the file replaces those before it as a whole.
        if (name) profiles.insert_or_assign(*name, std::move(profile));
    }
    return profiles;
}

AwsFilePaths aws_file_paths() {
    return {file_path("AWS_CONFIG_FILE", "config"), file_path("AWS_SHARED_CREDENTIALS_FILE", "credentials")};
}

Result<AwsFiles> read_aws_files(const AwsFilePaths& paths) {
    COFRE_ASSIGN(auto config, read_file(paths.config, AwsFileKind::kConfig));
    COFRE_ASSIGN(auto credentials, read_file(paths.credentials, AwsFileKind::kCredentials));
    return AwsFiles{std::move(config), std::move(credentials)};
}

AwsProfiles merge_aws_files(const AwsFiles& files) {
    AwsProfiles merged = files.config;
    for (const auto& [name, profile] : files.credentials) {
        auto& target = merged[name];
        // A nested block replaces the whole block of the other file.
        for (const auto& [key, value] : profile) {
            const auto block = key.substr(0, key.find('.'));
            std::erase_if(target,
                          [&](const auto& old) { return old.first == block || old.first.starts_with(block + "."); });
        }
        target.insert(profile.begin(), profile.end());
    }
    return merged;
}

Result<AwsProfiles> load_aws_profiles() {
    COFRE_ASSIGN(const auto files, read_aws_files(aws_file_paths()));
    return merge_aws_files(files);
}

std::string default_profile_name() {
    for (const char* const name : {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"}) {
        if (auto profile = aws_environment(name); !profile.empty()) return profile;
    }
    return "default";
}

}  // namespace cofre::aws
