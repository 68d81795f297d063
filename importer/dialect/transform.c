/* Pattern replacement by PCRE2 within fixed effort, and letter case. */
#include "dialect/transform.h"

#include "base/limits.h"
#include "base/number.h"
#include "base/utf8.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* PCRE2's own limits hold for each place at which a match is tried; */
#define MATCH_LIMIT 1000000
#define DEPTH_LIMIT 1000
#define HEAP_LIMIT_KIB 2048

/* the steps that its callouts count hold for a whole text: a hostile one may cost a few milliseconds and no more. */
#define STEPS_MIN 100000
#define STEPS_PER_BYTE 50
#define BYTES_PER_STEP 32 /* run over in about the time of a step */

struct replacement {
	pcre2_code *code;
	struct slice with;
	struct replacement *next;
};

struct replacement_context {
	pcre2_match_context *limits;
	pcre2_match_data *match;
	size_t steps_left;
	size_t position; /* at the last step */
};

/* --- replacement --- */

static bool reference_is_known(const pcre2_code *code, uint32_t group_count, struct slice name)
{
	char text[64];
	int64_t number;

	if (number_parse_integer(name, 0, INT32_MAX, &number))
		return number <= (int64_t)group_count;
	if (name.size == 0 || name.size >= sizeof text)
		return false;
	memcpy(text, name.data, name.size);
	text[name.size] = '\0';
	return pcre2_substring_number_from_name(code, (PCRE2_SPTR)text) > 0;
}

/* PCRE2 finds a wrong reference only when it first matches; a dialect's author should see it at once. */
static bool check_references(const pcre2_code *code, struct slice with, char *message)
{
	uint32_t group_count = 0;
	uint32_t back_reference = 0;
	size_t i = 0;

	(void)pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &group_count);
	(void)pcre2_pattern_info(code, PCRE2_INFO_BACKREFMAX, &back_reference);
	if (back_reference > 0) { /* comparing it is the one thing whose effort cannot be counted */
		(void)snprintf(message, REPLACEMENT_MESSAGE_SIZE,
		               "the pattern refers back to its group %u, which is not possible here", back_reference);
		return false;
	}
	if (group_count >= REPLACEMENT_GROUPS) {
		(void)snprintf(message, REPLACEMENT_MESSAGE_SIZE, "more than %d groups in the pattern", REPLACEMENT_GROUPS - 1);
		return false;
	}
	while (i < with.size) {
		struct slice name = {NULL, 0};

		if (with.data[i++] != '$')
			continue;
		if (i < with.size && with.data[i] == '$') {
			i++;
			continue;
		}
		if (i < with.size && with.data[i] == '{') {
			const size_t start = ++i;

			while (i < with.size && with.data[i] != '}')
				i++;
			name = slice_make(with.data + start, i - start);
			if (i == with.size)
				name.size = 0;
			i++;
		} else {
			const size_t start = i;

			while (i < with.size && with.data[i] >= '0' && with.data[i] <= '9')
				i++;
			name = slice_make(with.data + start, i - start);
		}
		if (!reference_is_known(code, group_count, name)) {
			(void)snprintf(message, REPLACEMENT_MESSAGE_SIZE,
			               "'$%.*s' is no group of the pattern; write $$ for a dollar sign",
			               (int)(name.size < 64 ? name.size : 64), name.size > 0 ? name.data : "");
			return false;
		}
	}
	return true;
}

const struct replacement *replacement_new(struct replacement_list *list, struct arena *arena, struct slice pattern,
                                          struct slice with, char ret_message[REPLACEMENT_MESSAGE_SIZE])
{
	struct replacement *replacement;
	PCRE2_SIZE offset = 0;
	int number = 0;

