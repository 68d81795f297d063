/* Reading a feed of which some records are known: everything is told in its order and at its place. */
#include "feed_tests.h"
#include "path_selection.h"
#include "sift_check.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum event_type { EVENT_RECORD, EVENT_OVERSIZE, EVENT_KNOWN, EVENT_FAULT, EVENT_UNDEFINED };

struct event {
	enum event_type type;
	size_t selector;
	uint64_t offset;
	struct hash128 content;
	bool has_fingerprint;
	struct hash128 fingerprint;
};

/* What is read, and how. */
struct reading {
	struct slice content;
	const char *paths;
	struct feed_options options;
	const struct hash_table *known; /* NULL = the option is left out */
	unsigned percent;               /* of `known` */
	size_t scope_path;              /* the record of this selector is what others depend on; 0 = none */
	struct hash128 scope;
	struct name_table names;
	struct path_selection selection;
	struct event *events;
	size_t count;
	struct feed_summary summary;
	struct error err;
	int result;
};

static struct event *add_event(struct reading *reading, enum event_type type, uint64_t offset)
{
	if ((reading->count & (reading->count - 1)) == 0) {
		reading->events = realloc(reading->events, (reading->count ? 2 * reading->count : 1) * sizeof(*reading->events));
		assert_non_null(reading->events);
	}
	reading->events[reading->count] = (struct event){.type = type, .offset = offset};
	return &reading->events[reading->count++];
}

static int take_root(void *context, const struct feed_root *root, struct feed_selection *ret_selection, struct error *err)
{
	struct reading *reading = context;

	(void)root;
	(void)err;
	path_selection_make(&reading->selection, &reading->names, reading->paths);
	ret_selection->selectors = reading->selection.selectors;
	ret_selection->selector_count = reading->selection.count;
	return 0;
}

static int take_record(void *context, size_t selector, const struct record *record, struct error *err)
{
	struct reading *reading = context;
	struct event *event = add_event(reading, EVENT_RECORD, record->stream_offset);

	(void)err;
	event->selector = selector;
	event->content = sift_check_hash(record);
	event->has_fingerprint = record->fingerprint != NULL;
	if (record->fingerprint != NULL)
		event->fingerprint = *record->fingerprint;
	if (reading->scope_path > 0 && selector == reading->scope_path)
		reading->scope = event->content;
	return 0;
}

static int take_oversize(void *context, size_t selector, uint64_t stream_offset, const struct record *head, const char *text,
                         struct error *err)
{
	struct event *event = add_event(context, EVENT_OVERSIZE, stream_offset);

	(void)err;
	(void)text;
	assert_true(head->stream_offset == stream_offset);
	event->selector = selector;
	event->content = sift_check_hash(head);
	return 0;
}

static int take_known(void *context, struct hash128 fingerprint, uint64_t stream_offset, struct error *err)
{
	struct event *event = add_event(context, EVENT_KNOWN, stream_offset);

	(void)err;
	event->has_fingerprint = true;
	event->fingerprint = fingerprint;
	return 0;
}

static int take_fault(void *context, enum feed_fault fault, uint64_t stream_offset, struct slice text, struct error *err)
{
	struct event *event = add_event(context, EVENT_FAULT, stream_offset);

	(void)err;
	event->content = hash_bytes(text, fault);
	return 0;
}

static int take_undefined(void *context, uint64_t count, uint64_t stream_offset, struct error *err)
{
	struct event *event = add_event(context, EVENT_UNDEFINED, stream_offset);

	(void)err;
	event->content.low = count;
	return 0;
}

static bool is_known(void *context, struct hash128 fingerprint)
{
	const struct reading *reading = context;

	return fingerprint.high % 100 < reading->percent && hash_table_find(reading->known, fingerprint) != NULL;
}

static struct hash128 scope(void *context)
{
	const struct reading *reading = context;

	return reading->scope;
}

