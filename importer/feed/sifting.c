/* Marks of records and places of bytes, each in a queue. */
#include "feed/sifting.h"

#include "base/limits.h"
#include "feed/sift_scan.h"

#include <stdlib.h>
#include <string.h>

#define QUEUE_CAPACITY_MIN 64

/* A record that the sift has told, and the sink has not been told of yet. */
struct mark {
	struct sift_record record;
	uint64_t stream_offset; /* of one that was left out */
	bool is_known;
};

/* From `sifted` on in the stream that the parser reads, the whole one is `shift` further on. */
struct point {
	uint64_t sifted;
	uint64_t shift;
};

struct queue {
	void *items;
	size_t item_size;
	size_t first;
	size_t count;
	size_t capacity;
};

struct sifting {
	struct sifting_setup setup;
	struct feed_sink sink; /* the caller's */
	struct sift *sift;
	struct feed_selection selection;
	bool has_root;
	bool is_root_read;   /* an empty root: with its tag, before the sift could tell of it */
	bool has_last_known; /* which is going to be left out */
	struct sift_record last_known;
	struct queue marks;
	struct queue points;
	uint64_t dropped;         /* bytes of the decoded stream */
	uint64_t undefined_shift; /* of the first byte without a meaning */
	bool has_undefined;
	bool has_record; /* the mark at hand has been paired with the record at record_offset */
	uint64_t record_offset;
	struct hash128 fingerprint;
	bool has_fingerprint;
	unsigned char sizes[256]; /* of bytes, decoded */
	bool letters_are_two;     /* all from 0xC0 on */
};

/* --- queues --- */

static void *queue_at(const struct queue *queue, size_t i)
{
	return (char *)queue->items + (queue->first + i) * queue->item_size;
}

/* Room for one more at its end; NULL without memory. */
static void *queue_add(struct queue *queue)
{
	if (queue->first > 0 && queue->first + queue->count == queue->capacity) {
		memmove(queue->items, queue_at(queue, 0), queue->count * queue->item_size);
		queue->first = 0;
	}
	if (queue->count == queue->capacity) {
		const size_t capacity = queue->capacity ? 2 * queue->capacity : QUEUE_CAPACITY_MIN;
		void *items = realloc(queue->items, capacity * queue->item_size);

		if (items == NULL)
			return NULL;
		queue->items = items;
		queue->capacity = capacity;
	}
	return queue_at(queue, queue->count++);
}

static void queue_remove(struct queue *queue)
{
	queue->first++;
	if (--queue->count == 0)
		queue->first = 0;
}

/* --- places --- */

static uint64_t sum_sizes(const struct sifting *sifting, const char *at, const char *end)
{
	uint64_t size = 0;

	for (; at < end; at++)
		size += sifting->sizes[(unsigned char)*at];
	return size;
}

/* Nearly all bytes of a feed are ASCII, or letters that most encodings have from 0xC0 on. */
static uint64_t decoded_size(const struct sifting *sifting, struct slice bytes)
{
	const char *end = bytes.data + bytes.size;
	const char *at = bytes.data;
	uint64_t letters = 0;
	uint64_t size = 0;

	if (sifting->setup.encoding->kind == ENCODING_UTF8)
		return bytes.size;
	while (end - at >= SIFT_BLOCK_SIZE) {
		const char *behind = sifting->letters_are_two ? sift_count_letters(at, end, &letters) : at;

		size += (uint64_t)(behind - at);
		at = behind;
		if (end - at < SIFT_BLOCK_SIZE)
			break;
		size += sum_sizes(sifting, at, at + SIFT_BLOCK_SIZE);
		at += SIFT_BLOCK_SIZE;
	}
	return size + letters + sum_sizes(sifting, at, end);
}

/* Offsets come in rising order, but for that of a record behind those of faults in it, and nothing is left out within one. */
static uint64_t original(struct sifting *sifting, uint64_t offset)
{
	struct queue *points = &sifting->points;

	while (points->count > 1 && ((struct point *)queue_at(points, 1))->sifted <= offset)
		queue_remove(points);
	return points->count > 0 ? offset + ((struct point *)queue_at(points, 0))->shift : offset;
}

static int note_shift(struct sifting *sifting, struct error *err)
{
	struct queue *points = &sifting->points;
	const uint64_t last = points->count > 0 ? ((struct point *)queue_at(points, points->count - 1))->shift : 0;
	struct point *point;

	if (last == sifting->dropped)
		return 0;
	/* The place before the first one stays, for a record that began there. */
	if (points->count == 0) {
		point = queue_add(points);
		if (point == NULL)
			return error_set_memory(err);
		*point = (struct point){.sifted = 0};
	}
	point = queue_add(points);
	if (point == NULL)
		return error_set_memory(err);
	*point = (struct point){.sifted = sifting->setup.decoder->stream_size, .shift = sifting->dropped};
	return 0;
}

