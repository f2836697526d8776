#include "dump/mysql_tally.h"

namespace cofre::dump {

Status MysqlTally::feed(std::string_view bytes) {
    return lexer_.feed(bytes, [this](const ScriptPiece& piece) { return visit(piece); });
}

Status MysqlTally::finish() {
    return lexer_.finish([this](const ScriptPiece& piece) { return visit(piece); });
}

Status MysqlTally::visit(const ScriptPiece& piece) {
    if (piece.kind != ScriptPiece::Kind::kHead) return {};
    if (last_rows_ != nullptr && piece.bytes.starts_with(last_prefix_)) {
        ++*last_rows_;
        return {};
    }
    const StatementHead head = read_statement_head(piece.bytes);
    switch (head.kind) {
        case StatementHead::Kind::kUse:
            database_ = head.name;
            last_rows_ = nullptr;
            break;
        case StatementHead::Kind::kTable:  // So that a table without rows is counted, too.
            if (head.is_create) rows_[database_].try_emplace(head.name, 0);
            break;
        case StatementHead::Kind::kInsert:
            last_rows_ = &rows_[database_][head.name];
            ++*last_rows_;
            last_prefix_ = piece.bytes.substr(0, head.rows_begin);
            if (head.rows_begin == 0) last_rows_ = nullptr;
            break;
        default: break;
    }
    return {};
}

bool ends_as_mysql_dump(std::string_view last_bytes) {
    // With a date after it if another wrote it.
    const std::size_t at = last_bytes.rfind("\n-- Dump completed");
    return at != std::string_view::npos && last_bytes.find('\n', at + 1) == last_bytes.size() - 1;
}

}  // namespace cofre::dump
