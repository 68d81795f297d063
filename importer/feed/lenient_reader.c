/* From the text as it came to the XML reader, and back from its offsets. */
#include "feed/lenient_reader.h"

#include "feed/lenient.h"
#include "feed/lenient_text.h"
#include "feed/xml.h"

#include <stdio.h>
#include <stdlib.h>

struct lenient_reader {
	struct feed_reader xml;
	const struct recorder *recorder;
	struct feed_summary *summary;
	struct lenient *lenient; /* the filter; after a failure without one, the counter; else NULL */
	bool is_counting;
	bool is_late_declaration;
};

/* --- mending --- */

static int tell(const struct lenient_reader *reader, const struct lenient_place *place, struct error *err)
{
	const struct feed_sink *sink = &reader->recorder->sink;
	char room[LENIENT_TEXT_SIZE];

	if (sink->fault == NULL)
		return 0;
	return sink->fault(sink->context, FEED_FAULT_MENDED, place->offset, lenient_describe(place, room), err);
}

/* The parser has come to `offset` of the mended text: places before it are told now, and with them the record they stand in. */
static int find_original(void *context, uint64_t offset, uint64_t *ret_offset, struct error *err)
{
	struct lenient_reader *reader = context;
	struct lenient_place place;

	while (lenient_places_pass(&reader->lenient->places, offset, &place)) {
		if (tell(reader, &place, err) < 0)
			return -1;
	}
	*ret_offset = offset + (uint64_t)reader->lenient->places.passed.shift;
	return 0;
}

/* The parser's place is one of the mended text. */
static int find_fault(const struct lenient_reader *reader, struct error *err)
{
	struct lenient_place before;

	if (err->byte < 0)
		return -1;
	before = lenient_places_before(&reader->lenient->places, (uint64_t)err->byte);
	err->byte += before.shift;
	err->line += reader->lenient->skipped_lines;
	if (err->line == before.line)
		err->column += before.column_shift;
	return -1;
}

static int write_mended(void *context, struct slice text, struct error *err)
{
	struct lenient_reader *reader = context;
	uint64_t original;

	if (reader->xml.push(reader->xml.context, text, err) < 0)
		return find_fault(reader, err);
	/* The sink hears of the root first. */
	if (reader->recorder->depth == 0 && !reader->recorder->root_closed)
		return 0;
	return find_original(reader, xml_reader_position(reader->xml), &original, err);
}

/* --- counting --- */

/* What stopped the parser must be the first thing that the filter would mend; while that is held back, it may be. */
static bool may_be_mendable(const struct lenient_reader *reader)
{
	const struct xml_rest *rest = xml_reader_rest(reader->xml);
	const struct lenient_place *first = &reader->lenient->first;

	if (rest->is_late_declaration)
		return true;
	if (first->offset == UINT64_MAX)
		return reader->lenient->mended == 0;
	return first->offset == 0 && (rest->is_reference || first->mend == LENIENT_CHARACTER);
}

static bool count(struct lenient_reader *reader, struct slice text)
{
	struct error err = ERROR_INIT;

	return lenient_push(reader->lenient, text, &err) == 0 && may_be_mendable(reader);
}

static void start_counting(struct lenient_reader *reader)
{
	const struct xml_rest *rest = xml_reader_rest(reader->xml);

	if (!rest->is_known)
		return;
	reader->lenient = malloc(sizeof(*reader->lenient));
	if (reader->lenient == NULL)
		return;
	lenient_init(reader->lenient, rest->section, 0);
	reader->is_late_declaration = rest->is_late_declaration;
	reader->is_counting = count(reader, slice_make(rest->text, rest->size));
}

static bool push_rest(void *context, struct slice text)
{
	struct lenient_reader *reader = context;

	reader->is_counting = reader->is_counting && count(reader, text);
	return reader->is_counting;
}

