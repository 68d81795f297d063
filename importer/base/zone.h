/* Names of time zones. */
#pragma once

#include "base/slice.h"

#define ZONE_NAME_SIZE 64 /* with the NUL; the longest of IANA has 32 bytes */

/* Has `name` the shape of an IANA name ('Europe/Warsaw', 'Etc/GMT+3')? Parts of letters, digits, '_', '+' and '-', never '..'. */
bool zone_name_is_valid(struct slice name);
