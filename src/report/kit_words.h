#pragma once

/// @file
/// The sentences of a recovery kit, in each language. Private.

#include "report/recovery_kit.h"

namespace cofre::report {

/// Every member is set in every language. "{}" stands for what the name says.
struct KitWords {
    const char* title;
    const char* lead;
    const char* password_warning;

    const char* repository;
    const char* made;     ///< Label.
    const char* made_by;  ///< {time}, {who}, {program}
    const char* bucket;
    const char* prefix;
    const char* endpoint;
    const char* region;
    const char* role;
    const char* certificate;
    const char* folder;
    const char* id;
    const char* fingerprint;
    const char* format;
    const char* format_value;  ///< {version}
    const char* key;           ///< {number}
    const char* more_keys;     ///< {count}

    const char* needed;
    const char* password;
    const char* password_line;
    const char* storage_keys_line;
    const char* storage_keys;
    const char* folder_needed;

    const char* program;
    const char* program_text;

    const char* restore;
    const char* exports_s3;
    const char* exports_folder;
    const char* list;
    const char* restore_text;
    const char* mount;
    const char* check;
    const char* no_restic;

    const char* with_cofre;
    const char* with_cofre_text;

    const char* trouble;
    const char* fits;
    const char* trouble_text;
    const char* future;
    const char* footer;  ///< {program}
};

const KitWords& kit_words(KitLanguage language);

}  // namespace cofre::report