/* '…; 37 such places and 2 other faults in the feed; set lenient: true to mend them' */
static void describe_count(const struct lenient_reader *reader, char *room, size_t size)
{
	const uint64_t total = lenient_count(reader->lenient) + reader->is_late_declaration;
	const enum lenient_mend mend = reader->is_late_declaration ? LENIENT_PROLOG : reader->lenient->first.mend;
	const uint64_t such = reader->lenient->counts[mend] + reader->is_late_declaration;
	char others[64] = "";

	if (total > such)
		snprintf(others, sizeof(others), " and %llu other fault%s", (unsigned long long)(total - such),
		         total - such == 1 ? "" : "s");
	snprintf(room, size, "%llu such place%s%s in the feed; set lenient: true to mend %s", (unsigned long long)such,
	         such == 1 ? "" : "s", others, total == 1 ? "it" : "them");
}

static void explain(void *context, struct error *err)
{
	struct lenient_reader *reader = context;
	const struct error fault = *err;
	struct error ignored = ERROR_INIT;
	char text[160];

	if (!reader->is_counting || lenient_finish(reader->lenient, &ignored) < 0 || !may_be_mendable(reader) ||
	    lenient_count(reader->lenient) + reader->is_late_declaration == 0)
		return;
	describe_count(reader, text, sizeof(text));
	error_set(err, fault.code, "%s; %s", fault.message, text);
	err->source = fault.source;
	err->number = fault.number;
	error_locate(err, fault.line, fault.column, fault.byte);
}

/* --- the reader --- */

static int push_strictly(void *context, struct slice text, struct error *err)
{
	struct lenient_reader *reader = context;

	if (reader->xml.push(reader->xml.context, text, err) == 0)
		return 0;
	start_counting(reader);
	return -1;
}

static int finish_strictly(void *context, struct error *err)
{
	struct lenient_reader *reader = context;

	if (reader->xml.finish(reader->xml.context, err) == 0)
		return 0;
	start_counting(reader);
	return -1;
}

static int push(void *context, struct slice text, struct error *err)
{
	struct lenient_reader *reader = context;

	return lenient_push(reader->lenient, text, err);
}

static int finish(void *context, struct error *err)
{
	struct lenient_reader *reader = context;
	uint64_t original;

	if (lenient_finish(reader->lenient, err) < 0)
		return -1;
	if (reader->xml.finish(reader->xml.context, err) < 0)
		return find_fault(reader, err);
	reader->summary->mended = lenient_count(reader->lenient);
	return find_original(reader, UINT64_MAX, &original, err);
}

static void release(void *context)
{
	struct lenient_reader *reader = context;

	reader->xml.free(reader->xml.context);
	if (reader->lenient != NULL)
		lenient_release(reader->lenient);
	free(reader->lenient);
	free(reader);
}

static int start_mending(struct lenient_reader *reader, struct slice head, struct error *err)
{
	reader->lenient = malloc(sizeof(*reader->lenient));
	if (reader->lenient == NULL)
		return error_set_memory(err);
	lenient_init(reader->lenient, LENIENT_CONTENT, lenient_prolog_offset(head));
	reader->lenient->write = write_mended;
	reader->lenient->context = reader;
	xml_reader_set_places(reader->xml, (struct xml_places){.context = reader, .original = find_original});
	return 0;
}

int lenient_reader_new(const struct reader_setup *setup, struct feed_reader *ret_reader, struct error *err)
{
	const bool is_lenient = setup->options->is_lenient;
	struct lenient_reader *reader = calloc(1, sizeof(*reader));

	if (reader == NULL)
		return error_set_memory(err);
	reader->recorder = setup->recorder;
	reader->summary = setup->summary;
	if (xml_reader_new(setup, &reader->xml, err) < 0) {
		free(reader);
		return -1;
	}
	if (is_lenient && start_mending(reader, setup->head, err) < 0) {
		release(reader);
		return -1;
	}
	*ret_reader = (struct feed_reader){
		.context = reader,
		.push = is_lenient ? push : push_strictly,
		.finish = is_lenient ? finish : finish_strictly,
		.push_rest = is_lenient ? NULL : push_rest,
		.explain = is_lenient ? NULL : explain,
		.free = release,
	};
	return 0;
}
