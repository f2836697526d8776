#include "dump/postgres_sections.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cofre::dump {
namespace {

std::string header(const std::string& what) {
    return "--\n-- " + what + "; Owner: ana\n--\n\n";
}

/// In pieces of every length, which must not matter.
std::string chosen(const SectionChoice& choice, const std::string& text, std::size_t step = 7) {
    PostgresScript script({});
    PostgresSections sections(choice);
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += step) {
        const auto done = sections.feed(script, std::string_view(text).substr(at, step), out);
        EXPECT_TRUE(done) << done.error().message();
    }
    const auto done = sections.finish(script, out);
    EXPECT_TRUE(done) << done.error().message();
    return out;
}

TEST(ParseSection, ReadsWhatPgDumpWrites) {
    const auto table = parse_section("-- Name: orders; Type: TABLE; Schema: sales; Owner: ana\n");
    ASSERT_TRUE(table);
    EXPECT_EQ(table->name, "orders");
    EXPECT_EQ(table->type, "TABLE");
    EXPECT_EQ(table->schema, "sales");
    const auto data = parse_section("-- Data for Name: a b; Type: TABLE DATA; Schema: s s; Owner: -\r\n");
    ASSERT_TRUE(data);
    EXPECT_EQ(data->name, "a b");
    EXPECT_EQ(data->schema, "s s");
    for (const char* line : {"", "--", "-- Name: x", "-- Name: x; Type: TABLE", "Name: x; Type: T; Schema: s; Owner: o",
                             "-- PostgreSQL database dump"})
        EXPECT_FALSE(parse_section(line)) << line;
}

TEST(PostgresSections, PassTheSettingsAndTheChosenTable) {
    const std::string settings = "SET client_encoding = 'UTF8';\n\n";
    const std::string wanted = header("Name: t; Type: TABLE; Schema: s") + "CREATE TABLE s.t (a int);\n\n";
    const std::string other = header("Name: u; Type: TABLE; Schema: s") + "CREATE TABLE s.u (a int);\n\n";
    const std::string rows = header("Data for Name: t; Type: TABLE DATA; Schema: s") +
                             "COPY s.t (a) FROM stdin;\n1\n--\n-- Name: u; Type: TABLE; Schema: s; Owner: x\n\\.\n\n\n";
    const std::string other_rows =
        header("Data for Name: u; Type: TABLE DATA; Schema: s") +
        "COPY s.u (a) FROM stdin;\n-- Data for Name: t; Type: TABLE DATA; Schema: s; Owner: x\n2\n\\.\n\n";
    const std::string text = settings + other + wanted + rows + other_rows;
    for (const std::size_t step : {1U, 3U, 64U, 100000U}) {
        const auto out = chosen({{{"s", "t"}}, {}}, text, step);
        // The line before a header belongs to what came before it.
        EXPECT_THAT(out, ::testing::StartsWith(settings));
        EXPECT_THAT(out, ::testing::HasSubstr("CREATE TABLE s.t (a int);"));
        EXPECT_THAT(out, ::testing::HasSubstr(
                             "COPY s.t (a) FROM stdin;\n1\n--\n-- Name: u; Type: TABLE; Schema: s; Owner: x\n\\.\n"));
        EXPECT_THAT(out, ::testing::Not(::testing::HasSubstr("s.u")));
    }
}

TEST(PostgresSections, TellNamesApartThatBeginAlike) {
    const std::string text =
        header("Name: i1; Type: INDEX; Schema: s") + "CREATE INDEX i1 ON s.t USING btree (a);\n\n" +
        header("Name: i2; Type: INDEX; Schema: s") + "CREATE INDEX i2 ON s.t2 USING btree (a);\n\n" +
        header("Name: i3; Type: INDEX; Schema: s") + "CREATE UNIQUE INDEX i3 ON ONLY s.\"T\" USING btree (a);\n\n" +
        header("Name: t2 t2_fk; Type: FK CONSTRAINT; Schema: s") +
        "ALTER TABLE ONLY s.t2\n    ADD CONSTRAINT t2_fk FOREIGN KEY (a) REFERENCES s.t(a);\n\n";
    const auto small = chosen({{{"s", "t"}}, {}}, text);
    EXPECT_THAT(small, ::testing::HasSubstr("CREATE INDEX i1"));
    EXPECT_THAT(small, ::testing::Not(::testing::HasSubstr("i2")));
    EXPECT_THAT(small, ::testing::Not(::testing::HasSubstr("i3")));
    EXPECT_THAT(small, ::testing::Not(::testing::HasSubstr("t2_fk")));
    EXPECT_THAT(chosen({{{"s", "T"}}, {}}, text), ::testing::HasSubstr("i3 ON ONLY"));
}