static void start(struct reading *reading)
{
	const struct feed_known known = {.context = reading, .seed = 3, .is_known = is_known, .scope = scope};
	const struct feed_sink sink = {.context = reading,
	                               .root = take_root,
	                               .record = take_record,
	                               .known = take_known,
	                               .oversize = take_oversize,
	                               .fault = take_fault,
	                               .undefined_bytes = take_undefined};
	struct byte_block block = {.rest = reading->content};

	reading->err = (struct error)ERROR_INIT;
	reading->options.known = reading->known != NULL ? &known : NULL;
	name_table_init(&reading->names);
	reading->result = feed_read(byte_source_block(&block), &reading->options, &reading->names, sink, &reading->summary,
	                            &reading->err);
	name_table_release(&reading->names);
}

/* All fingerprints that were told with records. */
static void remember(const struct reading *reading, struct hash_table *known)
{
	for (size_t i = 0; i < reading->count; i++) {
		if (reading->events[i].type == EVENT_RECORD && reading->events[i].has_fingerprint)
			assert_non_null(hash_table_put(known, reading->events[i].fingerprint, NULL));
	}
}

/* Does `event` say of the sifted feed what `whole` says of all of it? */
static bool is_like(const struct event *event, const struct event *whole)
{
	if (event->offset != whole->offset || event->has_fingerprint != whole->has_fingerprint ||
	    (event->has_fingerprint && !hash_equal(event->fingerprint, whole->fingerprint)))
		return false;
	if (event->type == EVENT_KNOWN)
		return whole->type == EVENT_RECORD && whole->has_fingerprint;
	return event->type == whole->type && event->selector == whole->selector && hash_equal(event->content, whole->content);
}

/* Faults in a record stand before it, and go with it; so does what further selectors were told of it. */
static bool goes_with(const struct event *whole, size_t count, size_t i, const struct event *known)
{
	for (; i < count && whole[i].type == EVENT_FAULT && whole[i].offset >= known->offset; i++)
		;
	return i < count && whole[i].offset == known->offset && whole[i].has_fingerprint;
}

static size_t compare(const char *name, const struct reading *whole, const struct reading *sifted)
{
	size_t known = 0;
	size_t at = 0;

	for (size_t i = 0; i < sifted->count; i++) {
		const struct event *event = &sifted->events[i];

		if (event->type == EVENT_KNOWN) {
			known++;
			while (at < whole->count && whole->events[at].type == EVENT_FAULT &&
			       goes_with(whole->events, whole->count, at, event))
				at++;
		}
		if (at == whole->count || !is_like(event, &whole->events[at]))
			fail_msg("%s: event %zu, type %d at %llu, is not event %zu, type %d at %llu", name, i, (int)event->type,
			         (unsigned long long)event->offset, at, at < whole->count ? (int)whole->events[at].type : -1,
			         (unsigned long long)(at < whole->count ? whole->events[at].offset : 0));
		at++;
		while (event->type == EVENT_KNOWN && at < whole->count && whole->events[at].type == EVENT_RECORD &&
		       whole->events[at].offset == event->offset && whole->events[at].has_fingerprint)
			at++;
	}
	if (at != whole->count)
		fail_msg("%s: %zu events of %zu", name, at, whole->count);
	assert_int_equal(whole->summary.is_whole, sifted->summary.is_whole);
	assert_int_equal(whole->summary.bytes, sifted->summary.bytes);
	return known;
}

/* Whole, with nothing known, then with some known and all; returns how many were, and the last error in `ret_err`. */
static size_t read_in_three_ways(const char *name, const struct reading *how, struct error *ret_err)
{
	static const unsigned percents[] = {0, 50, 100};
	struct reading plain = *how;
	struct hash_table fingerprints;
	size_t known = 0;

	hash_table_init(&fingerprints);
	start(&plain);
	for (size_t i = 0; i < 3; i++) {
		struct reading sifted = *how;

		sifted.known = &fingerprints;
		sifted.percent = percents[i];
		start(&sifted);
		if (plain.result != sifted.result || plain.err.code != sifted.err.code)
			fail_msg("%s, %u %%: '%s' instead of '%s'", name, percents[i], sifted.err.message, plain.err.message);
		*ret_err = sifted.err;
		if (i == 0) {
			remember(&sifted, &fingerprints);
			assert_int_equal(sifted.count, plain.count);
			for (size_t j = 0; j < plain.count; j++) {
				plain.events[j].has_fingerprint = sifted.events[j].has_fingerprint;
				plain.events[j].fingerprint = sifted.events[j].fingerprint;
			}
		}
		/* What a failure leaves untold is not the same in all pieces. */
		if (plain.result == 0)
			known = compare(name, &plain, &sifted);
		free(sifted.events);
	}
	free(plain.events);
	hash_table_release(&fingerprints);
	return known;
}

