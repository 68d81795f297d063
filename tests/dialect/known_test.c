/* Records that are known: with them left out, a mapper says of all others, and of the feed, what it says with them. */
#include "support.h"

#include "base/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a record said. */
struct memory_entry {
	struct hash128 fingerprint;
	char *lines;
};

struct memory {
	struct memory_entry *entries;
	size_t count;
};

struct known_reading {
	struct recording recording;
	struct statement_sink sink; /* the recording's */
	struct memory *learned;     /* NULL = nothing is learned */
	const struct memory *known; /* NULL = nothing is known */
	unsigned percent;           /* of `known` */
	uint64_t record;
	size_t statements_before; /* the record */
	size_t complaints_before;
	struct mapper *mapper;
};

static void memory_release(struct memory *memory)
{
	for (size_t i = 0; i < memory->count; i++)
		free(memory->entries[i].lines);
	free(memory->entries);
	*memory = (struct memory){.count = 0};
}

static const struct memory_entry *find(const struct memory *memory, struct hash128 fingerprint)
{
	for (size_t i = 0; memory != NULL && i < memory->count; i++)
		if (hash_equal(memory->entries[i].fingerprint, fingerprint))
			return &memory->entries[i];
	return NULL;
}

/* --- a sink that learns --- */

static void begin_record(struct known_reading *reading, uint64_t record)
{
	if (record == reading->record)
		return;
	reading->record = record;
	reading->statements_before = reading->recording.statements.size;
	reading->complaints_before = reading->recording.complaint_count;
}

static int on_statement(void *context, const struct statement *statement, struct error *err)
{
	struct known_reading *reading = context;

	begin_record(reading, statement->record);
	return reading->sink.statement(&reading->recording, statement, err);
}

static int on_field(void *context, const struct field_statement *field, struct error *err)
{
	struct known_reading *reading = context;

	begin_record(reading, field->record);
	return reading->sink.field(&reading->recording, field, err);
}

static int on_complaint(void *context, const struct complaint *complaint, struct error *err)
{
	struct known_reading *reading = context;

	begin_record(reading, complaint->record);
	return reading->sink.complaint(&reading->recording, complaint, err);
}

static void learn(struct memory *memory, struct hash128 fingerprint, struct slice lines)
{
	memory->entries = realloc(memory->entries, (memory->count + 1) * sizeof *memory->entries);
	assert_non_null(memory->entries);
	memory->entries[memory->count++] = (struct memory_entry){.fingerprint = fingerprint,
	                                                         .lines = strndup(lines.data, lines.size)};
}

static int on_record_end(void *context, uint64_t record, bool is_mapped, const struct hash128 *fingerprint, struct error *err)
{
	struct known_reading *reading = context;
	const struct buffer *statements = &reading->recording.statements;
	const size_t start = reading->statements_before;

	begin_record(reading, record);
	if (reading->sink.record_end(&reading->recording, record, is_mapped, fingerprint, err) != 0)
		return -1;
	if (reading->learned != NULL && fingerprint != NULL && is_mapped &&
	    reading->recording.complaint_count == reading->complaints_before)
		learn(reading->learned, *fingerprint, slice_make(statements->data + start, statements->size - start));
	return 0;
}

/* --- a feed of which some is known --- */

static bool is_known(void *context, struct hash128 fingerprint)
{
	const struct known_reading *reading = context;

	return fingerprint.low % 100 < reading->percent && find(reading->known, fingerprint) != NULL;
}

static struct hash128 scope(void *context)
{
	const struct known_reading *reading = context;

	return mapper_scope(reading->mapper);
}

/* It says again what it said, as the record that it is now. */
static int on_known(void *context, uint64_t record, uint64_t stream_offset, struct hash128 fingerprint, struct error *err)
{
	struct known_reading *reading = context;
	const struct memory_entry *entry = find(reading->known, fingerprint);
	struct slice_splitter splitter;
	struct slice line = {NULL, 0};

	(void)stream_offset;
	(void)err;
	assert_non_null(entry);
	splitter = slice_split(slice_from(entry->lines), (struct slice)SLICE("\n"));
	while (slice_split_next(&splitter, &line) && line.size > 0) {
		const size_t number = slice_find(line, slice_from(":")) + 1;
		const size_t rest = slice_find(line, slice_from(","));

		assert_int_equal(buffer_append_format(&reading->recording.statements, "%.*s%llu%.*s\n", (int)number, line.data,
		                                      (unsigned long long)record, (int)(line.size - rest), line.data + rest),
		                 0);
	}
	return 0;
}

