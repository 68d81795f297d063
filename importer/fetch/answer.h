/*
 * The head of an HTTP answer: what a fetch needs of it, and whether it is one
 * that we take. Header lines are fed as they arrive; every byte is hostile.
 */
#pragma once

#include "base/limits.h"
#include "fetch/fetch.h"

struct answer {
	int64_t head_bytes;  /* of all heads of this answer, interim ones and trailers included */
	bool is_head_done;   /* of the final answer: what follows are trailers */
	bool is_inside_head; /* the status line has been seen, the empty line has not */
	bool is_interim;     /* of a 1xx answer: another head follows */
	bool is_folding;     /* the last header is one of ours: a continuation would change it */
	const char *fault;   /* why this answer is refused, or NULL */
	bool has_length;
	int64_t length; /* INT64_MAX: larger than any number */
	bool is_chunked;
	bool has_location;
	char location[LIMIT_URL_BYTES + 1];
	char content_encoding[64]; /* as sent; "" = none */
	char content_type[128];    /* media type, lower case, without parameters */
	char charset[64];
	char etag[FETCH_VALIDATOR_MAX];
	char last_modified[FETCH_VALIDATOR_MAX];
	char retry_after[64];
};

void answer_init(struct answer *answer);

/* One line as received, with or without its line end. -1 with ERROR_LIMIT when the head is too long. */
must_use int answer_line(struct answer *answer, struct slice line, struct error *err);

/* The instant that Retry-After names (RFC 9110, 10.2.3), seconds or a date, between `now_ms` and LIMIT_RETRY_AFTER_MS later; 0 = none. */
int64_t answer_retry_at_ms(const struct answer *answer, int64_t now_ms);

/* Is this value one that may be sent back in a request header? Not empty, printable ASCII, shorter than FETCH_VALIDATOR_MAX. */
bool answer_validator_is_valid(struct slice value);
