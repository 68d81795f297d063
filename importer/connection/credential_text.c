/* Checks of user names and passwords. */
#include "connection/credential_text.h"

#include "base/utf8.h"

#include <string.h>

static int check_text(struct slice text, const char *what, struct error *err)
{
	if (!utf8_is_valid(text))
		return error_set(err, ERROR_CONFIG, "the %s is not UTF-8", what);
	for (size_t i = 0; i < text.size; i++) {
		if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f)
			return error_set(err, ERROR_CONFIG, "the %s contains a line end or another control character", what);
	}
	return 0;
}

int credential_check_user(struct slice user, struct error *err)
{
	if (user.size == 0)
		return error_set(err, ERROR_CONFIG, "the user is empty");
	if (memchr(user.data, ':', user.size) != NULL)
		return error_set(err, ERROR_CONFIG, "the user contains ':', which no server could tell from the password");
	return check_text(user, "user", err);
}

int credential_check_password(struct slice password, struct error *err)
{
	return check_text(password, "password", err);
}
