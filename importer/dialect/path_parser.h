/* Shared by the parsers of the path languages: a place in one line of text, and the steps read so far. */
#pragma once

#include "dialect/path.h"

struct path_parser {
	struct slice text;
	size_t offset;
	const struct path_syntax *syntax;
	struct arena *arena;
	char *message;
	struct path_step steps[PATH_STEPS_MAX];
	size_t step_count;
	struct path_predicate predicates[PATH_PREDICATES_MAX]; /* of the step being read */
	size_t predicate_count;
	bool enters_json;
	bool is_rows;
};

/* False, with a message that ends in the place. */
__attribute__((format(printf, 2, 3))) bool path_fail(struct path_parser *parser, const char *format, ...);
bool path_fail_without_memory(struct path_parser *parser);

static inline bool path_at_end(const struct path_parser *parser)
{
	return parser->offset >= parser->text.size;
}

/* The next byte, or NUL at the end. */
static inline char path_peek(const struct path_parser *parser)
{
	return path_at_end(parser) ? '\0' : parser->text.data[parser->offset];
}

bool path_accept(struct path_parser *parser, char byte);
bool path_accept_text(struct path_parser *parser, const char *text);

/* The bytes up to the next one of `stops` or white space. */
struct slice path_take_word(struct path_parser *parser, const char *stops);

/* A step more; false with a message where there are too many. */
must_use bool path_add_step(struct path_parser *parser, struct path_step step);

/* A condition more on the step that will be added next. */
must_use bool path_add_predicate(struct path_parser *parser, struct path_predicate predicate);

/* Give the conditions read so far to `step`. */
must_use bool path_take_predicates(struct path_parser *parser, struct path_step *step);

/* Each reads the whole text, or returns false with a message. */
must_use bool path_parse_xml(struct path_parser *parser, bool *ret_is_absolute);
must_use bool path_parse_json(struct path_parser *parser, bool *ret_is_absolute);
must_use bool path_parse_csv(struct path_parser *parser);
