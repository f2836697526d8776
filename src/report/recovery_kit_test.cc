#include "report/recovery_kit.h"

#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crypto/digest.h"
#include "report/kit_commands.h"
#include "report/kit_json.h"
#include "report/kit_page.h"
#include "report/page_text.h"

namespace cofre::report {
namespace {

RecoveryKit kit_of_bucket() {
    RecoveryKit kit;
    kit.made_at = "2026-11-22 09:26:41 -03:00";
    kit.made_by = "maria@server";
    kit.program = "cofre 0.1.0";
    kit.repository_id = std::string(64, 'a');
    kit.location = {.description = "s3://backups/office at https://s3.example.com",
                    .restic_name = "s3:https://s3.example.com/backups/office",
                    .is_s3 = true,
                    .bucket = "backups",
                    .prefix = "office",
                    .endpoint = "https://s3.example.com",
                    .region = "sa-east-1"};
    kit.keys = {
        {.id = std::string(64, 'b'), .user = "maria", .host = "server", .created = "2026-11-22T09:26:40-03:00"}};
    return kit;
}

std::vector<std::string> lines_in(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    return lines;
}

TEST(KitPage, SaysInBothLanguagesWhereTheRepositoryIs) {
    const auto kit = kit_of_bucket();
    for (const auto language : {KitLanguage::kEnglish, KitLanguage::kPortuguese}) {
        const auto text = page_text(kit_page(kit, language));
        for (const char* wanted :
             {"backups", "office", "https://s3.example.com", "sa-east-1", "bbbbbbbb", "maria@server",
              "export RESTIC_REPOSITORY='s3:https://s3.example.com/backups/office'", "AWS_SECRET_ACCESS_KEY", "____"}) {
            EXPECT_NE(text.find(wanted), std::string::npos) << wanted << "\n" << text;
        }
        EXPECT_NE(text.find(kit.repository_id), std::string::npos);
        EXPECT_NE(text.find(crypto::sha256(kit.repository_id).hex()), std::string::npos);
        EXPECT_EQ(text.find("{}"), std::string::npos) << "a sentence was not completed";
    }
    EXPECT_NE(page_text(kit_page(kit, KitLanguage::kPortuguese)).find("Kit de recuperação"), std::string::npos);
}

TEST(KitPage, OnlyCommandsAreIndentedAndNoneIsTooLong) {
    auto kit = kit_of_bucket();
    kit.location.restic_name = "s3:https://s3.example.com/backups/" + std::string(200, 'p');
    kit.location.ca_bundle = "/etc/ssl/" + std::string(60, 'c') + ".pem";
    for (const auto& line : lines_in(page_text(kit_page(kit, KitLanguage::kEnglish)))) {
        if (!line.starts_with("    ")) {
            EXPECT_FALSE(line.starts_with(" ")) << line;
            continue;
        }
        EXPECT_LE(line.size(), 92U) << line;
        const auto word = line.substr(4, line.find_first_of(" ", 4) - 4);
        const bool is_command = word == "export" || word.starts_with("RESTIC_REPOSITORY=") || word == "restic" ||
                                word == "cofre" || word == "mkdir" || word == "sudo" || line.starts_with("      ");
        EXPECT_TRUE(is_command) << line;
    }
}

TEST(KitPage, TellsWhatStoreAndResticNeed) {
    auto kit = kit_of_bucket();
    kit.location.is_virtual_host = true;
    kit.location.ca_bundle = "/etc/my ca.pem";
    const auto commands = kit_commands(kit.location);
    EXPECT_EQ(find_command(commands.restic, KitStep::kList)->text,
              "restic --cacert '/etc/my ca.pem' -o s3.bucket-lookup=dns snapshots");
    EXPECT_EQ(find_command(commands.cofre, KitStep::kList)->text,
              "cofre snapshots --ca-bundle '/etc/my ca.pem' --virtual-host-style");
    kit.location.has_customer_key = true;
    EXPECT_TRUE(kit_commands(kit.location).restic.empty());
    const auto text = page_text(kit_page(kit, KitLanguage::kEnglish));
    EXPECT_EQ(text.find("\n    restic "), std::string::npos);
    EXPECT_NE(text.find("SSE-C"), std::string::npos);
}

TEST(KitPage, ManyKeysDoNotFillThePage) {
    auto kit = kit_of_bucket();
    kit.keys.assign(40, kit.keys.front());
    const auto text = page_text(kit_page(kit, KitLanguage::kEnglish));
    EXPECT_NE(text.find("and 37 more"), std::string::npos) << text;
}

TEST(KitPage, HasAPasswordOnlyIfAskedAndThenWarns) {
    auto kit = kit_of_bucket();
    EXPECT_EQ(page_text(kit_page(kit, KitLanguage::kEnglish)).find("HOLDS THE PASSWORD"), std::string::npos);
    kit.password = Secret("correct horse");
    const auto text = page_text(kit_page(kit, KitLanguage::kEnglish));
    EXPECT_NE(text.find("HOLDS THE PASSWORD"), std::string::npos);
    EXPECT_NE(text.find("correct horse"), std::string::npos);
    EXPECT_EQ(kit_json(kit).find("correct horse"), std::string::npos);
}

TEST(KitPage, WhatKeyFilesSayCannotForgeACommand) {
    auto kit = kit_of_bucket();
    kit.keys[0].user = "x\n    rm -rf \"$HOME\"";
    const auto text = page_text(kit_page(kit, KitLanguage::kEnglish));
    EXPECT_EQ(text.find("\n    rm"), std::string::npos) << text;
}

TEST(RecoveryKit, IsRefusedWhereItCannotBeTypedAgain) {
    auto kit = kit_of_bucket();
    EXPECT_TRUE(kit.check_printable());
    kit.location.restic_name = "/srv/new\nline";
    EXPECT_EQ(kit.check_printable().error().code(), ErrorCode::kUnsupported);
    kit = kit_of_bucket();
    for (const char* password : {" leading", "trailing ", "tab\t", "\xff"}) {
        kit.password = Secret(password);
        EXPECT_FALSE(kit.check_printable()) << password;
    }
    kit.password = Secret("back\\slash ção");
    EXPECT_TRUE(kit.check_printable());
}

TEST(KitJson, HasFieldsAndCommands) {
    const auto json = nlohmann::json::parse(kit_json(kit_of_bucket()));
    EXPECT_EQ(json.at("message_type"), "recovery_kit");
    EXPECT_EQ(json.at("repository"), "s3:https://s3.example.com/backups/office");
    EXPECT_EQ(json.at("location").at("kind"), "s3");
    EXPECT_EQ(json.at("keys").at(0).at("userName"), "maria");
    EXPECT_EQ(json.at("credentials").size(), 2U);
    EXPECT_EQ(json.at("commands").at("restic").at("list"), "restic snapshots");
    EXPECT_EQ(json.at("fingerprint").get<std::string>().size(), 64U);
}

TEST(KitLanguage, IsReadAndWritten) {
    EXPECT_EQ(*parse_kit_language("en"), KitLanguage::kEnglish);
    EXPECT_EQ(*parse_kit_language("pt-BR"), KitLanguage::kPortuguese);
    EXPECT_FALSE(parse_kit_language("de"));
}

}  // namespace
}  // namespace cofre::report
