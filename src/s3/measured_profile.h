#pragma once

/// @file
/// What `cofre s3 probe` found out about one endpoint, kept in a file so that
/// later runs know it. Small JSON, meant to be read and copied by people.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time_format.h"
#include "s3/provider_profile.h"

namespace cofre::s3 {

struct MeasuredProfile {
    std::string endpoint;  ///< As configured; empty: Amazon's own.
    WallTime measured_at{};
    std::string closest_row;  ///< The built-in row that the measuring began with.
    /// Its name is kMeasuredName, its title that of the closest row.
    ProviderProfile profile;
};

/// One JSON document, with a newline at its end.
std::string encode_measured(const MeasuredProfile& measured);

/// kCorruption: not such a document, or a value that no store can have.
/// kUnsupported: of a later version of this format.
Result<MeasuredProfile> parse_measured(std::string_view json);

/// "STATE/profiles/HOST_PORT.json": one for each endpoint.
std::filesystem::path measured_profile_path(const std::filesystem::path& state_folder, std::string_view endpoint);

/// Reads a file written by save_measured(). kNotFound: there is none.
Result<MeasuredProfile> load_measured(const std::filesystem::path& file);

/// Replaces the file as a whole; makes its folder.
Status save_measured(const std::filesystem::path& file, const MeasuredProfile& measured);

}  // namespace cofre::s3
