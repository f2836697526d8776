#include "report/page_pdf.h"

#include <gtest/gtest.h>

#include "report/kit_page.h"
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

TEST(PagePdf, AKitWithEverythingOnItIsStillOneSheet) {
    RecoveryKit kit;
    kit.made_at = "2026-11-22 09:26:41 -03:00";
    kit.made_by = "backup-operator@database-server-01.example.com";
    kit.program = "cofre 0.1.0";
    kit.repository_id = std::string(64, 'a');
    const std::string prefix = "backups/" + std::string(120, 'p');
    kit.location = {.description = "s3://company-backups/" + prefix + " at https://s3.sa-east-1.example.com",
                    .restic_name = "s3:https://s3.sa-east-1.example.com/company-backups/" + prefix,
                    .is_s3 = true,
                    .bucket = "company-backups",
                    .prefix = prefix,
                    .endpoint = "https://s3.sa-east-1.example.com",
                    .region = "sa-east-1",
                    .role_arn = "arn:aws:iam::123456789012:role/backup",
                    .ca_bundle = "/etc/company/certificates/ca.pem",
                    .is_virtual_host = true};
    kit.keys.assign(9, {.id = std::string(64, 'b'), .user = "maria", .host = "server", .created = "2026-11-22"});
    for (const auto language : {KitLanguage::kEnglish, KitLanguage::kPortuguese}) {
        for (const bool has_password : {false, true}) {
            kit.password.reset();
            if (has_password) kit.password = Secret("a password of several words");
            const auto pdf = page_pdf(kit_page(kit, language), "kit");
            ASSERT_TRUE(pdf);
            EXPECT_EQ(sheets_of(*pdf), 1U) << to_string(language) << has_password;
        }
    }
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