void sifting_locate(const struct sifting *sifting, struct error *err)
{
	const struct queue *points = &sifting->points;
	uint64_t shift = 0;

	for (size_t i = 0; i < points->count && err->byte >= 0; i++) {
		const struct point *point = queue_at(points, i);

		if (point->sifted <= (uint64_t)err->byte)
			shift = point->shift;
	}
	if (shift == 0 && (err->byte >= 0 || sifting->dropped == 0))
		return;
	err->line = 0;
	err->column = 0;
	err->byte += (int64_t)shift;
}

/* --- known records --- */

static int tell_known(struct sifting *sifting, const struct mark *mark, struct error *err)
{
	struct recorder *recorder = sifting->setup.recorder;

	if (++recorder->record_count > LIMIT_RECORDS)
		return error_set(err, ERROR_LIMIT, "the feed has more than %lld records", (long long)LIMIT_RECORDS);
	if (sifting->sink.known == NULL)
		return 0;
	return sifting->sink.known(sifting->sink.context, mark->record.fingerprint, mark->stream_offset, err);
}

/* Those before which the parser has no record to read. */
static int tell_all_known(struct sifting *sifting, struct error *err)
{
	while (sifting->marks.count > 0) {
		const struct mark *mark = queue_at(&sifting->marks, 0);

		if (!mark->is_known)
			return 0;
		if (tell_known(sifting, mark, err) < 0)
			return -1;
		queue_remove(&sifting->marks);
	}
	return 0;
}

static struct hash128 scope(const struct sifting *sifting)
{
	const struct feed_known *known = sifting->setup.known;

	return known->scope ? known->scope(known->context) : (struct hash128){.low = 0};
}

static int add_mark(struct sifting *sifting, const struct mark *mark, struct error *err)
{
	struct mark *added = queue_add(&sifting->marks);

	if (added == NULL)
		return error_set_memory(err);
	*added = *mark;
	return 0;
}

static int on_mark(void *context, const struct sift_record *record, bool *ret_is_known, struct error *err)
{
	struct sifting *sifting = context;
	const struct feed_known *known = sifting->setup.known;

	if (sifting->is_root_read) {
		sifting->is_root_read = false;
		return 0;
	}
	*ret_is_known = record->has_fingerprint && known->is_known(known->context, record->fingerprint);
	if (!*ret_is_known)
		return add_mark(sifting, &(struct mark){.record = *record}, err);
	sifting->last_known = *record;
	sifting->has_last_known = true;
	return 0;
}

/* What stands before it has been passed, and parsed as far as that goes. Between a record and what goes with it is only ASCII. */
static int on_drop(void *context, struct slice bytes, uint64_t raw_offset, struct error *err)
{
	struct sifting *sifting = context;
	struct mark mark = {.record = sifting->last_known, .is_known = true};

	mark.stream_offset = sifting->setup.decoder->stream_size + sifting->dropped + (mark.record.raw_offset - raw_offset);
	sifting->dropped += decoded_size(sifting, bytes);
	if (!sifting->has_last_known)
		return 0;
	sifting->has_last_known = false;
	return sifting->marks.count == 0 ? tell_known(sifting, &mark, err) : add_mark(sifting, &mark, err);
}

/* --- between parser and sink --- */

static int disagree(uint64_t offset, struct error *err)
{
	error_set(err, ERROR_COUNTS, "the parser reads a record at byte %llu, where none was found before it",
	          (unsigned long long)offset);
	error_locate(err, 0, 0, (int64_t)offset);
	return -1;
}

/* Of the record that the parser has read: which one that the sift has told is it? */
static int pair(struct sifting *sifting, uint64_t offset, uint64_t size, struct error *err)
{
	const bool is_utf8 = sifting->setup.encoding->kind == ENCODING_UTF8;
	struct mark mark;

	sifting->has_record = true;
	sifting->record_offset = offset;
	sifting->has_fingerprint = false;
	if (tell_all_known(sifting, err) < 0)
		return -1;
	if (sifting->marks.count == 0) {
		sifting->is_root_read = sifting->setup.format == FEED_XML && sifting->setup.recorder->depth == 1;
		return sifting_blindness(sifting) == SIFT_SEES && !sifting->is_root_read ? disagree(offset, err) : 0;
	}
	mark = *(struct mark *)queue_at(&sifting->marks, 0);
	queue_remove(&sifting->marks);
	if (is_utf8 && (mark.record.raw_offset != offset + sifting->setup.mark_size ||
	                (mark.record.has_fingerprint && size > 0 && mark.record.raw_size != size)))
		return disagree(offset, err);
	sifting->has_fingerprint = mark.record.has_fingerprint;
	sifting->fingerprint = mark.record.fingerprint;
	return 0;
}

/* Does the sift tell records of this selector? */
static bool is_sifted(const struct sifting *sifting, size_t selector)
{
	const struct feed_selector *wanted = &sifting->selection.selectors[selector];

	return wanted->may_be_known && !wanted->attributes_only;
}

static int on_root(void *context, const struct feed_root *root, struct feed_selection *ret_selection, struct error *err)
{
	struct sifting *sifting = context;

	if (sifting->sink.root(sifting->sink.context, root, ret_selection, err) < 0)
		return -1;
	sifting->selection = *ret_selection;
	sifting->has_root = true;
	return 0;
}

