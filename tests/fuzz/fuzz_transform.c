/*
 * Fuzz target: what is done to a text from a feed. The first line picks a
 * transform, and for some its argument; the rest is the text.
 *
 *   strip | text | lower | upper | pattern REGEX | date FORMAT | interval FORMAT | language | weight UNIT | money | status | url
 */
#include "base/instant_pattern.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "catalog/language.h"
#include "catalog/values.h"
#include "dialect/html.h"
#include "dialect/transform.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 65536
#define ARENA_MAX ((size_t)16 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

/* Transforms are given valid UTF-8 and make valid UTF-8; HTML as text is no longer than it was. */
static void run_text(bool (*convert)(struct arena *arena, struct slice text, struct slice *ret_text), struct arena *arena,
                     struct slice text)
{
	struct slice result;

	if (!convert(arena, text, &result))
		return;
	expect(utf8_is_valid(result));
	expect(result.size <= text.size);
}

static void run_letter_case(struct arena *arena, struct slice text, bool to_upper)
{
	struct slice result;

	if (!transform_letter_case(arena, text, to_upper, &result))
		return;
	expect(utf8_is_valid(result));
	expect(result.size == text.size);
}

static void run_pattern(struct arena *arena, struct slice pattern, struct slice text)
{
	struct replacement_list list = {.first = NULL};
	char message[REPLACEMENT_MESSAGE_SIZE];
	const struct replacement *replacement = replacement_new(&list, arena, pattern, (struct slice)SLICE("<$0>"), message);
	struct replacement_context *context = replacement_context_new();
	struct slice result;

	if (replacement != NULL && context != NULL &&
	    replacement_apply(replacement, context, arena, text, &result) == REPLACEMENT_DONE) {
		expect(utf8_is_valid(result));
		expect(result.size <= LIMIT_FIELD_BYTES);
	}
	replacement_context_free(context);
	replacement_list_release(&list);
}

static void run_date(struct slice format, struct slice text, bool is_interval)
{
	char message[INSTANT_PATTERN_MESSAGE_SIZE];
	struct instant_pattern pattern;
	int64_t from_ms;
	int64_t to_ms;

	if (!instant_pattern_init(&pattern, format, message))
		expect(memchr(message, '\0', sizeof(message)) != NULL);
	else if (is_interval)
		(void)instant_pattern_parse_interval(&pattern, text, 120, &from_ms, &to_ms); /* must only not misbehave */
	else if (instant_pattern_parse(&pattern, text, -720, &from_ms))
		expect(from_ms > INT64_C(-2300000000000) && from_ms < INT64_C(253500000000000));
}

/* A tag in its usual form is its own usual form. */
static void run_language(struct slice text)
{
	char tag[LANGUAGE_TAG_MAX];
	char again[LANGUAGE_TAG_MAX];
	struct slice language;
	struct slice same;

	if (!language_parse(text, tag, &language))
		return;
	expect(language_parse(language, again, &same));
	expect(slice_equal(language, same));
}

static void run_weight(struct slice unit, struct slice text)
{
	int64_t grams = 0;
	const enum number_outcome outcome = weight_parse(text, '\0', unit, &grams);

	if (outcome == NUMBER_OK)
		expect(grams >= -FIELD_INTEGER_MAX && grams <= FIELD_INTEGER_MAX);
}

static bool take_word(struct slice *line, const char *word)
{
	const size_t size = strlen(word);

	if (!slice_starts_with(*line, word))
		return false;
	*line = slice_trim(slice_make(line->data + size, line->size - size));
	return true;
}

static void run(struct arena *arena, struct slice line, struct slice text)
{
	struct money money;

	if (take_word(&line, "strip"))
		run_text(html_strip, arena, text);
	else if (take_word(&line, "text"))
		run_text(html_to_text, arena, text);
	else if (take_word(&line, "lower"))
		run_letter_case(arena, text, false);
	else if (take_word(&line, "upper"))
		run_letter_case(arena, text, true);
	else if (take_word(&line, "pattern"))
		run_pattern(arena, line, text);
	else if (take_word(&line, "date"))
		run_date(line, text, false);
	else if (take_word(&line, "interval"))
		run_date(line, text, true);
	else if (take_word(&line, "language"))
		run_language(text);
	else if (take_word(&line, "weight"))
		run_weight(line, text);
	else if (take_word(&line, "money"))
		(void)money_parse(text, '\0', &money); /* must only not misbehave, as the next two */
	else if (take_word(&line, "status"))
		(void)status_parse(text);
	else if (take_word(&line, "url"))
		(void)url_is_absolute(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
	struct arena arena;
	size_t line_size;
	char *line;
	char *text;

	if (end == NULL || size > TEXT_MAX || !utf8_is_valid(slice_make((const char *)data, size)))
		return 0;
	line_size = (size_t)(end - data);
	/* In memory of their own and exact size, so that a sanitizer sees a read behind the end. */
	line = malloc(line_size > 0 ? line_size : 1);
	text = malloc(size - line_size > 1 ? size - line_size - 1 : 1);
	if (line != NULL && text != NULL) {
		memcpy(line, data, line_size);
		memcpy(text, end + 1, size - line_size - 1);
		arena_init(&arena, ARENA_MAX);
		run(&arena, slice_make(line, line_size), slice_make(text, size - line_size - 1));
		arena_release(&arena);
	}
	free(line);
	free(text);
	return 0;
}
