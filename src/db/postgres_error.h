#pragma once

/// @file
/// What PostgreSQL's errors mean to a caller. Pure.

#include <string>
#include <string_view>

#include "base/error.h"

namespace cofre::db {

/// By SQLSTATE ("28P01"): PostgreSQL documentation, appendix A. kInvalidArgument
/// for what nobody could act upon; an empty state is a lost connection, kUnavailable.
ErrorCode code_of_sqlstate(std::string_view sqlstate);

/// The server's answer with what the operator can do about it. `message` is the
/// primary message, with the detail if there is one.
Error postgres_error(std::string_view sqlstate, std::string_view message);

/// From the text of a refused or failed connection, which libpq gives without
/// structure; asked for verbosely it holds the SQLSTATE, whatever the language.
/// `lacks_password`: the server wanted one and none was given.
Error connection_error(std::string_view text, bool lacks_password);

}  // namespace cofre::db
