/* What the tests of feed share: reading a document into a text that tells everything the sink was told. */
#pragma once

#include "base/buffer.h"
#include "feed/feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

int names_tests(void);
int record_tests(void);
int encoding_tests(void);
int sniff_tests(void);
int entity_tests(void);
int xml_tests(void);
int malformed_tests(void);
int json_tests(void);
int json_fault_tests(void);
int json_limit_tests(void);
int json_suite_tests(void);
int sample_tests(void);
int limit_tests(void);
int position_tests(void);
int memory_tests(void);
int allocation_tests(void);
int hostile_tests(void);
int sift_tests(void);
int sift_feed_tests(void);
int known_tests(void);
int csv_tests(void);
int csv_file_tests(void);
int lenient_tests(void);

#define TOLD_BYTES_MAX (64 * 1024 * 1024)

/* For paths, see path_selection.h. */
struct read_case {
	struct slice input;
	const char *paths;
	const char *http_charset;   /* NULL = none */
	size_t piece_max;           /* of the parser; 0 = largest */
	size_t source_piece_max;    /* of the source; 0 = largest */
	size_t fail_at_record;      /* the sink fails at this one, from 1; 0 = never */
	struct byte_source *source; /* instead of `input`, or NULL */
	bool is_json_lines;         /* the option, as what follows */
	bool is_csv;
	bool is_lenient;
	struct csv_options csv;
	const char *group_columns; /* names with '|' between them, or NULL */
	const char *json_columns;
	bool tells_sample;
	bool is_sifted; /* with no record known */
};

/*
 * Append what happened to `told`, line by line:
 *   root NAME[URI] spaces=URI,… (XML) | root JSON
 *   sample NODE
 *   fault repeated|mended|row|cell OFFSET TEXT
 *   record SELECTOR OFFSET+SIZE (NAME[URI] @NAME=VALUE "text" (child …))
 *   oversize SELECTOR OFFSET TEXT (head)
 *   undefined COUNT OFFSET
 *   done ENCODING ORIGIN BYTES (XML) | done FORMAT whole|unproven ENCODING ORIGIN BYTES | error CODE MESSAGE LINE:COLUMN:BYTE
 * Nodes of JSON are NAME{NODE …}, NAME[NODE …], NAME"text", NAME=number, NAME=true, NAME=null; items have no name.
 * Returns what feed_read returned, its error in `err`.
 */
int read_told(const struct read_case *read_case, struct buffer *told, struct error *err);

/*
 * Read `input` in several pieces, sifted and not, and check that each way tells `expected`. A sifted feed's error need not have
 * its place.
 */
void assert_told(struct slice input, const char *paths, const char *expected);

/* As assert_told(), but for the sizes of pieces as `read_case` says. */
void assert_case_told(const struct read_case *read_case, const char *expected);

/* Check that every way fails with `code` and a message that holds `words`. */
void assert_refused(struct slice input, const char *paths, enum error_code code, const char *words);
void assert_case_refused(const struct read_case *read_case, enum error_code code, const char *words);

/* A source that makes up a document: `head`, then `unit` so many times, then `tail`. */
struct repeated {
	struct slice head;
	struct slice unit;
	uint64_t count;
	struct slice tail;
	struct slice rest; /* of the part being handed out */
	int state;
};
struct byte_source repeated_source(struct repeated *repeated);

/* The folder of real feeds, or NULL (and says so) where there is none. */
const char *feeds_folder(void);

/* A whole file; the caller releases `content`. */
void read_file(const char *path, struct buffer *content);
