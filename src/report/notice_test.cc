#include "report/notice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/cut_text.h"
#include "report/notice_template.h"
#include "report/notice_text.h"

namespace cofre::report {
namespace {

using ::testing::HasSubstr;

Notice full_notice() {
    const WallTime at = *parse_rfc3339("2026-11-22T01:36:59.123456789Z");
    Notice notice{
        .kind = NoticeKind::kWarning, .id = "id", .job = "site", .run_id = "run", .host = "h", .target = "t", .at = at};
    notice.started_at = at;
    notice.elapsed = std::chrono::milliseconds(1234);
    notice.files = 1;
    notice.bytes_read = 2;
    notice.bytes_stored = 3;
    notice.warning_count = 4;
    notice.snapshot_id = "abc";
    notice.error = "é\n";
    notice.hint = "hint";
    notice.failures_in_row = 5;
    notice.failing_since = at;
    notice.last_success = at;
    notice.proof_grade = "restore";
    notice.proven_at = at;
    notice.promised = std::chrono::milliseconds(99);
    notice.url = "u";
    notice.is_escalation = true;
    notice.digest = {{"j", NoticeKind::kFailed, at, 7, "e"}};
    notice.digest_left_out = 8;
    return notice;
}

TEST(Notice, SurvivesItsJson) {
    const std::string json = encode_notice(full_notice());
    const auto back = decode_notice(json);
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(encode_notice(*back), json);
    EXPECT_EQ(back->kind, NoticeKind::kWarning);
    EXPECT_EQ(back->digest.at(0).bytes, 7U);
    EXPECT_EQ(back->failing_since, full_notice().failing_since);
    EXPECT_EQ(json.find('\n'), std::string::npos);
}

TEST(Notice, RefusesWhatIsNone) {
    for (const char* const bad : {"", "[]", "{}", R"({"event":"x"})", R"({"event":"failed","files":-1})",
                                  R"({"event":"failed","at":"yesterday"})", R"({"event":"failed","digest":[1]})"}) {
        const auto notice = decode_notice(bad);
        ASSERT_FALSE(notice) << bad;
        EXPECT_EQ(notice.error().code(), ErrorCode::kCorruption);
    }
}

TEST(Notice, EveryKindHasAName) {
    for (const auto kind : kNoticeKinds)
        EXPECT_EQ(*parse_notice_kind(to_string(kind)), kind);
    EXPECT_EQ(*parse_notice_kind("success"), NoticeKind::kSucceeded);
    EXPECT_THAT(parse_notice_kind("faild").error().message(), HasSubstr("did you mean \"failed\""));
}

TEST(NoticeText, SpeaksBothLanguages) {
    auto notice = full_notice();
    notice.is_escalation = false;
    notice.kind = NoticeKind::kFailed;
    EXPECT_EQ(text_of(notice, NoticeLanguage::kEnglish).title, "Backup site failed on h");
    EXPECT_EQ(text_of(notice, NoticeLanguage::kPortuguese).title, "Backup site falhou em h");
    for (const auto kind : kNoticeKinds) {
        EXPECT_FALSE(status_word(kind, NoticeLanguage::kEnglish).empty());
        EXPECT_NE(status_word(kind, NoticeLanguage::kEnglish), status_word(kind, NoticeLanguage::kPortuguese));
    }
    EXPECT_FALSE(parse_notice_language("fr"));
}

TEST(NoticeTemplate, FillsInAndExecutesNothing) {
    auto notice = full_notice();
    notice.error = "{job} $(id) %s";
    const auto own = NoticeTemplate::parse("{job} {status} {{x}}: {error}");
    ASSERT_TRUE(own);
    EXPECT_EQ(own->render(notice, NoticeLanguage::kEnglish), "site succeeded with warnings {x}: {job} $(id) %s");
}

TEST(NoticeTemplate, NamesTheNearestPlaceholder) {
    const auto own = NoticeTemplate::parse("{jobs}");
    ASSERT_FALSE(own);
    EXPECT_THAT(own.error().message(), HasSubstr("did you mean \"job\""));
    EXPECT_THAT(own.error().hint(), HasSubstr("{duration}"));
    EXPECT_FALSE(NoticeTemplate::parse("{job"));
    EXPECT_FALSE(NoticeTemplate::parse("job}"));
    for (const auto& name : placeholder_names())
        EXPECT_TRUE(NoticeTemplate::parse("{" + name + "}")) << name;
}

TEST(CutText, NeverCutsACodePoint) {
    EXPECT_EQ(cut_utf8("abc", 3), "abc");
    EXPECT_EQ(cut_utf8("abcdef", 5), "ab\u2026");
    EXPECT_EQ(cut_utf8("éééé", 5), "é\u2026");
    EXPECT_EQ(cut_utf8("éé", 2), "é");
    EXPECT_EQ(cut_code_points("éééé", 3), "éé\u2026");
    EXPECT_EQ(cut_utf16("😀😀", 3), "😀\u2026");
    EXPECT_EQ(cut_utf16("😀😀", 4), "😀😀");
    EXPECT_EQ(one_line(" a\r\n\tb "), "a b");
}

}  // namespace
}  // namespace cofre::report