static const struct known_case {
	const char *paths;
	struct slice content;
	size_t known; /* when all are */
	size_t scope_path;
	bool is_csv;
	bool is_json_lines;
} cases[] = {
	{"+/a/b", SLICE("<a> <b>1</b> <b>2</b>\n<b>3</b> </a>"), 3, 0, false, false},
	{"+/a/b /a/c", SLICE("<a><b>1</b><c>x</c><b>1</b><b>2</b></a>"), 3, 1, false, false},
	{"+/a/b +/*/b", SLICE("<a><b>1</b><b>2</b></a>"), 2, 0, false, false},
	{"+/a/b", SLICE("<?xml version='1.0' encoding='windows-1251'?><a><b>\xE9\x98</b><b>\xE9</b>\n<b>\xB9</b><b>\x98</b></a>"),
         2, 0, false, false},
	{"+/a/b",
         SLICE("<?xml version='1.0' encoding='windows-1251'?><a><b>\xEF\xF0\xE8\xE2\xE5\xF2 and \xEC\xE8\xF0 \x96 no, \xB9 1\x85</b>"
               "<b>plain text of many bytes\xE0</b><b>\xB9\xB9\xB9\xB9\xB9\xB9\xB9\xB9\xB9\xB9\xB9\xB9\xB9\xB9\xB9\xB9\xB9</b></a>"),
         3, 0, false, false},
	{"+/a/b",
         SLICE("<?xml version='1.0' encoding='IBM866'?><a><b>\x8F\xE0\xA8\xA2\xA5\xE2 and \xCD\xCD\xCD \xFC a text of many bytes</b>"
               "<b>\xDB\xDB\xDB\xDB\xDB\xDB\xDB\xDB\xDB\xDB\xDB\xDB</b></a>"),
         2, 0, false, false},
	{"+/*/*", SLICE("[{\"a\":1,\"a\":2}, {\"b\":1} ,{\"c\":1,\"c\":1,\"c\":2}, 5]"), 4, 0, false, false},
	{"+/*/*", SLICE("[5]"), 1, 0, false, false},
	{"+/*/*", SLICE("{\"a\":1}\n{\"a\":2}\n7\n{\"a\":3}"), 3, 0, false, true},
	{"+/*/*", SLICE("a,b\n1,2\n1\n3,\"x\"y\n4,5"), 4, 0, true, false},
	{"+/*/*", SLICE("\xEF\xBB\xBFid;n\r\n1;\xC3\xA9\r\n2;x\r\n"), 2, 0, true, false},
};

static void known_records_are_told_in_their_order_and_at_their_place(void **state)
{
	static const size_t pieces[] = {0, 1, 7};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t j = 0; j < 3; j++) {
			const struct reading how = {
				.content = cases[i].content,
				.paths = cases[i].paths,
				.scope_path = cases[i].scope_path,
				.options = {.piece_max = pieces[j],
			                    .is_csv = cases[i].is_csv,
			                    .is_json_lines = cases[i].is_json_lines},
			};
			struct error err;

			assert_int_equal(read_in_three_ways(cases[i].content.data, &how, &err), cases[i].known);
		}
	}
}

/* The value of the feed that a record depends on has changed: it is read, though its bytes are known. */
static void what_records_depend_on_makes_them_new(void **state)
{
	static const char *const documents[] = {"<a><c>1</c><b>x</b><b>y</b></a>", "<a><c>2</c><b>x</b><b>y</b></a>",
	                                        "<a><c>1</c><b>x</b><c>2</c><b>y</b></a>"};
	static const size_t known[] = {2, 0, 1};
	struct hash_table fingerprints;

	(void)state;
	hash_table_init(&fingerprints);
	for (size_t i = 0; i < 4; i++) {
		struct reading reading = {.content = slice_from(documents[i == 0 ? 0 : i - 1]),
		                          .paths = "+/a/b /a/c",
		                          .scope_path = 1,
		                          .known = &fingerprints,
		                          .percent = 100};
		size_t count = 0;

		start(&reading);
		assert_int_equal(reading.result, 0);
		for (size_t j = 0; j < reading.count; j++)
			count += reading.events[j].type == EVENT_KNOWN;
		assert_int_equal(count, i == 0 ? 0 : known[i - 1]);
		if (i == 0)
			remember(&reading, &fingerprints);
		free(reading.events);
	}
	hash_table_release(&fingerprints);
}