static void read_known(const struct dialect_set *set, const struct mapper_options *options, struct slice feed, size_t piece_max,
                       struct known_reading *reading)
{
	const struct statement_sink sink = {.context = reading,
	                                    .statement = on_statement,
	                                    .field = on_field,
	                                    .complaint = on_complaint,
	                                    .record_end = on_record_end,
	                                    .known = on_known};
	const struct feed_known known = {.context = reading, .seed = 7, .is_known = is_known, .scope = scope};
	struct feed_options feed_options = {.known = &known};
	struct recording *recording = &reading->recording;
	struct byte_block block = {.rest = feed, .piece_max = piece_max};
	struct feed_summary summary;
	struct name_table names;

	name_table_init(&names);
	recording_init(recording);
	reading->sink = recording_sink(recording);
	reading->mapper = mapper_new(set, options, &names, sink, &recording->err);
	assert_non_null(reading->mapper);
	feed_options.is_csv = dialect_csv_options(set, options->dialect, &feed_options.csv);
	recording->result = feed_read(byte_source_block(&block), &feed_options, &names, mapper_feed_sink(reading->mapper), &summary,
	                              &recording->err);
	if (recording->result == 0)
		recording->result = mapper_finish(reading->mapper, &recording->err);
	recording->counts = mapper_counts(reading->mapper);
	mapper_free(reading->mapper);
	name_table_release(&names);
}

static void expect_same_text(const char *what, const struct buffer *actual, const struct buffer *expected)
{
	if (!slice_equal(buffer_slice(actual), buffer_slice(expected)))
		fail_msg("%s, with records left out:\n%.*s\nand without:\n%.*s", what, (int)actual->size, actual->data,
		         (int)expected->size, expected->data);
}

static void expect_same(struct recording *actual, const struct recording *expected)
{
	if (actual->result != expected->result)
		fail_msg("%s, but in full: %s", actual->err.message, expected->err.message);
	expect_same_text("statements", &actual->statements, &expected->statements);
	expect_same_text("complaints", &actual->complaints, &expected->complaints);
	assert_int_equal(actual->counts.records, expected->counts.records);
	assert_int_equal(actual->counts.mapped, expected->counts.mapped);
	assert_int_equal(actual->counts.unnamed, expected->counts.unnamed);
}

size_t prove_known(const struct dialect_set *set, const struct mapper_options *options, struct slice before, struct slice feed)
{
	static const struct {
		unsigned percent;
		size_t piece_max;
	} readings[] = {{100, 0}, {100, 7}, {100, 1}, {50, 0}, {50, 7}, {0, 0}};
	struct memory memory = {.count = 0};
	struct known_reading first = {.learned = &memory};
	struct recording full;
	size_t known_count = 0;

	read_known(set, options, before, 0, &first);
	recording_init(&full);
	read_feed(set, options, feed, 0, &full);
	for (size_t i = 0; i < sizeof readings / sizeof readings[0]; i++) {
		struct known_reading again = {.known = &memory, .percent = readings[i].percent};

		read_known(set, options, feed, readings[i].piece_max, &again);
		expect_same(&again.recording, &full);
		if (i > 0 && readings[i].percent == 100)
			assert_int_equal(again.recording.counts.known, known_count);
		known_count = i == 0 ? again.recording.counts.known : known_count;
		recording_release(&again.recording);
	}
	recording_release(&first.recording);
	recording_release(&full);
	memory_release(&memory);
	return known_count;
}

/* --- tests --- */

#define ITEMS "records: {i: {path: /f/i, kind: sku, fields: {id: '@id', brand: 'feed:v'}}}\n"
#define VALUE "feed: {v: /f/@v}\n" ITEMS
#define LATEST \
	"feed: {v: {from: /f/s/@v, latest: true}}\nrecords: {i: {path: /f/s/i, kind: sku, fields: {id: '@id', brand: 'feed:v'}}}\n"
#define JSON                                                \
	"format: json\nfeed: {v: {from: '$.v'}}\nrecords: " \
	"{i: {path: '$.i[*]', kind: sku, fields: {id: id, brand: 'feed:v', name: n}}}\n"

