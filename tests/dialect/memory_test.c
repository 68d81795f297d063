/*
 * Memory: mapping takes none of its own once the first records are through,
 * and each request for it may fail. This folder's tests are linked with
 * malloc, calloc and realloc wrapped (-Wl,--wrap).
 */
#include "support.h"

#include "base/hash.h"

#include <malloc.h>
#include <stdio.h>

struct generator {
	int record;
	int records;
	char text[2048];
	size_t offset;
	size_t size;
};

static int generate(void *context, char *data, size_t max, size_t *ret_size, struct error *err)
{
	struct generator *generator = context;
	size_t size;

	(void)err;
	if (generator->offset == generator->size) {
		const int number = generator->record++;
		int length = 0;

		if (number == 0)
			length = snprintf(generator->text, sizeof generator->text,
			                  "<yml_catalog><shop><currencies><currency id='EUR' rate='1'/></currencies><offers>");
		else if (number <= generator->records)
			length = snprintf(
				generator->text, sizeof generator->text,
				"<offer id='%d' available='true' group_id='%d' bid='3'><name>Lamp %d</name><vendor>Acme</vendor><vendorCode>L-%d</vendorCode>"
				"<url>https://shop.example/%d</url><price>%d.50</price><oldprice>%d</oldprice><currencyId>EUR</currencyId>"
				"<categoryId>%d</categoryId><picture>https://shop.example/%d.jpg</picture><delivery>true</delivery>"
				"<description><![CDATA[<p>A lamp &amp; a shade</p>]]></description><param name='Colour'>red</param>"
				"<param name='Height' unit='cm'>40</param><barcode>4006381333931</barcode><weight>1.2</weight></offer>",
				number, number / 4, number, number, number, number % 1000, number % 1000 + 5, number % 50, number);
		else if (number == generator->records + 1)
			length = snprintf(generator->text, sizeof generator->text, "</offers></shop></yml_catalog>");
		generator->offset = 0;
		generator->size = (size_t)length;
	}
	size = generator->size - generator->offset < max ? generator->size - generator->offset : max;
	for (size_t i = 0; i < size; i++)
		data[i] = generator->text[generator->offset + i];
	generator->offset += size;
	*ret_size = size;
	return 0;
}

struct tally {
	size_t statements;
	size_t in_use_early;
	size_t in_use_late;
};

static int tally_statement(void *context, const struct statement *statement, struct error *err)
{
	struct tally *tally = context;

	(void)statement;
	(void)err;
	tally->statements++;
	if (tally->statements == 1000)
		tally->in_use_early = mallinfo2().uordblks;
	tally->in_use_late = mallinfo2().uordblks;
	return 0;
}

static int tally_complaint(void *context, const struct complaint *complaint, struct error *err)
{
	(void)context;
	(void)err;
	fail_msg("unexpected complaint %s", complaint_definition(complaint->code)->name);
	return 0;
}

static int tally_end(void *context, uint64_t record, bool is_mapped, struct error *err)
{
	(void)context;
	(void)record;
	(void)err;
	assert_true(is_mapped);
	return 0;
}

static void memory_does_not_grow_with_the_feed(void **state)
{
	struct dialect_set *set = shipped_dialects(NULL, 0);
	struct generator generator = {.records = 20000};
	struct tally tally = {.statements = 0};
	const struct statement_sink sink = {
		.context = &tally, .statement = tally_statement, .complaint = tally_complaint, .record_end = tally_end};
	const struct byte_source source = {.context = &generator, .read = generate};
	struct error err = ERROR_INIT;
	struct feed_summary summary;
	struct name_table names;
	struct mapper *mapper;

	(void)state;
	name_table_init(&names);
	mapper = mapper_new(set, &(struct mapper_options){.dialect = {NULL, 0}}, &names, sink, &err);
	assert_non_null(mapper);
	if (feed_read(source, &(struct feed_options){.http_charset = {NULL, 0}}, &names, mapper_feed_sink(mapper), &summary,
	              &err) != 0)
		fail_msg("%s", err.message);
	assert_int_equal(tally.statements, 20000);
	assert_int_equal(mapper_counts(mapper).mapped, 20000);
	assert_true(tally.in_use_late <= tally.in_use_early + 65536);
	mapper_free(mapper);
	name_table_release(&names);
	dialect_set_free(set);
}

/* --- requests that fail --- */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *pointer, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *pointer, size_t size);

/* The requests until one fails; 0 = none fails. */
static size_t requests_left;

static bool request_fails(void)
{
	return requests_left > 0 && --requests_left == 0;
}

void *__wrap_malloc(size_t size)
{
	return request_fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return request_fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *pointer, size_t size)
{
	return request_fails() ? NULL : __real_realloc(pointer, size);
}

/* An order-free sum over everything that was said, made without memory. */
struct sum {
	struct hash128 sum;
	size_t count;
};

static int sum_statement(void *context, const struct statement *statement, struct error *err)
{
	struct sum *sum = context;

	(void)err;
	sum->count++;
	for (uint64_t field = 0; field < FIELD_COUNT; field++) {
		const struct field_value *value = &statement->fields[field];

		sum->sum = hash_add(sum->sum,
		                    hash_bytes(value->text, field * 4 + value->presence + (uint64_t)value->integer * 1000));
	}
	return 0;
}

