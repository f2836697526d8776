#include "net/curl_start.h"

#include <curl/curl.h>

namespace cofre::net {

// libcurl's own set-up is not thread-safe; a static's initialization is.
bool libcurl_is_ready() {
    static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
    return code == CURLE_OK;
}

}  // namespace cofre::net
