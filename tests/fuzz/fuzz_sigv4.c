/*
 * Fuzz target: a path and a query, with a '?' between them, as a hostile redirect may have them.
 *
 * The canonical form is what a server makes of the same bytes, so it is its
 * own canonical form, has no byte that AWS would encode, and its parameters
 * are in order.
 */
#include "connection/sigv4.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The second and third line of the canonical request. False where it is refused. */
static bool make_canonical(struct slice path, struct slice query, enum sigv4_path rule, struct buffer *ret_path,
                           struct buffer *ret_query)
{
	const struct sigv4_request request = {
		.method = "GET", .path = path, .query = query, .path_rule = rule, .payload_sha256 = "x"};
	struct slice_splitter splitter;
	struct slice line;
	struct buffer text;
	struct error err = ERROR_INIT;

	buffer_init(&text, SIGV4_REQUEST_BYTES_MAX);
	const int outcome = sigv4_canonical_request(&request, &text, &err);
	if (outcome < 0 && err.code != ERROR_LIMIT && err.code != ERROR_MEMORY)
		abort();
	splitter = slice_split(buffer_slice(&text), slice_from("\n"));
	for (unsigned number = 0; outcome == 0 && slice_split_next(&splitter, &line); number++) {
		if (number == 1)
			(void)buffer_append_slice(ret_path, line);
		if (number == 2)
			(void)buffer_append_slice(ret_query, line);
		if (number > 6)
			abort(); /* a line end came through */
	}
	buffer_release(&text);
	return outcome == 0;
}

static void check_bytes(struct slice text, const char *more)
{
	static const char bytes[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._~%";

	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] == '\0' || (strchr(bytes, text.data[i]) == NULL && strchr(more, text.data[i]) == NULL))
			abort();
	}
}

static void check_order(struct slice query)
{
	struct slice_splitter splitter = slice_split(query, slice_from("&"));
	struct slice last = {NULL, 0};
	struct slice pair;

	while (slice_split_next(&splitter, &pair)) {
		const char *sign = pair.size > 0 ? memchr(pair.data, '=', pair.size) : NULL;
		if (sign == NULL) {
			if (query.size > 0)
				abort();
			continue;
		}
		const struct slice name = slice_make(pair.data, (size_t)(sign - pair.data));
		if (last.data != NULL && slice_compare(last, name) > 0)
			abort();
		last = name;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice text = slice_make((const char *)data, size);
	const char *sign = size > 0 ? memchr(text.data, '?', size) : NULL;
	const size_t path_size = sign != NULL ? (size_t)(sign - text.data) : size;
	const struct slice path = slice_make(text.data, path_size);
	const struct slice query = sign != NULL ? slice_make(sign + 1, size - path_size - 1) : slice_make(NULL, 0);

	for (int rule = SIGV4_PATH_RESOLVED; rule <= SIGV4_PATH_AS_IT_IS; rule++) {
		struct buffer first[2];
		struct buffer second[2];
		for (int i = 0; i < 2; i++) {
			buffer_init(&first[i], SIGV4_REQUEST_BYTES_MAX);
			buffer_init(&second[i], SIGV4_REQUEST_BYTES_MAX);
		}
		if (make_canonical(path, query, (enum sigv4_path)rule, &first[0], &first[1])) {
			check_bytes(buffer_slice(&first[0]), "/");
			check_bytes(buffer_slice(&first[1]), "=&");
			check_order(buffer_slice(&first[1]));
			if (!make_canonical(buffer_slice(&first[0]), buffer_slice(&first[1]), SIGV4_PATH_AS_IT_IS, &second[0],
			                    &second[1]) ||
			    !slice_equal(buffer_slice(&first[0]), buffer_slice(&second[0])) ||
			    !slice_equal(buffer_slice(&first[1]), buffer_slice(&second[1])))
				abort();
		}
		for (int i = 0; i < 2; i++) {
			buffer_release(&first[i]);
			buffer_release(&second[i]);
		}
	}
	return 0;
}
