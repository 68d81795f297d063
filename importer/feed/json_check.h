/*
 * Is a stream JSON (RFC 8259) to the letter, or JSON Lines?
 *
 * The parser behind it forgives what must not be forgiven: form feeds, half
 * surrogates, values without anything between. What passes here is well-formed
 * UTF-8, nested no deeper than LIMIT_DEPTH, and without U+0000 even as an
 * escape, since no store can hold that. No memory, pieces cut anywhere.
 */
#pragma once

#include "base/error.h"

enum json_state {
	JSON_ROOT,       /* before the first value, or at the next line's */
	JSON_VALUE,      /* a value is due */
	JSON_FIRST_ITEM, /* behind '[' */
	JSON_FIRST_KEY,  /* behind '{' */
	JSON_KEY,        /* behind ',' in an object */
	JSON_COLON,
	JSON_AFTER, /* behind a value inside an array or object */
	JSON_END,   /* behind the root value, or a line's value */
	JSON_STRING,
	JSON_CHARACTER, /* inside a character of several bytes */
	JSON_ESCAPE,    /* behind a backslash */
	JSON_CODE_UNIT, /* inside four hexadecimal digits */
	JSON_SURROGATE, /* where the second half of a pair is due */
	JSON_WORD,      /* true, false, null */
	JSON_MINUS,     /* of a number, as what follows */
	JSON_ZERO,
	JSON_INTEGER,
	JSON_POINT,
	JSON_FRACTION,
	JSON_EXPONENT_MARK,
	JSON_EXPONENT_SIGN,
	JSON_EXPONENT,
};

enum json_shape {
	JSON_SHAPE_OPEN,     /* so far one line with one value that may be both */
	JSON_SHAPE_DOCUMENT, /* one value */
	JSON_SHAPE_LINES,    /* a value in the first line, more behind it */
};

struct json_check {
	enum json_state state;
	enum json_shape shape; /* not of JSON Lines, which are told beforehand */
	bool is_lines;
	bool is_key; /* the string */
	unsigned depth;
	uint64_t objects;         /* bit per level, the innermost lowest: an object, not an array */
	const char *word;         /* what is left of it */
	unsigned digits_left;     /* of a code unit */
	unsigned code_unit;       /* so far */
	bool is_second_unit;      /* of a pair */
	unsigned char lead;       /* the first byte of a character */
	unsigned char bytes_left; /* of a character */
	unsigned char byte_min;   /* of its next one */
	unsigned char byte_max;   /* of its next one */
	uint64_t offset;          /* of the piece at hand in the stream */
	uint64_t token_offset;    /* of the string, number or word that was begun last */
	int64_t line;             /* of the next byte, from 1 */
	int64_t line_characters;  /* of it before the piece at hand */
	const unsigned char *piece;
	const unsigned char *line_start; /* of it in the piece at hand, or the piece's own start */
	int64_t line_of_value;           /* the root value's first line, then its last one */
	const char *encoding_claim;      /* completes 'not valid UTF-8, although …' */
	struct error *err;               /* of the call that is going on */
};

/* Every line is a value and the depth is that of an array of them where `is_lines`. `encoding_claim` is borrowed. */
void json_check_init(struct json_check *check, bool is_lines, const char *encoding_claim);

/*
 * Look at the next piece. Returns how much of its start is faultless; where
 * that is less than all, `err` is set: ERROR_FEED or ERROR_LIMIT with line,
 * column and byte, and the check is over.
 */
must_use size_t json_check_push(struct json_check *check, struct slice text, struct error *err);

/* The stream has ended: -1 with ERROR_FEED where it was cut short, or has no value. */
must_use int json_check_finish(struct json_check *check, struct error *err);
