/* Lines of headers for libcurl that may hold secrets: wiped when they are given back. */
#pragma once

#include "base/error.h"

#include <curl/curl.h>

/* One more header, which has been checked. -1: ERROR_MEMORY, `list` as it was. */
must_use int header_list_add(struct curl_slist **list, struct slice name, struct slice value, struct error *err);

/* … whose value is 'SCHEME TEXT', such as 'Bearer …'; without a scheme ("") the text alone. */
must_use int header_list_add_scheme(struct curl_slist **list, struct slice name, const char *scheme, struct slice text,
                                    struct error *err);

void header_list_free(struct curl_slist *list);
