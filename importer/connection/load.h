/* One file of a connection. */
#pragma once

#include "connection/connection.h"

struct connection_text {
	const char *name; /* of the connection; this and the file are borrowed by it */
	const char *file;
	struct slice text;
};

/*
 * 1 and a connection, whose Allowed URL is to be released, where there is no
 * mistake; 0 where there are, added to `problems`. -1 only without memory.
 */
must_use int connection_read(const struct connection_text *text, struct arena *arena, struct connection *ret_connection,
                             struct config_problems *problems, struct error *err);
