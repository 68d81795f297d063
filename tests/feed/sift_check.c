/* Reading with and without a sift, and comparing. */
#include "sift_check.h"

#include "feed/csv.h"
#include "feed/json.h"
#include "feed/sniff.h"
#include "feed/xml.h"
#include "path_selection.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum event_type { EVENT_RECORD, EVENT_OVERSIZE, EVENT_FAULT };

struct event {
	enum event_type type;
	size_t selector;
	uint64_t offset;
	uint64_t size;
	struct hash128 content;
};

struct mark {
	struct sift_record record;
	bool is_known;
};

/* One way of reading, and what came of it. */
struct run {
	const struct sift_check *check;
	enum feed_format format;
	const struct encoding *encoding;
	size_t mark_size;
	const struct hash_table *known; /* fingerprints; NULL = none */
	struct sift *sift;
	struct name_table names;
	struct path_selection selection;
	struct feed_selection wanted;
	bool has_root;
	struct feed_reader reader;
	struct recorder recorder;
	struct decoder decoder;
	char *decoded;
	uint64_t shift; /* of the bytes at hand: raw offsets less the sifted ones */
	uint64_t passed;
	struct hash128 bytes; /* of all that was passed, with its offsets */
	struct event *events;
	size_t event_count;
	struct mark *marks;
	size_t mark_count;
	struct shift_point {
		uint64_t sifted;
		uint64_t raw;
	} * points;
	size_t point_count;
	enum sift_blindness blindness;
	struct feed_summary summary;
	struct error err;
	int result;
};

static void *grow(void *items, size_t count, size_t size)
{
	void *grown = (count & (count - 1)) == 0 ? realloc(items, (count ? 2 * count : 1) * size) : items;

	if (grown == NULL)
		abort();
	return grown;
}

/* --- events --- */

struct hash128 sift_check_hash(const struct record *record)
{
	struct hash128 hash = {.low = record->node_count, .high = record->attribute_count};

	for (uint32_t i = 0; i < record->node_count; i++) {
		const struct record_node *node = &record->nodes[i];
		const uint64_t shape[] = {hash_bytes(name_text(record->names, node->local), 1).low,
		                          hash_bytes(name_text(record->names, node->space), 2).low,
		                          node->type,
		                          node->end,
		                          node->attribute_count,
		                          hash_bytes(node->text, 3).low};

		hash = hash_add(hash, hash_bytes(slice_make((const char *)shape, sizeof(shape)), i));
	}
	for (uint32_t i = 0; i < record->attribute_count; i++) {
		hash = hash_add(hash, hash_bytes(name_text(record->names, record->attributes[i].local), 4 * (uint64_t)i + 1));
		hash = hash_add(hash, hash_bytes(name_text(record->names, record->attributes[i].space), 4 * (uint64_t)i + 2));
		hash = hash_add(hash, hash_bytes(record->attributes[i].value, 4 * (uint64_t)i + 3));
	}
	return hash;
}

static void add_event(struct run *run, struct event event)
{
	run->events = grow(run->events, run->event_count, sizeof(*run->events));
	run->events[run->event_count++] = event;
}

static int take_root(void *context, const struct feed_root *root, struct feed_selection *ret_selection, struct error *err)
{
	struct run *run = context;

	(void)root;
	(void)err;
	path_selection_make(&run->selection, &run->names, run->check->paths);
	run->wanted = (struct feed_selection){.selectors = run->selection.selectors, .selector_count = run->selection.count};
	*ret_selection = run->wanted;
	run->has_root = true;
	return 0;
}

static int take_record(void *context, size_t selector, const struct record *record, struct error *err)
{
	(void)err;
	add_event(context, (struct event){.type = EVENT_RECORD,
	                                  .selector = selector,
	                                  .offset = record->stream_offset,
	                                  .size = record->stream_size,
	                                  .content = sift_check_hash(record)});
	return 0;
}

static int take_oversize(void *context, size_t selector, uint64_t stream_offset, const struct record *head, const char *text,
                         struct error *err)
{
	(void)err;
	(void)text;
	add_event(context,
	          (struct event){
			  .type = EVENT_OVERSIZE, .selector = selector, .offset = stream_offset, .content = sift_check_hash(head)});
	return 0;
}

