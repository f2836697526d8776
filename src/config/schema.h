#pragma once

/// @file
/// Every key of the configuration, once. What may be written, what is shown,
/// and what the documents say all come from this one table (fields.h).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cofre::config {

/// The two forms of the file.
enum class Form : std::uint8_t {
    kCofre,   ///< cofre.yaml: targets and jobs.
    kLegacy,  ///< aws, s3, backup, logging.
};

enum class ValueType : std::uint8_t {
    kBool,
    kInteger,
    kText,
    kSecret,
    kPath,
    kSize,
    kDuration,
    kChoice,
    kTextList,
    kTextMap
};

/// "true or false", "a whole number", "a size such as 50MiB": for messages.
std::string_view describe(ValueType type);

struct KeySpec {
    std::string path;  ///< "targets.*.region": `*` is a name of the user's choice.
    ValueType type = ValueType::kText;
    bool required = false;
    std::string default_json;              ///< "null" if there is none.
    std::string description;               ///< Sentences for people.
    std::vector<std::string> choices;      ///< kChoice.
    long long minimum = 0;                 ///< kInteger, kSize (bytes).
    long long maximum = 0;                 ///< Likewise; 0: none.
    std::vector<std::string> environment;  ///< Variables that set it, the first that is set wins.
    bool environment_wins = false;         ///< They override the file; else they fill in.
};

/// In the order in which they are documented and shown.
std::vector<KeySpec> config_keys(Form form);

/// JSON Schema, draft 7 (what editors understand), indented, with a newline at
/// its end. Keys that begin with "x-" are free at the top level: anchors.
std::string config_json_schema(Form form = Form::kCofre);

/// A Markdown table per section, for docs/configuration.md.
std::string config_reference(Form form = Form::kCofre);

}  // namespace cofre::config
