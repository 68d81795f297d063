/* What the tests of this folder share: dialects from text, feeds from text, and statements as JSON Lines. */
#pragma once

#include "base/buffer.h"
#include "dialect/dialect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

int run_path_tests(void);
int run_path_json_tests(void);
int run_table_tests(void);
int run_nested_tests(void);
int run_feed_value_tests(void);
int run_unknown_tests(void);
int run_html_tests(void);
int run_quote_tests(void);
int run_transform_tests(void);
int run_value_tests(void);
int run_list_tests(void);
int run_json_value_tests(void);
int run_compile_value_tests(void);
int run_compile_tests(void);
int run_text_tests(void);
int run_recognise_tests(void);
int run_mapper_tests(void);
int run_price_tests(void);
int run_complaint_tests(void);
int run_extra_tests(void);
int run_memory_tests(void);
int run_fixture_tests(void);
int run_known_tests(void);

/* A file's bytes, NUL-terminated, to be freed. */
char *read_whole(const char *path, size_t *ret_size);

/* The shipped dialects, and more of the caller's; fails the test on any mistake in them. */
struct dialect_set *shipped_dialects(const struct dialect_text *more, size_t count);

/* Every dialect in schema/dialects. */
struct dialect_set *all_shipped_dialects(void);

/* One dialect called 'test' from text, beside no others. */
struct dialect_set *test_dialect(const char *yaml);

/* Everything that a mapper said. */
struct recording {
	struct buffer statements; /* JSON Lines, record ends included */
	struct buffer complaints; /* JSON Lines */
	size_t statement_count;
	size_t complaint_count;
	struct error err;
	int result;
	char dialect[64];
	struct mapper_counts counts;
};

void recording_init(struct recording *recording);
void recording_release(struct recording *recording);

/* A sink that writes into `recording`, and proves each statement by sending it through a batch. */
struct statement_sink recording_sink(struct recording *recording);

/* Read a feed by `set`; what happened is in the recording. */
void read_feed(const struct dialect_set *set, const struct mapper_options *options, struct slice feed, size_t piece_max,
               struct recording *recording);

/*
 * Read `feed`, of which those records are known that stand in `before`, and fail the test where anything is said otherwise than without
 * knowing any. Returns how many were left out.
 */
size_t prove_known(const struct dialect_set *set, const struct mapper_options *options, struct slice before, struct slice feed);

/* As above with a dialect text and the options' defaults. */
void read_with(const char *yaml, const char *feed, struct recording *recording);

/* Has some line of the statements or complaints all of these texts? */
bool recording_has(const struct buffer *lines, const char *first, const char *second);

/* Fails with both texts where `actual` is not `expected`. */
void expect_text(const char *what, struct slice actual, const char *expected);

/* A dialect for /feed/item with these fields (YAML lines, two tabs of blanks deep), and feeds for it. */
const char *item_dialect(char *space, size_t size, const char *fields);
#define DIALECT_SPACE 8192

/* One field of the only statement, as JSON; 'absent' where it is not there. */
void expect_field(const char *fields, const char *item, const char *name, const char *expected);