TEST(PostgresSections, BringTheSequencesOfATableAndTheirValues) {
    const auto sequence = [](const std::string& name) {
        return header("Name: " + name + "; Type: SEQUENCE; Schema: s") + "CREATE SEQUENCE s." + name + ";\n\n";
    };
    const std::string text =
        sequence("mine") + sequence("other") + header("Name: mine; Type: SEQUENCE OWNED BY; Schema: s") +
        "ALTER SEQUENCE s.mine OWNED BY s.t.id;\n\n" + header("Name: other; Type: SEQUENCE OWNED BY; Schema: s") +
        "ALTER SEQUENCE s.other OWNED BY s.u.id;\n\n" + header("Name: mine; Type: SEQUENCE SET; Schema: s") +
        "SELECT pg_catalog.setval('s.mine', 5, true);\n\n" + header("Name: other; Type: SEQUENCE SET; Schema: s") +
        "SELECT pg_catalog.setval('s.other', 6, true);\n\n";
    const auto out = chosen({{{"s", "t"}}, {}}, text);
    EXPECT_LT(out.find("CREATE SEQUENCE s.mine"), out.find("OWNED BY s.t.id"));
    EXPECT_LT(out.find("OWNED BY s.t.id"), out.find("setval('s.mine', 5"));
    EXPECT_THAT(out, ::testing::Not(::testing::HasSubstr("other")));
}

TEST(PostgresSections, PassASchemaThatMayBeThere) {
    const std::string text = header("Name: s; Type: SCHEMA; Schema: -") + "CREATE SCHEMA s;\n\n" +
                             header("Name: SCHEMA s; Type: COMMENT; Schema: -") + "COMMENT ON SCHEMA s IS 'x';\n\n" +
                             header("Name: f(); Type: FUNCTION; Schema: s") +
                             "CREATE FUNCTION s.f() AS $$--\n-- Name: g; Type: X; Schema: q; Owner: x\n$$;\n\n" +
                             header("Name: q; Type: SCHEMA; Schema: -") + "CREATE SCHEMA q;\n\n" +
                             header("Name: 12; Type: BLOB; Schema: -") + "SELECT lo_create(12);\n\n";
    const auto out = chosen({{}, {"s"}}, text);
    EXPECT_THAT(out, ::testing::HasSubstr("CREATE SCHEMA IF NOT EXISTS s;"));
    EXPECT_THAT(out, ::testing::HasSubstr("COMMENT ON SCHEMA s"));
    EXPECT_THAT(out,
                ::testing::HasSubstr("CREATE FUNCTION s.f() AS $$--\n-- Name: g; Type: X; Schema: q; Owner: x\n$$;"));
    EXPECT_THAT(out, ::testing::Not(::testing::HasSubstr("SCHEMA q;")));
    EXPECT_THAT(out, ::testing::Not(::testing::HasSubstr("lo_create")));
}

TEST(PostgresSections, KeepSettingsBetweenSectionsInTheirOrder) {
    const std::string text = header("Name: t; Type: TABLE; Schema: s") +
                             "CREATE TABLE s.t (a int);\n\n\nSET default_tablespace = fast;\n\n" +
                             header("Name: u; Type: TABLE; Schema: s") +
                             "CREATE TABLE s.u (a int);\n\n\nSET default_tablespace = '';\n\n" +
                             header("Name: v; Type: TABLE; Schema: s") + "CREATE TABLE s.v (a int);\n\n" +
                             header("Name: f(); Type: FUNCTION; Schema: s") +
                             "CREATE FUNCTION s.f() AS $$ SELECT 1 FROM x JOIN y ON s.t.a = y.a $$;\n\n";
    const auto out = chosen({{{"s", "t"}, {"s", "v"}}, {}}, text);
    EXPECT_LT(out.find("CREATE TABLE s.t"), out.find("SET default_tablespace = fast"));
    EXPECT_LT(out.find("SET default_tablespace = ''"), out.find("CREATE TABLE s.v"));
    EXPECT_THAT(out, ::testing::Not(::testing::HasSubstr("FUNCTION")));
}

TEST(PostgresSections, StillCheckWhatTheyLeaveOut) {
    PostgresScript script({});
    PostgresSections sections(SectionChoice{{{"s", "t"}}, {}});
    std::string out;
    const std::string text = header("Name: u; Type: TABLE; Schema: s") + "\\! id\n";
    const auto done = sections.feed(script, text, out);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code(), ErrorCode::kPermissionDenied);
}

}  // namespace
}  // namespace cofre::dump
