#pragma once

/// @file
/// A WHERE clause that grows. Private.

#include <string>
#include <string_view>
#include <utility>

#include "db/sql_value.h"

namespace cofre::catalog {

/// The conditions are ours, the values anybody's.
class SqlFilter {
public:
    /// Each '?' of `condition` becomes the next parameter.
    void add(std::string_view condition, db::SqlValues values) {
        sql_ += sql_.empty() ? " WHERE " : " AND ";
        auto value = values.begin();
        for (const char c : condition) {
            if (c != '?') {
                sql_ += c;
                continue;
            }
            values_.push_back(std::move(*value++));
            sql_ += "$" + std::to_string(values_.size());
        }
    }

    /// Begins with a space; empty: no condition.
    const std::string& sql() const { return sql_; }
    const db::SqlValues& values() const { return values_; }

private:
    std::string sql_;
    db::SqlValues values_;
};

}  // namespace cofre::catalog