static int sum_complaint(void *context, const struct complaint *complaint, struct error *err)
{
	struct sum *sum = context;

	(void)err;
	sum->count++;
	sum->sum = hash_add(sum->sum, hash_bytes(complaint->text, complaint->code));
	return 0;
}

static int sum_end(void *context, uint64_t record, bool is_mapped, struct error *err)
{
	struct sum *sum = context;

	(void)err;
	sum->sum = hash_add(sum->sum, hash_bytes(slice_from(is_mapped ? "mapped" : "rejected"), record));
	return 0;
}

static int map_and_sum(const struct dialect_set *set, struct slice feed, struct sum *ret_sum, struct error *err)
{
	const struct statement_sink sink = {
		.context = ret_sum, .statement = sum_statement, .complaint = sum_complaint, .record_end = sum_end};
	struct byte_block block = {.rest = feed};
	struct feed_summary summary;
	struct name_table names;
	struct mapper *mapper;
	int result = -1;

	*ret_sum = (struct sum){.count = 0};
	name_table_init(&names);
	mapper = mapper_new(set, &(struct mapper_options){.id_prefix = SLICE("a:"), .category_prefix = SLICE("b:")}, &names, sink,
	                    err);
	if (mapper != NULL)
		result = feed_read(byte_source_block(&block), &(struct feed_options){.http_charset = {NULL, 0}}, &names,
		                   mapper_feed_sink(mapper), &summary, err);
	mapper_free(mapper);
	name_table_release(&names);
	return result;
}

static const char small_dialect[] = "namespaces: {g: 'urn:g'}\nprefer: g\nrecognise: [{root: f}]\nfeed: {c: /f/@c}\n"
				    "options: {o: {values: [x, y], default: y}}\n"
				    "records:\n"
				    "  c: {path: /f/c, kind: category, fields: {id: '@id', parent_id: '@up', name: .}}\n"
				    "  s:\n"
				    "    path: /f/s\n"
				    "    kind: sku\n"
				    "    product: {option: o, x: {rule: self}, y: {rule: parent, id: '@of'}}\n"
				    "    fields:\n"
				    "      id: '@id'\n"
				    "      name: {join: [n, m], replace: {pattern: '(b)', with: '<$1>'}, upper: true}\n"
				    "      description: {from: d, strip_html: true}\n"
				    "      price: p\n"
				    "      currency: {from: k, default: 'feed:c'}\n"
				    "      images: {from: i, split: ','}\n"
				    "      categories: [a, {from: t, separator: '>'}]\n"
				    "      attributes: [{each: q, name: '@n', value: .}]\n";
static const char small_feed[] =
	"<f xmlns:g='urn:g' c='EUR'><c id='1' x='2'>C</c><s id='1' z='9'><n>a</n><m>b</m><d>x<i>y</i>&lt;b&gt;</d><p>1</p><i>q,r</i>"
	"<a>1</a><t>A>B</t><q n='N'>V</q><u><v w='1'>2</v><v>3</v></u></s><s id='2' of='1'/><s><p>x</p></s></f>";

static void compiler_survives_each_failed_request(void **state)
{
	const struct dialect_text texts[] = {
		{.file = "a.yaml", .name = SLICE("a"), .yaml = slice_from(small_dialect)},
		{.file = "b.yaml", .name = SLICE("b"), .yaml = SLICE("extends: a\nrecords: {s: {fields: {name: n}}}\n")}};
	int result = -1;
	size_t request;

	(void)state;
	for (request = 1; result != 0; request++) {
		struct dialect_set *set = NULL;
		struct config_problems problems;
		struct error err = ERROR_INIT;

		assert_true(request < 10000);
		config_problems_init(&problems);
		requests_left = request;
		result = dialect_set_compile(texts, 2, &set, &problems, &err);
		requests_left = 0;
		assert_int_equal(problems.count, 0);
		if (result != 0)
			assert_int_equal(err.code, ERROR_MEMORY);
		config_problems_release(&problems);
		dialect_set_free(set);
	}
	assert_true(request > 10);
}

static void mapper_survives_each_failed_request_and_loses_nothing(void **state)
{
	struct dialect_set *set = test_dialect(small_dialect);
	struct error err = ERROR_INIT;
	struct sum expected;
	struct sum found;
	int result = -1;
	size_t request;

	(void)state;
	if (map_and_sum(set, slice_from(small_feed), &expected, &err) != 0)
		fail_msg("%s", err.message);
	assert_int_equal(expected.count,
	                 10); /* a category; a SKU, its product, its two path categories; a SKU; one rejected; three complaints */
	for (request = 1; result != 0; request++) {
		assert_true(request < 10000);
		requests_left = request;
		result = map_and_sum(set, slice_from(small_feed), &found, &err);
		requests_left = 0;
		if (result != 0 && err.code != ERROR_MEMORY && err.code != ERROR_LIMIT && err.code != ERROR_FEED)
			fail_msg("request %zu: %s", request, err.message);
	}
	assert_int_equal(found.count, expected.count);
	assert_true(hash_equal(found.sum, expected.sum));
	assert_true(request > 10);
	dialect_set_free(set);
}

int run_memory_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_does_not_grow_with_the_feed),
		cmocka_unit_test(compiler_survives_each_failed_request),
		cmocka_unit_test(mapper_survives_each_failed_request_and_loses_nothing),
	};

	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
