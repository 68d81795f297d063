/*
 * A scripted HTTP server on 127.0.0.1: one thread, one request a connection.
 *
 * Each answer is sent as written, right or wrong as HTTP. In its text
 * '{port}' is the server's own port and '{other}' that of another one.
 */
#pragma once

#include <stddef.h>

enum server_end {
	SERVER_CLOSE,
	SERVER_HOLD,  /* keep the connection silent until the client gives up */
	SERVER_RESET, /* RST */
};

struct server_answer {
	const char *target; /* of the request line: path and query, or a URL for a proxy; NULL = any */
	const char *text;
	size_t size;        /* 0 = strlen(text); no replacements are made where it is given */
	const char *repeat; /* sent behind it `repeat_count` times */
	size_t repeat_count;
	enum server_end end;
};

struct server;

/* The first answer whose target is the request's is sent; none = 404. `answers` is borrowed. */
struct server *server_start(const struct server_answer *answers, size_t count, int other_port);
int server_port(const struct server *server);

/* The head of the request number `index` (from 0), or NULL where there were fewer; valid until the stop. */
const char *server_request(struct server *server, size_t index);
size_t server_request_count(struct server *server);
void server_stop(struct server *server);
