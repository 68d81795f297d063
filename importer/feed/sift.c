/* The sift's life, and its windows. */
#include "feed/sift.h"

#include "feed/sift_core.h"

#include <stdlib.h>
#include <string.h>

/* How much of a piece is put behind what was held back, at first and at most, to find the end of what that is. */
#define STEP_BYTES ((size_t)4096)
#define STEP_BYTES_MAX ((size_t)LIMIT_READ_PIECE)

/* A record at its limit, and white space and the next item's start behind it. */
#define HELD_BYTES_MAX ((size_t)LIMIT_RECORD_BYTES + 2 * 1024 * 1024)

const char *sift_blindness_text(enum sift_blindness blindness)
{
	static const char *const texts[] = {
		[SIFT_SEES] = NULL,
		[SIFT_BLIND_ENCODING] = "its encoding does not write ASCII as such",
		[SIFT_BLIND_SELECTION] = "what is wanted of it was not known when its root had been read",
		[SIFT_BLIND_ROWS] = "its rows are not its records, each by itself",
		[SIFT_BLIND_SUBSET] = "it has a document type definition of its own",
		[SIFT_BLIND_GRAMMAR] = "it is not well-formed",
		[SIFT_BLIND_NAMESPACE] = "a namespace or prefix on the way to its records is written in an unusual way",
		[SIFT_BLIND_KEY] = "a key on the way to its records is written with escapes",
		[SIFT_BLIND_SIZE] = "something on the way to its records is too large",
	};

	return texts[blindness];
}

/* --- life --- */

static int new_scanner(struct sift *sift, struct error *err)
{
	switch (sift->options.format) {
	case FEED_XML:
		sift->scanner = sift_xml_new(&sift->type);
		break;
	case FEED_JSON:
	case FEED_JSON_LINES:
		sift->scanner = sift_json_new(sift->options.format == FEED_JSON_LINES, &sift->type);
		break;
	case FEED_CSV:
		return sift_csv_new(&sift->options, &sift->scanner, &sift->type, err);
	}
	return sift->scanner != NULL ? 0 : error_set_memory(err);
}

static void note_encoding(struct sift *sift, const struct encoding *encoding)
{
	sift->encoding_hash = hash_bytes(slice_from(encoding->name), 0).low;
	if (encoding->kind != ENCODING_UTF8 && encoding->kind != ENCODING_TABLE)
		sift_go_blind(sift, SIFT_BLIND_ENCODING);
	if (encoding->kind != ENCODING_TABLE)
		return;
	for (size_t i = 0; i < ENCODING_HIGH_BYTES; i++) {
		if (encoding->high[i] == 0)
			sift->undefined[sift->undefined_count++] = (char)(i + 0x80);
	}
	for (size_t i = sift->undefined_count; i < 3; i++)
		sift->undefined[i] = sift->undefined[0];
}

struct sift *sift_new(const struct sift_options *options, struct sift_sink sink, struct error *err)
{
	struct sift *sift = calloc(1, sizeof(*sift));

	if (sift == NULL) {
		error_set_memory(err);
		return NULL;
	}
	sift->options = *options;
	sift->sink = sink;
	sift->offset = options->raw_offset;
	note_encoding(sift, options->encoding);
	buffer_init(&sift->held, HELD_BYTES_MAX);
	sift_path_init(&sift->path, options->names, options->encoding);
	if (new_scanner(sift, err) < 0) {
		sift_free(sift);
		return NULL;
	}
	return sift;
}

void sift_free(struct sift *sift)
{
	if (sift == NULL)
		return;
	if (sift->scanner != NULL)
		sift->type->free(sift->scanner);
	sift_path_release(&sift->path);
	buffer_release(&sift->held);
	free(sift);
}

void sift_set_context(struct sift *sift, struct hash128 context)
{
	sift->has_seed = sift->has_seed && hash_equal(sift->context, context);
	sift->context = context;
}

enum sift_blindness sift_blindness(const struct sift *sift)
{
	return sift->blindness;
}

struct sift_counts sift_counts(const struct sift *sift)
{
	return sift->counts;
}

/* --- windows --- */

/* Scan a window, which begins where the last one was settled; returns how much of it is settled. */
static int scan(struct sift *sift, struct slice window, size_t *ret_settled, struct error *err)
{
	sift->data = window.data;
	sift->size = window.size;
	if (!sift_is_blind(sift) && sift->type->scan(sift, sift->scanner, err) < 0)
		return -1;
	if (sift_is_blind(sift))
		sift->settled = window.size;
	if (sift_flush(sift, err) < 0)
		return -1;
	*ret_settled = sift->settled;
	if (!sift_is_blind(sift)) {
		sift->type->shift(sift->scanner, sift->settled);
		sift->at -= sift->settled;
	}
	sift->offset += sift->settled;
	sift->passed = 0;
	sift->settled = 0;
	return 0;
}

/* Put something behind what is held back, where there is room; else all of that is passed. */
static int hold(struct sift *sift, struct slice bytes, struct error *err)
{
	size_t settled;

	if (bytes.size <= HELD_BYTES_MAX - sift->held.size)
		return buffer_append_slice(&sift->held, bytes) < 0 ? error_set_memory(err) : 0;
	sift_go_blind(sift, SIFT_BLIND_SIZE);
	if (scan(sift, buffer_slice(&sift->held), &settled, err) < 0)
		return -1;
	buffer_clear(&sift->held);
	return scan(sift, bytes, &settled, err);
}

/* What is settled of the held bytes is taken away from their start. */
static void release_held(struct sift *sift, size_t settled)
{
	struct buffer *held = &sift->held;

	memmove(held->data, held->data + settled, held->size - settled);
	held->size -= settled;
}

/* Settle what was held back, by as much of `bytes` as that needs; returns how much of them. */
static int settle_held(struct sift *sift, struct slice bytes, size_t *ret_size, struct error *err)
{
	size_t step = STEP_BYTES;

	*ret_size = 0;
	while (sift->held.size > 0 && *ret_size < bytes.size) {
		const size_t held_size = sift->held.size;
		const size_t rest = bytes.size - *ret_size;
		const size_t size = rest < step ? rest : step;
		size_t settled;

		if (hold(sift, slice_make(bytes.data + *ret_size, size), err) < 0)
			return -1;
		if (sift->held.size > 0 && scan(sift, buffer_slice(&sift->held), &settled, err) < 0)
			return -1;
		if (sift->held.size == 0 || settled < held_size) {
			if (sift->held.size > 0)
				release_held(sift, settled);
			*ret_size += size;
		} else {
			buffer_clear(&sift->held);
			*ret_size += settled - held_size;
		}
		step = step < STEP_BYTES_MAX ? 2 * step : step;
	}
	return 0;
}

int sift_push(struct sift *sift, struct slice bytes, struct error *err)
{
	size_t size;

	if (bytes.size == 0)
		return 0;
	if (settle_held(sift, bytes, &size, err) < 0)
		return -1;
	bytes = slice_make(bytes.data + size, bytes.size - size);
	if (bytes.size == 0)
		return 0;
	if (scan(sift, bytes, &size, err) < 0)
		return -1;
	return hold(sift, slice_make(bytes.data + size, bytes.size - size), err);
}

int sift_finish(struct sift *sift, struct error *err)
{
	sift->data = sift->held.size > 0 ? sift->held.data : "";
	sift->size = sift->held.size;
	if (!sift_is_blind(sift) && sift->type->finish != NULL && sift->type->finish(sift, sift->scanner, err) < 0)
		return -1;
	sift_keep(sift, sift->size);
	return sift_flush(sift, err);
}