	ret_message[0] = '\0';
	if (pattern.size > REPLACEMENT_PATTERN_BYTES) {
		(void)snprintf(ret_message, REPLACEMENT_MESSAGE_SIZE, "a pattern of more than %d bytes", REPLACEMENT_PATTERN_BYTES);
		return NULL;
	}
	replacement = arena_alloc(arena, sizeof *replacement);
	if (replacement == NULL || !arena_copy(arena, with, &replacement->with))
		return NULL;
	replacement->code = pcre2_compile((PCRE2_SPTR)(pattern.size > 0 ? pattern.data : ""), pattern.size,
	                                  PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT, &number, &offset,
	                                  NULL);
	if (replacement->code == NULL) {
		PCRE2_UCHAR text[160];

		if (number == PCRE2_ERROR_NOMEMORY)
			return NULL;
		if (pcre2_get_error_message(number, text, sizeof text) < 0)
			text[0] = '\0';
		(void)snprintf(ret_message, REPLACEMENT_MESSAGE_SIZE, "the pattern is wrong at character %zu: %s",
		               (size_t)offset + 1, (const char *)text);
		return NULL;
	}
	replacement->next = list->first;
	list->first = replacement;
	return check_references(replacement->code, with, ret_message) ? replacement : NULL;
}

void replacement_list_release(struct replacement_list *list)
{
	for (struct replacement *replacement = list->first; replacement != NULL; replacement = replacement->next)
		pcre2_code_free(replacement->code);
	list->first = NULL;
}

/*
 * Called at each item of the pattern that is tried, with where it is tried: a step costs one, and what the item before ran
 * over in one go ('a*') is added. A negative result ends the match with that error.
 */
static int count_step(pcre2_callout_block *block, void *context)
{
	struct replacement_context *own = context;
	const size_t run = block->current_position > own->position ? block->current_position - own->position : 0;
	const size_t cost = 1 + run / BYTES_PER_STEP;

	own->position = block->current_position;
	if (own->steps_left < cost)
		return PCRE2_ERROR_MATCHLIMIT;
	own->steps_left -= cost;
	return 0;
}

struct replacement_context *replacement_context_new(void)
{
	struct replacement_context *context = calloc(1, sizeof *context);

	if (context == NULL)
		return NULL;
	context->limits = pcre2_match_context_create(NULL);
	context->match = pcre2_match_data_create(REPLACEMENT_GROUPS, NULL);
	if (context->limits == NULL || context->match == NULL) {
		replacement_context_free(context);
		return NULL;
	}
	(void)pcre2_set_match_limit(context->limits, MATCH_LIMIT);
	(void)pcre2_set_depth_limit(context->limits, DEPTH_LIMIT);
	(void)pcre2_set_heap_limit(context->limits, HEAP_LIMIT_KIB);
	(void)pcre2_set_callout(context->limits, count_step, context);
	return context;
}

void replacement_context_free(struct replacement_context *context)
{
	if (context == NULL)
		return;
	pcre2_match_data_free(context->match);
	pcre2_match_context_free(context->limits);
	free(context);
}

enum replacement_outcome replacement_apply(const struct replacement *replacement, struct replacement_context *context,
                                           struct arena *arena, struct slice text, struct slice *ret_text)
{
	const uint32_t options = PCRE2_SUBSTITUTE_GLOBAL | PCRE2_SUBSTITUTE_OVERFLOW_LENGTH | PCRE2_SUBSTITUTE_UNSET_EMPTY |
	                         PCRE2_NO_JIT;
	PCRE2_SPTR with = (PCRE2_SPTR)(replacement->with.size > 0 ? replacement->with.data : "");
	size_t room = text.size + text.size / 2 + 64 < LIMIT_FIELD_BYTES + 1 ? text.size + text.size / 2 + 64
	                                                                     : LIMIT_FIELD_BYTES + 1;
	int found;