static int take_fault(void *context, enum feed_fault fault, uint64_t stream_offset, struct slice text, struct error *err)
{
	(void)err;
	add_event(context, (struct event){.type = EVENT_FAULT, .offset = stream_offset, .content = hash_bytes(text, fault)});
	return 0;
}

/* --- reading --- */

static int push_decoded(struct run *run, struct slice bytes, struct error *err)
{
	while (bytes.size > 0) {
		const size_t size = bytes.size < LIMIT_READ_PIECE ? bytes.size : LIMIT_READ_PIECE;
		const struct slice text = decoder_decode(&run->decoder, slice_make(bytes.data, size), run->decoded);

		if (run->reader.push(run->reader.context, text, err) < 0)
			return -1;
		bytes = slice_make(bytes.data + size, bytes.size - size);
	}
	return 0;
}

static int pass(void *context, struct slice bytes, uint64_t raw_offset, struct error *err)
{
	struct run *run = context;
	const uint64_t place = raw_offset - run->mark_size;

	if (run->point_count == 0 || place - run->passed != run->shift) {
		run->points = grow(run->points, run->point_count, sizeof(*run->points));
		run->points[run->point_count++] = (struct shift_point){.sifted = run->passed, .raw = place};
		run->shift = place - run->passed;
	}
	for (size_t i = 0; i < bytes.size; i++)
		run->bytes = hash_add(run->bytes,
		                      (struct hash128){.low = ((uint64_t)(unsigned char)bytes.data[i] + 1) * (place + i + 1)});
	run->passed += bytes.size;
	return push_decoded(run, bytes, err);
}

static int select_records(void *context, const struct feed_selection **ret_selection, struct error *err)
{
	const struct run *run = context;

	(void)err;
	*ret_selection = run->has_root ? &run->wanted : NULL;
	return 0;
}

static int take_mark(void *context, const struct sift_record *record, bool *ret_is_known, struct error *err)
{
	struct run *run = context;

	(void)err;
	*ret_is_known = record->has_fingerprint && run->known != NULL && hash_table_find(run->known, record->fingerprint) != NULL;
	run->marks = grow(run->marks, run->mark_count, sizeof(*run->marks));
	run->marks[run->mark_count++] = (struct mark){.record = *record, .is_known = *ret_is_known};
	return 0;
}

static struct slice content_of(const struct run *run)
{
	const struct slice content = run->check->content;

	return slice_make(content.data + run->mark_size, content.size - run->mark_size);
}

static struct slice decode_head(const struct run *run, char *room)
{
	struct slice head = content_of(run);
	struct decoder decoder;

	if (head.size > SNIFF_BYTES - run->mark_size)
		head.size = SNIFF_BYTES - run->mark_size;
	decoder_init(&decoder, run->encoding);
	return decoder_decode(&decoder, head, room);
}

static int push_sifted(struct run *run, uint64_t choice, size_t piece_max)
{
	struct slice rest = content_of(run);

	while (rest.size > 0) {
		size_t size = rest.size;

		choice = choice * UINT64_C(6364136223846793005) + 1442695040888963407;
		if (piece_max > 0)
			size = 1 + (size_t)(choice >> 33) % piece_max;
		if (size > rest.size)
			size = rest.size;
		/* A copy of its own, so that a sanitizer sees who looks behind it. */
		char *piece = malloc(size);

		if (piece == NULL)
			abort();
		memcpy(piece, rest.data, size);
		const int result = sift_push(run->sift, slice_make(piece, size), &run->err);

		free(piece);
		if (result < 0)
			return -1;
		rest = slice_make(rest.data + size, rest.size - size);
	}
	return sift_finish(run->sift, &run->err);
}

static int read_all(struct run *run, struct slice head, size_t piece_max)
{
	const struct sift_options options = {.format = run->format,
	                                     .encoding = run->encoding,
	                                     .names = &run->names,
	                                     .seed = 42,
	                                     .raw_offset = run->mark_size,
	                                     .csv = &run->check->csv,
	                                     .head = head};
	const struct sift_sink sink = {.context = run, .pass = pass, .selection = select_records, .record = take_mark};
	int result;

	if (piece_max == SIZE_MAX) {
		result = push_decoded(run, content_of(run), &run->err);
	} else {
		run->sift = sift_new(&options, sink, &run->err);
		if (run->sift == NULL)
			return -1;
		result = push_sifted(run, run->check->choice, piece_max);
		run->blindness = sift_blindness(run->sift);
		sift_free(run->sift);
	}
	if (result < 0 || run->reader.push(run->reader.context, decoder_finish(&run->decoder, run->decoded), &run->err) < 0)
		return -1;
	return run->reader.finish(run->reader.context, &run->err);
}

