/* A value as a message may show it: short, and no URL, for that may hold a secret. */
#pragma once

#include "base/slice.h"

struct value_shown {
	char text[80];
};

struct value_shown value_show(struct slice text);

/* A C string that lives as long as the statement it stands in. */
#define VALUE_SHOW(value) (value_show(value).text)