	context->position = 0;
	context->steps_left = STEPS_MIN + STEPS_PER_BYTE * text.size;
	found = pcre2_match(replacement->code, (PCRE2_SPTR)(text.size > 0 ? text.data : ""), text.size, 0, PCRE2_NO_JIT,
	                    context->match, context->limits);
	if (found == PCRE2_ERROR_NOMATCH) {
		*ret_text = text;
		return REPLACEMENT_DONE;
	}
	if (found < 0)
		return found == PCRE2_ERROR_NOMEMORY ? REPLACEMENT_NO_MEMORY : REPLACEMENT_TOO_COSTLY;
	for (int attempt = 0; attempt < 2 && room <= LIMIT_FIELD_BYTES + 1; attempt++) {
		char *output = arena_alloc(arena, room);
		PCRE2_SIZE size = room;

		if (output == NULL)
			return REPLACEMENT_NO_MEMORY;
		found = pcre2_substitute(replacement->code, (PCRE2_SPTR)text.data, text.size, 0, options, context->match,
		                         context->limits, with, replacement->with.size, (PCRE2_UCHAR *)output, &size);
		if (found >= 0) {
			*ret_text = slice_make(output, size);
			return REPLACEMENT_DONE;
		}
		if (found != PCRE2_ERROR_NOMEMORY)
			return REPLACEMENT_TOO_COSTLY;
		room = size; /* PCRE2 says how much it needs, its NUL included */
	}
	return REPLACEMENT_TOO_COSTLY;
}

/* --- letter case --- */

/* Blocks in which a capital and its small letter are a fixed distance apart; both sides take the same bytes in UTF-8. */
static const struct {
	uint32_t first_capital;
	uint32_t last_capital;
	uint32_t distance;
} letter_blocks[] = {
	{'A', 'Z', 32},       {0x00c0, 0x00d6, 32}, {0x00d8, 0x00de, 32}, {0x0391, 0x03a1, 32},
	{0x03a3, 0x03a9, 32}, {0x0400, 0x040f, 80}, {0x0410, 0x042f, 32},
};

/* Blocks in which capitals are even (or odd) and each is followed by its small letter. */
static const struct {
	uint32_t first_capital;
	uint32_t last_small;
} letter_pairs[] = {
	{0x0100, 0x012f}, {0x0132, 0x0137}, {0x0139, 0x0148}, {0x014a, 0x0177},
	{0x0179, 0x017e}, {0x0460, 0x0481}, {0x048a, 0x04bf}, {0x04d0, 0x052f},
};

static uint32_t change_letter(uint32_t letter, bool to_upper)
{
	for (size_t i = 0; i < sizeof letter_blocks / sizeof letter_blocks[0]; i++) {
		const uint32_t distance = letter_blocks[i].distance;

		if (!to_upper && letter >= letter_blocks[i].first_capital && letter <= letter_blocks[i].last_capital)
			return letter + distance;
		if (to_upper && letter >= letter_blocks[i].first_capital + distance &&
		    letter <= letter_blocks[i].last_capital + distance)
			return letter - distance;
	}
	for (size_t i = 0; i < sizeof letter_pairs / sizeof letter_pairs[0]; i++) {
		if (letter < letter_pairs[i].first_capital || letter > letter_pairs[i].last_small)
			continue;
		if ((letter - letter_pairs[i].first_capital) % 2 == (to_upper ? 1u : 0u))
			return to_upper ? letter - 1 : letter + 1;
	}
	return letter;
}

bool transform_letter_case(struct arena *arena, struct slice text, bool to_upper, struct slice *ret_text)
{
	char *output = arena_alloc(arena, text.size + 4);
	size_t size = 0;

	if (output == NULL)
		return false;
	while (text.size > 0) {
		size_t length;
		const uint32_t letter = utf8_decode(text, &length);
		char changed[4];

		if (utf8_encode(change_letter(letter, to_upper), changed) == length)
			memcpy(output + size, changed, length);
		else
			memcpy(output + size, text.data, length);
		size += length;
		text = slice_make(text.data + length, text.size - length);
	}
	*ret_text = slice_make(output, size);
	return true;
}
