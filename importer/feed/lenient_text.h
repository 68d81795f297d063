/* The lexical side of mending XML: references, plain runs, where a prolog begins, and words for what was done. */
#pragma once

#include "feed/lenient_places.h"

/*
 * How many bytes stand before the prolog of the document that begins with
 * `head`: before its XML declaration, or where it has none before its first
 * tag. 0 too where nothing has to be dropped, or there is nothing like a prolog.
 */
size_t lenient_prolog_offset(struct slice head);

/* Where the XML declaration stands in `head`, outside of comments and CDATA sections; SIZE_MAX = nowhere. */
size_t lenient_declaration_offset(struct slice head);

/* Bytes at the start of `text` that mean nothing to the filter: inside content, or a section that may end. */
size_t lenient_plain_size(struct slice text, bool is_content);

/* May `byte` stand behind `start`, which begins with '&', in a reference? */
bool lenient_reference_goes_on(struct slice start, char byte);

enum lenient_judgement {
	LENIENT_IS_REFERENCE,
	LENIENT_IS_FORBIDDEN, /* to a character that XML forbids */
	LENIENT_IS_NONE,
};

/* What `text` is, from '&' to ';'. `ret_code_point` is set for LENIENT_IS_FORBIDDEN, 0xFFFFFFFF for one beyond Unicode. */
enum lenient_judgement lenient_reference_judge(struct slice text, uint32_t *ret_code_point);

/* What was done at a place, in words. */
#define LENIENT_TEXT_SIZE 100
struct slice lenient_describe(const struct lenient_place *place, char room[LENIENT_TEXT_SIZE]);