/* One element may fit several selectors. */
static int pair_once(struct sifting *sifting, size_t selector, uint64_t offset, uint64_t size, struct error *err)
{
	if (!is_sifted(sifting, selector) || (sifting->has_record && sifting->record_offset == offset))
		return 0;
	return pair(sifting, offset, size, err);
}

static int on_record(void *context, size_t selector, const struct record *record, struct error *err)
{
	struct sifting *sifting = context;
	struct record told = *record;

	told.stream_offset = original(sifting, record->stream_offset);
	if (pair_once(sifting, selector, told.stream_offset, record->stream_size, err) < 0)
		return -1;
	if (is_sifted(sifting, selector) && sifting->has_fingerprint)
		told.fingerprint = &sifting->fingerprint;
	return sifting->sink.record(sifting->sink.context, selector, &told, err);
}

static int on_oversize(void *context, size_t selector, uint64_t stream_offset, const struct record *head, const char *text,
                       struct error *err)
{
	struct sifting *sifting = context;
	struct record told = *head;

	told.stream_offset = original(sifting, stream_offset);
	if (pair_once(sifting, selector, told.stream_offset, 0, err) < 0)
		return -1;
	return sifting->sink.oversize(sifting->sink.context, selector, told.stream_offset, &told, text, err);
}

static int on_fault(void *context, enum feed_fault fault, uint64_t stream_offset, struct slice text, struct error *err)
{
	struct sifting *sifting = context;

	if (sifting->sink.fault == NULL)
		return 0;
	return sifting->sink.fault(sifting->sink.context, fault, original(sifting, stream_offset), text, err);
}

/* --- between sift and parser --- */

static int on_pass(void *context, struct slice bytes, uint64_t raw_offset, struct error *err)
{
	struct sifting *sifting = context;

	(void)raw_offset;
	if (!sifting->has_undefined)
		sifting->undefined_shift = sifting->dropped;
	if (note_shift(sifting, err) < 0 || sifting->setup.push(sifting->setup.context, bytes, err) < 0 ||
	    tell_all_known(sifting, err) < 0)
		return -1;
	sifting->has_undefined = sifting->setup.decoder->undefined_count > 0;
	sift_set_context(sifting->sift, scope(sifting));
	return 0;
}

static int on_selection(void *context, const struct feed_selection **ret_selection, struct error *err)
{
	struct sifting *sifting = context;

	(void)err;
	*ret_selection = sifting->has_root ? &sifting->selection : NULL;
	return 0;
}

/* --- life --- */

static void find_sizes(struct sifting *sifting)
{
	for (size_t i = 0; i < sizeof(sifting->sizes); i++)
		sifting->sizes[i] = i < 0x80 ? 1 : sifting->setup.decoder->high[i - 0x80].size;
	sifting->letters_are_two = true;
	for (size_t i = 0xC0; i < sizeof(sifting->sizes); i++)
		sifting->letters_are_two &= sifting->sizes[i] == 2;
}

struct sifting *sifting_new(const struct sifting_setup *setup, struct error *err)
{
	struct sifting *sifting = calloc(1, sizeof(*sifting));
	const struct sift_options options = {
		.format = setup->format,
		.encoding = setup->encoding,
		.names = setup->recorder->names,
		.seed = setup->known->seed,
		.raw_offset = setup->mark_size,
		.csv = setup->csv,
		.head = setup->head,
	};

	if (sifting == NULL) {
		error_set_memory(err);
		return NULL;
	}
	*sifting = (struct sifting){
		.setup = *setup,
		.sink = setup->recorder->sink,
		.marks = {.item_size = sizeof(struct mark)},
		.points = {.item_size = sizeof(struct point)},
	};
	sifting->sift = sift_new(
		&options,
		(struct sift_sink){
			.context = sifting, .pass = on_pass, .drop = on_drop, .selection = on_selection, .record = on_mark},
		err);
	if (sifting->sift == NULL) {
		free(sifting);
		return NULL;
	}
	find_sizes(sifting);
	setup->recorder->sink = (struct feed_sink){
		.context = sifting, .root = on_root, .record = on_record, .oversize = on_oversize, .fault = on_fault};
	return sifting;
}

void sifting_free(struct sifting *sifting)
{
	if (sifting == NULL)
		return;
	sift_free(sifting->sift);
	free(sifting->marks.items);
	free(sifting->points.items);
	free(sifting);
}

int sifting_push(struct sifting *sifting, struct slice raw, struct error *err)
{
	return sift_push(sifting->sift, raw, err);
}

int sifting_finish(struct sifting *sifting, struct error *err)
{
	return sift_finish(sifting->sift, err);
}

int sifting_check(struct sifting *sifting, struct error *err)
{
	if (tell_all_known(sifting, err) < 0)
		return -1;
	if (sifting->marks.count == 0)
		return 0;
	return error_set(err, ERROR_COUNTS, "the parser has not read %zu records that were found before it", sifting->marks.count);
}

uint64_t sifting_undefined_offset(const struct sifting *sifting)
{
	return sifting->setup.decoder->undefined_first + sifting->undefined_shift;
}

enum sift_blindness sifting_blindness(const struct sifting *sifting)
{
	return sift_blindness(sifting->sift);
}
