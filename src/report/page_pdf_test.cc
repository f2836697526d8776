#include "report/page_pdf.h"

#include <gtest/gtest.h>

#include "report/windows_1252.h"

namespace cofre::report {
namespace {

Page page_of(int paragraphs) {
    Page page;
    page.blocks.push_back({BlockKind::kTitle, "Title", "below"});
    for (int i = 0; i < paragraphs; ++i) {
        page.blocks.push_back({BlockKind::kText, "", std::string(500, 'x') + " é " + std::string(30, 'y')});
        page.blocks.push_back({BlockKind::kCommand, "", "restic snapshots \\\n  --one"});
    }
    return page;
}

std::size_t sheets_of(const std::string& pdf) {
    const auto at = pdf.find("/Count ");
    return at == std::string::npos ? 0 : static_cast<std::size_t>(pdf[at + 7] - '0');
}

TEST(PagePdf, IsOneSheetAsLongAsItCanBeRead) {
    for (const int paragraphs : {1, 15}) {
        const auto pdf = page_pdf(page_of(paragraphs), "A title");
        ASSERT_TRUE(pdf) << pdf.error().message();
        EXPECT_TRUE(pdf->starts_with("%PDF-"));
        EXPECT_EQ(sheets_of(*pdf), 1U) << paragraphs;
    }
    EXPECT_EQ(sheets_of(*page_pdf(page_of(30), "A title")), 2U);
}

TEST(PagePdf, RefusesWhatItsFontsCannotShow) {
    auto page = page_of(1);
    page.blocks.push_back({BlockKind::kCommand, "", "export A='日本'"});
    const auto pdf = page_pdf(page, "title");
    ASSERT_FALSE(pdf);
    EXPECT_EQ(pdf.error().code(), ErrorCode::kUnsupported);
    EXPECT_NE(pdf.error().message().find("日本"), std::string::npos);
}

TEST(Windows1252, HasTheLettersOfPortugueseAndQuotes) {
    EXPECT_EQ(*to_windows_1252("ação à É ü º"), "a\xE7\xE3o \xE0 \xC9 \xFC \xBA");
    EXPECT_EQ(*to_windows_1252("€–"), "\x80\x96");
    for (const char* text : {"\xff", "a\x01", "ł", "e\xCC\x81", "\xC2\x81"})
        EXPECT_FALSE(to_windows_1252(text));
}

}  // namespace
}  // namespace cofre::report
