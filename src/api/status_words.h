#pragma once

/// @file
/// The words of the status page, in each language. Private. "{}" stands for what the name says.

#include "api/service_status.h"
#include "api/status_page.h"

namespace cofre::api {

struct StatusWords {
    const char* code;  ///< Of the document's language.
    const char* title;
    const char* all_good;       ///< {jobs}
    const char* one_bad;        ///< {job}
    const char* some_bad;       ///< {jobs that need somebody}, {jobs}
    const char* some_unproven;  ///< {jobs not proven}, {jobs}
    const char* no_jobs;
    const char* oldest_proof;  ///< {age of the oldest proven backup}
    const char* catalog_down;
    const char* job;
    const char* state;
    const char* last_run;
    const char* took;
    const char* read;  ///< {bytes}, {files}
    const char* last_good;
    const char* proven;
    const char* next_run;
    const char* trend;
    const char* never;
    const char* by_hand;  ///< Has no schedule.
    const char* running;  ///< {for how long}
    const char* ago;      ///< {duration}
    const char* in;       ///< {duration}
    const char* now;
    const char* failures;    ///< {count}
    const char* footer;      ///< {time}, {host}, {version}
    const char* healths[7];  ///< In the order of JobHealth.
};

const StatusWords& status_words(PageLanguage language);

}  // namespace cofre::api
