#pragma once

/// @file
/// From YAML to structs by way of the key table. Private.

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "config/expansion.h"
#include "config/field.h"
#include "config/field_value.h"
#include "config/variables.h"
#include "config/yaml_tree.h"

namespace cofre::config {

using SettingPath = std::vector<std::string>;

/// "targets.main.region"
std::string to_text(const SettingPath& path);
/// The setting `key` of the section at `path`.
SettingPath key_of(const SettingPath& path, const char* key);

/// Reads the sections of one file and remembers where each value came from.
class SectionReader {
public:
    /// What paths in the file and in `.env`, and those in variables of the
    /// process, are relative to.
    struct Bases {
        PathBase file;
        PathBase process;
    };

    /// `variables` and `expander` must outlive this.
    SectionReader(std::string file, const Variables& variables, Bases bases, Expander& expander)
        : file_(std::move(file)), variables_(variables), bases_(std::move(bases)), expander_(expander) {}

    /// Fills `fields` from `node`, which may be absent (nullptr) or null, and
    /// from the environment. kInvalidArgument with the position: not a map, an
    /// unknown key (the message names the nearest known one), a value of the
    /// wrong type or out of range, a required key that is missing.
    Status read(const YamlNode* node, const SettingPath& path, const std::vector<BoundField>& fields);

    /// As Config::settings wants it.
    void append_settings(const SettingPath& path, const std::vector<BoundField>& fields,
                         std::vector<Setting>& out) const;

    /// Where the value of a key came from; kDefault if it was not set.
    Origin origin(const SettingPath& path) const;
    void set_origin(const SettingPath& path, Origin origin) { origins_[path] = std::move(origin); }

    /// kInvalidArgument about the value of a key, with its place.
    Error error(const SettingPath& path, std::string_view cause) const;

    /// `"x" is not a key of jobs; did you mean "y"?`
    Error unknown_key(const YamlEntry& entry, const SettingPath& path, const std::vector<std::string>& known) const;

    /// True if part of the value came from a variable or another file: then no
    /// message may repeat it.
    bool is_foreign(const SettingPath& path) const { return foreign_.count(path) != 0; }

    /// True if a secret stands in the file as plain text.
    bool has_literal_secret() const { return has_literal_secret_; }

    const std::string& file() const { return file_; }

private:
    Result<Written> written(const YamlNode& node);
    Status store(const BoundField& field, const YamlEntry& entry, const SettingPath& path);
    Status apply_environment(const BoundField& field, const SettingPath& path);

    std::string file_;
    const Variables& variables_;
    Bases bases_;
    Expander& expander_;
    std::map<SettingPath, Origin> origins_;
    std::set<SettingPath> foreign_;
    bool has_literal_secret_ = false;
};

}  // namespace cofre::config
