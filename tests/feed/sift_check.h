/*
 * The sift against the parser alone, for any bytes at all: what is told of a
 * sifted feed is what is told of the whole one but for known records, and it
 * fails where the whole one fails. Known are some of those records that the
 * parser has read as the sift delimits them.
 */
#pragma once

#include "feed/sift.h"

struct sift_check {
	struct slice content;
	const char *paths; /* see path_selection.h */
	bool is_csv;
	bool is_json_lines;
	struct csv_options csv;
	uint64_t choice;  /* of what is known, and where pieces are cut */
	unsigned percent; /* known, of those that may be */
	size_t piece_max; /* 0 = whole */
};

struct sift_check_result {
	bool is_text; /* there was something to parse */
	bool is_read; /* to its end, without a fault */
	enum feed_format format;
	enum sift_blindness blindness;
	uint64_t records; /* of selectors that may be known */
	uint64_t fingerprinted;
	uint64_t known;
	char fault[400]; /* '' = all is well */
};

/* Of all that a record says. */
struct hash128 sift_check_hash(const struct record *record);

/* False where memory is exhausted or something is not as it should be, of which `ret_result` has the words. */
bool sift_check_run(const struct sift_check *check, struct sift_check_result *ret_result);
