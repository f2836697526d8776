#include "dump/mysql_filter.h"

#include <algorithm>

#include "base/utf8.h"
#include "db/mariadb_session.h"

namespace cofre::dump {

Status MysqlFilter::feed(std::string_view script, std::string& out) {
    return lexer_.feed(script, [&](const ScriptPiece& piece) { return visit(piece, out); });
}

Status MysqlFilter::finish(std::string& out) {
    COFRE_TRY(lexer_.finish([&](const ScriptPiece& piece) { return visit(piece, out); }));
    close_run(out);
    return {};
}

Status MysqlFilter::visit(const ScriptPiece& piece, std::string& out) {
    if (piece.has_backslash) return refuse("a backslash outside of a string, as in a command to the client");
    switch (piece.kind) {
        case ScriptPiece::Kind::kHead: return begin_statement(piece.bytes, out);
        case ScriptPiece::Kind::kBody:
            if (skips_statement_) return {};
            out += piece.bytes;
            if (is_insert_) run_bytes_ += piece.bytes.size();
            return {};
        case ScriptPiece::Kind::kEnd:
            if (skips_statement_) return {};
            if (is_insert_) {
                run_is_open_ = true;
            } else {
                out.append(piece.bytes).append("\n");
            }
            return {};
    }
    return {};
}

Status MysqlFilter::begin_statement(std::string_view text, std::string& out) {
    skips_statement_ = false;
    if (run_is_open_ && run_bytes_ < options_.join_bytes && text.starts_with(run_prefix_)) {
        out.append(",\n").append(text.substr(run_prefix_.size()));
        run_bytes_ += text.size() - run_prefix_.size();
        run_is_open_ = false;
        return {};
    }
    close_run(out);
    is_insert_ = false;
    const StatementHead head = read_statement_head(text);
    if (head.kind == StatementHead::Kind::kUnknown) {
        return refuse("\"" + escape_for_display(text.substr(0, 32)) + "\", which no dump holds");
    }
    if (head.is_qualified) return refuse("a name in another database");
    if (head.kind == StatementHead::Kind::kUse || head.kind == StatementHead::Kind::kDatabase) {
        return choose_database(head, text, out);
    }
    if (skips_database_ || is_left_out(head)) {
        skips_statement_ = true;
        return {};
    }
    put_delimiter(out);
    if (head.kind == StatementHead::Kind::kInsert) {
        begin_insert(head, text, out);
    } else {
        out += text;
    }
    return {};
}

Status MysqlFilter::choose_database(const StatementHead& head, std::string_view text, std::string& out) {
    const bool is_switch = head.kind == StatementHead::Kind::kUse || head.is_create;
    if (is_switch && !options_.names_databases) return refuse("a statement for another database");
    const auto target = options_.target(head.name);
    if (is_switch) skips_database_ = !target;
    if (!target) {
        skips_statement_ = true;
        return {};
    }
    put_delimiter(out);
    out.append(text.substr(0, head.name_begin))
        .append(db::quote_mariadb_name(*target))
        .append(text.substr(head.name_end));
    return {};
}

void MysqlFilter::begin_insert(const StatementHead& head, std::string_view text, std::string& out) {
    out += text;
    is_insert_ = head.rows_begin != 0 && lexer_.delimiter() == ";" && options_.join_bytes > 0;
    run_prefix_ = text.substr(0, head.rows_begin);
    run_bytes_ = text.size();
}

bool MysqlFilter::is_left_out(const StatementHead& head) const {
    if (options_.tables.empty()) return false;
    if (head.kind == StatementHead::Kind::kRoutine) return true;
    if (head.kind != StatementHead::Kind::kTable && head.kind != StatementHead::Kind::kInsert) return false;
    return std::find(options_.tables.begin(), options_.tables.end(), head.name) == options_.tables.end();
}

void MysqlFilter::put_delimiter(std::string& out) {
    if (out_delimiter_ == lexer_.delimiter()) return;
    out_delimiter_ = lexer_.delimiter();
    out.append("DELIMITER ").append(out_delimiter_).append("\n");
}

void MysqlFilter::close_run(std::string& out) {
    if (run_is_open_) out += ";\n";
    run_is_open_ = false;
}

Error MysqlFilter::refuse(const std::string& what) const {
    return Error(ErrorCode::kPermissionDenied, "restore the dump: line " + std::to_string(lexer_.line()) + ": " + what)
        .with_hint("a dump that cofre took does not hold this; if you trust it, restore it with the client by hand");
}

}  // namespace cofre::dump