/* Read in pieces through a sift; SIZE_MAX: without one. */
static void start(struct run *run, size_t piece_max)
{
	static reader_new_function *const readers[] = {
		[FEED_XML] = xml_reader_new,
		[FEED_JSON] = json_reader_new,
		[FEED_JSON_LINES] = json_reader_new,
		[FEED_CSV] = csv_reader_new,
	};
	const struct feed_options options = {.csv = run->check->csv};
	char *room = malloc(DECODER_ROOM(SNIFF_BYTES));
	struct reader_setup setup = {.format = run->format,
	                             .recorder = &run->recorder,
	                             .options = &options,
	                             .summary = &run->summary,
	                             .encoding_claim = ""};

	run->decoded = malloc(DECODER_ROOM(LIMIT_READ_PIECE));
	if (room == NULL || run->decoded == NULL)
		abort();
	name_table_init(&run->names);
	run->err = (struct error)ERROR_INIT;
	run->recorder = (struct recorder){
		.names = &run->names,
		.sink = {.context = run, .root = take_root, .record = take_record, .oversize = take_oversize, .fault = take_fault}};
	decoder_init(&run->decoder, run->encoding);
	setup.head = decode_head(run, room);
	run->result = readers[run->format](&setup, &run->reader, &run->err);
	if (run->result == 0) {
		run->result = read_all(run, setup.head, piece_max);
		run->reader.free(run->reader.context);
	}
	recorder_release(&run->recorder);
	name_table_release(&run->names);
	free(run->decoded);
	free(room);
}

static void release(struct run *run)
{
	free(run->events);
	free(run->marks);
	free(run->points);
}

/* --- comparing --- */