static void what_records_state_beside_their_own_bytes_is_read_again(void **state)
{
	static const struct {
		const char *dialect;
		const char *before;
		const char *feed;
		size_t known;
	} cases[] = {
		/* nothing of the feed is read */
		{VALUE, "<f d='1'><i id='1'/><i id='2'/></f>", "<f d='2'><i id='1'/><i id='2'/></f>", 2},
		{VALUE, "<f><i id='1'/><i id='2'/></f>", "<f><i id='2'/><i id='3'/><i id='1'/></f>", 2},
		/* a value of the feed */
		{VALUE, "<f v='a'><i id='1'/><i id='2'/></f>", "<f v='b'><i id='1'/><i id='2'/></f>", 0},
		{"feed: {v: /f/v}\n" ITEMS, "<f><v>a</v><i id='1'/></f>", "<f><v>a</v><v>b</v><i id='1'/></f>", 1},
		{"feed: {v: /f/v}\n" ITEMS, "<f><v>a</v><i id='1'/></f>", "<f><v>b</v><i id='1'/></f>", 0},
		{"feed: {v: /f/v}\n" ITEMS, "<f><i id='1'/></f>", "<f><v>a</v><i id='1'/></f>", 0},
		/* behind the first record it counts no more, known or not */
		{"feed: {v: /f/v}\n" ITEMS, "<f><i id='1'/></f>", "<f><i id='1'/><v>a</v><i id='2'/></f>", 1},
		{"feed: {v: /f/v}\n" ITEMS, "<f><i id='1'/><i id='2'/></f>", "<f><i id='3'/><v>a</v><i id='2'/></f>", 1},
		/* values that change along the feed */
		{LATEST, "<f><s v='a'><i id='1'/></s><s v='b'><i id='2'/></s></f>",
	         "<f><s v='a'><i id='1'/></s><s v='c'><i id='2'/></s></f>", 1},
		{LATEST, "<f><s v='a'><i id='1'/></s><s v='b'><i id='2'/></s></f>",
	         "<f><s v='b'><i id='1'/><i id='2'/></s><s><i id='2'/></s></f>", 1},
		{"feed: {v: {from: /f/h, latest: true}}\n" ITEMS, "<f><i id='1'/><h>a</h><i id='2'/></f>",
	         "<f><i id='1'/><h>b</h><i id='2'/><h>a</h><i id='2'/></f>", 2},
		/* what others are read with */
		{"feed: {v: {from: /f/i/@v, latest: true}}\n" ITEMS, "<f><i id='1' v='a'/><i id='2'/></f>",
	         "<f><i id='1' v='a'/><i id='2'/></f>", 0},
		/* declarations are read, which count as no records */
		{"records:\n  c: {path: /f/c, kind: category, fields: {id: '@id', name: .}}\n  i: {path: /f/i, kind: sku, fields: {id: '@id'}}\n",
	         "<f><c id='1'>A</c><i id='1'/></f>", "<f><c id='1'>A</c><i id='1'/><c id='2'>B</c></f>", 1},
		/* a record that may be one, or a declaration */
		{"records:\n  c: {path: /f/i, when: {has: '@c'}, kind: category, fields: {id: '@id'}}\n  i: {path: /f/i, kind: sku, fields: {id: '@id'}}\n",
	         "<f><i id='1'/><i c='c' id='1'/></f>", "<f><i id='1'/><i c='c' id='1'/></f>", 0},
		/* two kinds of records by turns, one inside of another */
		{"records:\n  p: {path: /f/i, when: {has: '@p'}, kind: product, fields: {id: '@id'}, nested: {s: {each: s, kind: sku, product: {rule: outer}, fields: {id: '@id'}}}}\n"
	         "  i: {path: /f/i, kind: sku, fields: {id: '@id'}}\n",
	         "<f><i id='1'/><i p='1' id='2'><s id='3'/><s id='4'/></i></f>",
	         "<f><i p='1' id='2'><s id='3'/><s id='4'/></i><i id='1'/><i p='1' id='2'><s id='3'/></i></f>", 2},
		/* JSON, where the feed's value follows the records */
		{JSON, "{\"v\":\"a\",\"i\":[{\"id\":1},{\"id\":2}]}", "{\"v\":\"a\",\"i\":[{\"id\":2},{\"id\":3},{\"id\":1}]}", 2},
		{JSON, "{\"v\":\"a\",\"i\":[{\"id\":1}]}", "{\"v\":\"b\",\"i\":[{\"id\":1}]}", 0},
		{JSON, "{\"v\":1,\"i\":[{\"id\":1}]}", "{\"v\":12,\"i\":[{\"id\":1}]}", 0},
		{JSON, "{\"i\":[{\"id\":1},{\"id\":2}],\"v\":\"a\"}", "{\"i\":[{\"id\":2},{\"id\":1}],\"v\":\"b\"}", 2},
		/* faults between records, and in one behind those left out */
		{JSON, "{\"v\":\"a\",\"i\":[{\"id\":1},{\"id\":2},{\"id\":3}]}",
	         "{\"w\":0,\"w\":1,\"v\":\"a\",\"i\":[{\"id\":1},{\"id\":2},{\"id\":3,\"n\":\"x\",\"n\":\"y\"},{\"id\":3}],\"w\":2}",
	         3},
		/* tables, line by line */
		{"format: csv\nrecords: {i: {kind: sku, fields: {id: id, name: n}}}\n", "id,n\n1,a\n2,b\n",
	         "id,n\n2,b\n3,\"c\nd\"\n1,a\n", 2},
		{"format: csv\nrecords: {i: {kind: sku, fields: {id: id, name: n}}}\n", "id,n\n1,a\n2,b\n", "n,id\n2,b\n1,a\n", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct dialect_set *set = test_dialect(cases[i].dialect);
		const size_t known = prove_known(set, &(struct mapper_options){.dialect = SLICE("test")},
		                                 slice_from(cases[i].before), slice_from(cases[i].feed));

		if (known != cases[i].known)
			fail_msg("%zu records of %s are known, not %zu", known, cases[i].feed, cases[i].known);
		dialect_set_free(set);
	}
}

static void parts_definitions_and_what_several_routes_lead_to_are_never_known(void **state)
{
	static const struct {
		const char *dialect;
		const char *feed;
		size_t known;
	} cases[] = {
		{"feed: {v: {from: '/f/*/@v', latest: true}}\n" ITEMS, "<f><i id='1' v='a'/><i id='2'/></f>", 0},
		{"records: {i: {path: /f/i, kind: sku, fields: {id: '@id'}, nested: {d: {each: d, kind: field, fields: {id: '@id', entity: '@e'}}}}}\n",
	         "<f><i id='1'/><i id='2'><d id='x' e='sku'/></i></f>", 1},
		{"records:\n  p: {path: /f/i, when: {has: '@of'}, kind: part, of: sku, fields: {id: '@of', images: m}}\n"
	         "  i: {path: /f/i, kind: sku, fields: {id: '@id'}}\n",
	         "<f><i id='1'/><i of='1'><m>http://h.example/1</m></i></f>", 1},
		{"records: {i: {path: /f/i, kind: sku, fields: {id: '@id', price: p}}}\n",
	         "<f><i id='1'/><i id='2'><p>dear</p></i><i id='3'/><i/></f>", 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct dialect_set *set = test_dialect(cases[i].dialect);
		const size_t known = prove_known(set, &(struct mapper_options){.dialect = SLICE("test")}, slice_from(cases[i].feed),
		                                 slice_from(cases[i].feed));

		if (known != cases[i].known)
			fail_msg("%zu records of %s are known, not %zu", known, cases[i].feed, cases[i].known);
		dialect_set_free(set);
	}
}

/* Else records that were left out would have counted towards LIMIT_NAMES. */
static void records_read_when_there_were_many_names_are_not_known(void **state)
{
	struct dialect_set *set = test_dialect("records: {i: {path: /f/i, kind: sku, fields: {id: '@id'}}}\n");
	const struct mapper_options options = {.dialect = SLICE("test"), .unknown_fields = MAPPER_UNKNOWN_DROP};
	struct buffer feed;

	(void)state;
	buffer_init(&feed, 1 << 20);
	assert_int_equal(buffer_append_text(&feed, "<f><i id='1'/>"), 0);
	for (unsigned i = 0; i < 100000; i++) /* behind what is looked at beforehand */
		assert_int_equal(buffer_append_byte(&feed, ' '), 0);
	assert_int_equal(buffer_append_text(&feed, "<i id='2'>"), 0);
	for (unsigned i = 0; i < LIMIT_KNOWN_NAMES; i++)
		assert_int_equal(buffer_append_format(&feed, "<n%u/>", i), 0);
	assert_int_equal(buffer_append_text(&feed, "</i><i id='3'/></f>"), 0);
	assert_int_equal(prove_known(set, &options, buffer_slice(&feed), buffer_slice(&feed)), 1);
	buffer_release(&feed);
	dialect_set_free(set);
}

int run_known_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_records_state_beside_their_own_bytes_is_read_again),
		cmocka_unit_test(parts_definitions_and_what_several_routes_lead_to_are_never_known),
		cmocka_unit_test(records_read_when_there_were_many_names_are_not_known),
	};

	return cmocka_run_group_tests_name("known", tests, NULL, NULL);
}