static void a_fault_behind_known_records_has_its_byte(void **state)
{
	static const struct {
		struct slice content;
		const char *paths;
		int64_t byte;
		int64_t line;
	} faults[] = {
		{SLICE("<a>\n<b>1</b>\n<b>2</b>\n</x>"), "+/a/b", 26, 0},
		{SLICE("<a>\n</x>"), "+/a/b", 8, 2},
		/* The comma that leads to nothing. */
		{SLICE("[{\"a\":1},\n{\"a\":2},\nx]"), "+/*/*", 17, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		const struct reading how = {.content = faults[i].content, .paths = faults[i].paths};
		struct reading plain = how;
		struct error err;

		start(&plain);
		(void)read_in_three_ways(faults[i].content.data, &how, &err);
		assert_int_equal(plain.result, -1);
		assert_int_equal(err.byte, faults[i].byte);
		assert_true(plain.err.byte >= err.byte);
		assert_int_equal(err.line, faults[i].line);
		free(plain.events);
	}
}

static void what_cannot_be_sifted_is_read_and_said(void **state)
{
	static const struct {
		struct slice content;
		bool is_lenient;
		const char *words;
	} rows[] = {
		{SLICE("<a><b>1</b></a>"), false, NULL},
		{SLICE("<a><b>1</b></a>"), true, "leniently"},
		{SLICE("<!DOCTYPE a [<!ELEMENT a ANY>]><a><b>1</b></a>"), false, "document type"},
	};
	struct hash_table none;

	(void)state;
	hash_table_init(&none);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reading reading = {.content = rows[i].content,
		                          .paths = "+/a/b",
		                          .known = &none,
		                          .options = {.is_lenient = rows[i].is_lenient}};

		start(&reading);
		assert_int_equal(reading.result, 0);
		assert_int_equal(reading.count, 1);
		assert_int_equal(reading.events[0].has_fingerprint, rows[i].words == NULL);
		assert_true((reading.summary.unsifted == NULL) == (rows[i].words == NULL));
		assert_true(rows[i].words == NULL || strstr(reading.summary.unsifted, rows[i].words) != NULL);
		free(reading.events);
	}
}

static void real_feeds_are_told_in_their_order(void **state)
{
	const char *folder = feeds_folder();
	const struct dirent *entry;
	DIR *directory;
	size_t known = 0;

	(void)state;
	if (folder == NULL)
		skip();
	directory = opendir(folder);
	assert_non_null(directory);
	while ((entry = readdir(directory)) != NULL) {
		struct reading how = {.paths = "+/yml_catalog/shop/offers/offer /yml_catalog/shop/name +/rss/channel/item "
		                               "+/*/SHOPITEM +/#/products/# +/*/*"};
		struct buffer content;
		struct error err;
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (entry->d_type != DT_REG || strstr(path, ".md") != NULL || strstr(path, "MANIFEST") != NULL)
			continue;
		read_file(path, &content);
		how.content = buffer_slice(&content);
		how.options.is_csv = strstr(path, ".csv") != NULL || strstr(path, ".tsv") != NULL;
		how.options.is_json_lines = strstr(path, ".jsonl") != NULL;
		known += read_in_three_ways(path, &how, &err);
		buffer_release(&content);
	}
	closedir(directory);
	assert_true(known > 10000);
}

int known_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_records_are_told_in_their_order_and_at_their_place),
		cmocka_unit_test(what_records_depend_on_makes_them_new),
		cmocka_unit_test(a_fault_behind_known_records_has_its_byte),
		cmocka_unit_test(what_cannot_be_sifted_is_read_and_said),
		cmocka_unit_test(real_feeds_are_told_in_their_order),
	};

	return cmocka_run_group_tests_name("known", tests, NULL, NULL);
}