static bool complain(struct sift_check_result *result, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool complain(struct sift_check_result *result, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(result->fault, sizeof(result->fault), format, arguments);
	va_end(arguments);
	return false;
}

static bool is_utf8(const struct run *run)
{
	return run->encoding->kind == ENCODING_UTF8;
}

static uint64_t original(const struct run *run, uint64_t offset)
{
	size_t low = 0;
	size_t high = run->point_count;

	while (high - low > 1) {
		const size_t middle = low + (high - low) / 2;

		if (run->points[middle].sifted <= offset)
			low = middle;
		else
			high = middle;
	}
	return run->point_count > 0 ? offset - run->points[low].sifted + run->points[low].raw : offset;
}

/* Is it the first event of a record that a mark stands for? */
static bool is_marked(const struct run *full, size_t i)
{
	const struct event *event = &full->events[i];

	if (event->type == EVENT_FAULT || !full->selection.selectors[event->selector].may_be_known ||
	    full->selection.selectors[event->selector].attributes_only)
		return false;
	for (; i > 0 && full->events[i - 1].offset == event->offset; i--) {
		const struct event *before = &full->events[i - 1];

		if (before->type == event->type && full->selection.selectors[before->selector].may_be_known)
			return false;
	}
	return true;
}

/* Which event of the full reading each mark is; SIZE_MAX = none, because reading failed. */
static size_t *pair_marks(const struct run *full, const struct run *run)
{
	size_t *pairs = calloc(run->mark_count + 1, sizeof(*pairs));
	size_t event = 0;

	if (pairs == NULL)
		abort();
	for (size_t i = 0; i < run->mark_count; i++) {
		while (event < full->event_count && !is_marked(full, event))
			event++;
		pairs[i] = event < full->event_count ? event++ : SIZE_MAX;
	}
	return pairs;
}

static bool check_marks(const struct run *full, const struct run *run, struct sift_check_result *result)
{
	size_t *pairs = pair_marks(full, run);
	bool is_well = true;
	size_t count = 0;

	for (size_t i = 0; i < full->event_count; i++)
		count += is_marked(full, i);
	result->records = count;
	if (full->result == 0 && count != run->mark_count && run->blindness == SIFT_SEES)
		is_well = complain(result, "%zu records are told, and %zu sifted", count, run->mark_count);
	for (size_t i = 0; is_well && i < run->mark_count; i++) {
		const struct sift_record *record = &run->marks[i].record;
		const struct event *event = pairs[i] != SIZE_MAX ? &full->events[pairs[i]] : NULL;

		result->fingerprinted += record->has_fingerprint;
		if (event == NULL && full->result == 0)
			is_well = complain(result, "record %zu at %llu is no record", i, (unsigned long long)record->raw_offset);
		if (event == NULL || full->result < 0 || !is_utf8(full))
			continue;
		if (event->offset + full->mark_size != record->raw_offset ||
		    (record->has_fingerprint && event->type == EVENT_RECORD && event->size != record->raw_size))
			is_well = complain(result, "record %zu at %llu, %llu bytes, stands at %llu, %llu bytes", i,
			                   (unsigned long long)record->raw_offset, (unsigned long long)record->raw_size,
			                   (unsigned long long)event->offset, (unsigned long long)event->size);
	}
	free(pairs);
	return is_well;
}

/* Records that the parser took for what the sift takes them for: those that might be remembered. */
static void choose_known(const struct run *full, const struct run *run, struct hash_table *known)
{
	size_t *pairs = pair_marks(full, run);

	hash_table_init(known);
	for (size_t i = 0; i < run->mark_count; i++) {
		const struct sift_record *record = &run->marks[i].record;
		const struct event *event = pairs[i] != SIZE_MAX ? &full->events[pairs[i]] : NULL;
		const uint64_t dice = (record->fingerprint.low ^ full->check->choice) * UINT64_C(0x9E3779B97F4A7C15) >> 32;

		if (!record->has_fingerprint || event == NULL || event->type != EVENT_RECORD || dice % 100 >= full->check->percent)
			continue;
		if (is_utf8(full) && (event->offset + full->mark_size != record->raw_offset || event->size != record->raw_size))
			continue;
		if (hash_table_put(known, record->fingerprint, NULL) == NULL)
			abort();
	}
	free(pairs);
}

static bool is_inside(const struct event *event, const struct event *record)
{
	return event->offset >= record->offset && event->offset < record->offset + record->size;
}

/* The next event of the full reading, from `*at` on, that is not one of a record left out. */
static const struct event *next_event(const struct run *full, const bool *is_left_out, size_t *at)
{
	for (; *at < full->event_count; ++*at) {
		size_t record = *at;

		/* Faults are told before the record they stand in. */
		while (record < full->event_count && full->events[record].type == EVENT_FAULT)
			record++;
		if (record == full->event_count || !is_left_out[record] || !is_inside(&full->events[*at], &full->events[record]))
			return &full->events[(*at)++];
	}
	return NULL;
}

static bool is_like(const struct run *run, const struct event *event, const struct event *whole)
{
	return event != NULL && whole != NULL && event->type == whole->type && event->selector == whole->selector &&
	       hash_equal(event->content, whole->content) &&
	       (!is_utf8(run) || (original(run, event->offset) == whole->offset && event->size == whole->size));
}

/* An event is left out with all those that the same element gave. */
static bool *find_left_out(const struct run *full, const struct run *run)
{
	bool *is_left_out = calloc(full->event_count + 1, sizeof(*is_left_out));
	size_t *pairs = pair_marks(full, run);

	if (is_left_out == NULL)
		abort();
	for (size_t i = 0; i < run->mark_count; i++) {
		if (!run->marks[i].is_known || pairs[i] == SIZE_MAX)
			continue;
		for (size_t j = pairs[i]; j < full->event_count && full->events[j].offset == full->events[pairs[i]].offset; j++)
			is_left_out[j] = true;
	}
	free(pairs);
	return is_left_out;
}

static bool check_events(const struct run *full, const struct run *run, struct sift_check_result *result)
{
	bool *is_left_out = find_left_out(full, run);
	bool is_well = true;
	size_t at = 0;

	for (size_t i = 0; is_well && i <= run->event_count; i++) {
		const struct event *event = i < run->event_count ? &run->events[i] : NULL;
		const struct event *whole = next_event(full, is_left_out, &at);

		if (event == NULL && whole == NULL)
			break;
		/* What fails is read again in full: how much it told before depends on where the parser's pieces end. */
		if ((event == NULL || whole == NULL) && full->result < 0 && run->result < 0)
			break;
		if (!is_like(run, event, whole))
			is_well = complain(result, "event %zu is another one: at %lld instead of %lld", i,
			                   event ? (long long)original(run, event->offset) : -1,
			                   whole ? (long long)whole->offset : -1);
	}
	free(is_left_out);
	return is_well;
}

static bool check_result(const struct run *full, const struct run *run, struct sift_check_result *result)
{
	if (full->result == run->result && full->err.code == run->err.code)
		return true;
	return complain(result, "'%s' sifted, and '%s' whole", run->result < 0 ? run->err.message : "read",
	                full->result < 0 ? full->err.message : "read");
}

static bool check_pieces(const struct run *whole, const struct run *pieces, struct sift_check_result *result)
{
	if (whole->result < 0)
		return true;
	if (whole->blindness != pieces->blindness || whole->mark_count != pieces->mark_count || whole->passed != pieces->passed ||
	    !hash_equal(whole->bytes, pieces->bytes))
		return complain(result, "the sift depends on the pieces: %llu bytes or %llu, %zu records or %zu",
		                (unsigned long long)whole->passed, (unsigned long long)pieces->passed, whole->mark_count,
		                pieces->mark_count);
	for (size_t i = 0; i < whole->mark_count; i++) {
		if (!hash_equal(whole->marks[i].record.fingerprint, pieces->marks[i].record.fingerprint) ||
		    whole->marks[i].record.raw_offset != pieces->marks[i].record.raw_offset)
			return complain(result, "record %zu depends on the pieces", i);
	}
	return true;
}

/* Everything is passed where nothing is known. */
static bool check_passed(const struct run *all, struct sift_check_result *result)
{
	if (all->result < 0 || (all->passed == content_of(all).size && all->point_count <= 1))
		return true;
	return complain(result, "%llu bytes of %zu are passed though nothing is known", (unsigned long long)all->passed,
	                content_of(all).size);
}

/* Format and encoding are those of the feed as it came. */
static bool sniff(const struct sift_check *check, struct run *run)
{
	const struct feed_options options = {.csv = check->csv, .is_csv = check->is_csv, .is_json_lines = check->is_json_lines};
	struct byte_block block = {.rest = check->content};
	struct name_table names;
	struct feed_sink sink = {.context = run, .root = take_root, .record = take_record, .oversize = take_oversize};
	struct feed_summary summary;
	struct error err = ERROR_INIT;

	*run = (struct run){.check = check};
	name_table_init(&run->names);
	name_table_init(&names);
	if (feed_sample(byte_source_block(&block), &options, &names, sink, &summary, &err) < 0)
		run->err = err;
	name_table_release(&names);
	name_table_release(&run->names);
	run->format = summary.format;
	run->encoding = encoding_find(slice_from(summary.encoding));
	if (run->encoding != NULL)
		run->mark_size = encoding_mark_size(run->encoding, check->content);
	return run->encoding != NULL;
}

bool sift_check_run(const struct sift_check *check, struct sift_check_result *ret_result)
{
	struct run *runs = calloc(4, sizeof(*runs));
	struct run *full = &runs[0];
	struct run *all = &runs[1];
	struct run *whole = &runs[2];
	struct run *pieces = &runs[3];
	struct hash_table known;
	bool is_well;

	if (runs == NULL)
		abort();
	*ret_result = (struct sift_check_result){.is_text = sniff(check, full)};
	if (!ret_result->is_text) {
		free(runs);
		return true;
	}
	full->has_root = false;
	*all = *full;
	*whole = *full;
	*pieces = *full;
	start(full, SIZE_MAX);
	start(all, 0);
	choose_known(full, all, &known);
	whole->known = &known;
	start(whole, 0);
	pieces->known = &known;
	start(pieces, check->piece_max);
	ret_result->format = full->format;
	ret_result->is_read = full->result == 0;
	ret_result->blindness = whole->blindness;
	for (size_t i = 0; i < whole->mark_count; i++)
		ret_result->known += whole->marks[i].is_known;
	is_well = check_passed(all, ret_result) && check_result(full, all, ret_result) && check_events(full, all, ret_result) &&
	          check_marks(full, all, ret_result) && check_result(full, whole, ret_result) &&
	          check_events(full, whole, ret_result) && check_result(full, pieces, ret_result) &&
	          check_events(full, pieces, ret_result) && check_pieces(whole, pieces, ret_result);
	hash_table_release(&known);
	for (size_t i = 0; i < 4; i++)
		release(&runs[i]);
	free(runs);
	return is_well;
}
