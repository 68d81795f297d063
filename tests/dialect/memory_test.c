/*
 * Memory: mapping takes none of its own once the first records are through,
 * and each request for it may fail.
 */
#include "support.h"
#include "support/allocation.h"

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

static int tally_end(void *context, uint64_t record, bool is_mapped, const struct hash128 *fingerprint, struct error *err)
{
	(void)context;
	(void)record;
	(void)fingerprint;
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

static int sum_field(void *context, const struct field_statement *field, struct error *err)
{
	struct sum *sum = context;

	(void)err;
	sum->count++;
	sum->sum = hash_add(sum->sum, hash_bytes(field->field_id, field->entity));
	sum->sum = hash_add(sum->sum, hash_bytes(field->enum_values, field->default_value.size));
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

static int sum_end(void *context, uint64_t record, bool is_mapped, const struct hash128 *fingerprint, struct error *err)
{
	struct sum *sum = context;

	(void)fingerprint;
	(void)err;
	sum->sum = hash_add(sum->sum, hash_bytes(slice_from(is_mapped ? "mapped" : "rejected"), record));
	return 0;
}

static int map_and_sum(const struct dialect_set *set, struct slice feed, enum mapper_unknown policy, struct sum *ret_sum,
                       struct error *err)
{
	const struct statement_sink sink = {.context = ret_sum,
	                                    .statement = sum_statement,
	                                    .field = sum_field,
	                                    .complaint = sum_complaint,
	                                    .record_end = sum_end};
	const struct mapper_options options = {.id_prefix = SLICE("a:"), .category_prefix = SLICE("b:"), .unknown_fields = policy};
	struct byte_block block = {.rest = feed};
	struct feed_summary summary;
	struct name_table names;
	struct mapper *mapper;
	int result = -1;

	*ret_sum = (struct sum){.count = 0};
	name_table_init(&names);
	mapper = mapper_new(set, &options, &names, sink, err);
	if (mapper != NULL)
		result = feed_read(byte_source_block(&block), &(struct feed_options){.http_charset = {NULL, 0}}, &names,
		                   mapper_feed_sink(mapper), &summary, err);
	if (result == 0)
		result = mapper_finish(mapper, err);
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

/* What is done to values needs memory in places of its own. */
static const char value_dialect[] =
	"recognise: [{root: f}]\nfeed: {l: /f/@l}\nlanguage: 'feed:l'\n"
	"records:\n"
	"  p: {path: /f/p, kind: product, fields: {id: '@id', children: {from: '@of', split: [',', ' ']}}}\n"
	"  s:\n"
	"    path: /f/s\n"
	"    kind: sku\n"
	"    fields:\n"
	"      id: '@id'\n"
	"      reference: '@ref'\n"
	"      name: {from: n, pick: longest}\n"
	"      description: {from: d, html: text, replace: {pattern: 'b+', with: 'cc'}, lower: true}\n"
	"      price: {from: p, minor_units: 2, decimal_sign: ','}\n"
	"      sale_price: q\n"
	"      sale_dates: {from: when, date: '%d.%m.%Y', timezone: '+01:00'}\n"
	"      weight: {from: w, unit: {from: w/@u, default: kg}}\n"
	"      categories: {from: c, separator: '>', drop: A}\n"
	"      attributes: [{each: a, name: '@n', value: {from: ., split: ['|', ',']}}]\n"
	"      stocks: [{each: o, place: '@p', quantity: .}]\n"
	"      prices: [{each: r, kind: '@k', amount: ., valid_from: {from: '@f', date: unix}}]\n"
	"      texts: [{each: t, field: name, language: '@l'}]\n"
	"      custom_fields: [{each: x, name: '@n', value: {from: ., date: '%d.%m.%Y'}}, y]\n";
static const char value_feed[] =
	"<f l='en'><p id='1' of='a, b'/><s id='2' ref='R'><n>a</n><n>bb</n><d>&lt;p&gt;Bb&lt;/p&gt;</d><p>1.299,00 EUR</p><q>5 EUR</q>"
	"<when>1.1.2026/</when><w u='g'>5</w><c>A>B>C</c><a n='N'>v|w,x</a><o p='P'>3</o><r k='cost' f='1'>1</r><t l='de'>T</t>"
	"<t l='en'>U</t><x n='X'>31.01.2026</x><y>Y</y></s></f>";

/* Records in records, of each format. */
static const char nested_dialect[] =
	"format: json\nrecognise: [{has: [$.shop, '$.items[*].id']}]\nfeed: {v: $.shop.name, l: {from: '$.g[*].n', latest: true}}\n"
	"records:\n"
	"  d: {path: '$.defs[*]', kind: field, fields: {id: id, entity: e, default_value: d, enum_values: v}}\n"
	"  h: {path: '$.g[*].i[*]', kind: part, of: product, fields: {id: id, tags: ['feed:l', t]}}\n"
	"  p:\n"
	"    path: $.items[*]\n"
	"    kind: product\n"
	"    when: [{path: kind, is_not: [x, 'y']}, {has: id}]\n"
	"    fields: {id: id, name: \"a[?@.k == 1.0 && !@.z].n\", custom_fields: [{each: c.*, name: name()}],\n"
	"             categories: [{each: cats, id: id, name: name, parent_id: up}]}\n"
	"    nested:\n"
	"      v: {each: v, kind: sku, when: {lacks: no}, fields: {id: id, name: $.id}, nested: {i: {each: i, kind: part, fields: {images: .}}}}\n"
	"      c: {each: tree, kind: category, recursive: true, fields: {id: id}}\n";
static const char nested_feed[] =
	"{\"shop\":{\"name\":\"S\"},\"defs\":[{\"id\":\"f\",\"e\":\"sku\",\"d\":1,\"v\":{\"a\":1}}],\"g\":[{\"n\":\"N\",\"i\":[{\"id\":1,\"t\":\"T\"}]}],"
	"\"items\":[{\"id\":1,\"a\":[{\"k\":1,\"n\":\"A\"}],\"c\":{\"x\":true,\"y\":2},\"cats\":[{\"id\":7,\"name\":\"C\"},{\"id\":8,\"up\":7}],"
	"\"v\":[{\"id\":2,\"i\":[\"http://x/1\"],\"l\":[1,{\"m\":null}]},{\"id\":3,\"no\":1}],\"tree\":[{\"id\":4,\"tree\":[{\"id\":5,\"w\":0}]}],"
	"\"k\":1,\"k\":2},{\"id\":9,\"kind\":\"X\"}]}";
static const char table_dialect[] =
	"format: csv\ncsv: {group_by: [h], json: m}\nrecognise: [{has: [h, sku, m]}]\n"
	"records:\n"
	"  p: {kind: product, fields: {id: h, name: Title, images: 'img*', tags: 'm -> a[*]'}, nested: {v: {each: rows, kind: sku, fields: {id: sku}}}}\n";
static const char table_feed[] =
	"h,title,img1,img2,sku,m,rest\na,A,http://x/1,http://x/2,1,\"{\"\"a\"\":[1,2],\"\"b\"\":3}\",r\na,,http://x/3,,2,,s\nb,B,,,3,[],\n";

static void compile_with_each_request_failing(const struct dialect_text *texts, size_t count)
{
	int result = -1;
	size_t request;

	for (request = 1; result != 0; request++) {
		struct dialect_set *set = NULL;
		struct config_problems problems;
		struct error err = ERROR_INIT;

		assert_true(request < 10000);
		config_problems_init(&problems);
		allocation_fail_at(request);
		result = dialect_set_compile(&(struct dialect_texts){.texts = texts, .count = count}, &set, &problems, &err);
		(void)allocation_stop();
		assert_int_equal(problems.count, 0);
		if (result != 0)
			assert_int_equal(err.code, ERROR_MEMORY);
		config_problems_release(&problems);
		dialect_set_free(set);
	}
	assert_true(request > 5);
}

static void compiler_survives_each_failed_request(void **state)
{
	const struct dialect_text texts[] = {
		{.file = "a.yaml", .name = SLICE("a"), .yaml = slice_from(small_dialect)},
		{.file = "b.yaml", .name = SLICE("b"), .yaml = SLICE("extends: a\nrecords: {s: {fields: {name: n}}}\n")}};
	const struct dialect_text values = {.file = "v.yaml", .name = SLICE("v"), .yaml = slice_from(value_dialect)};
	const struct dialect_text nested = {.file = "n.yaml", .name = SLICE("n"), .yaml = slice_from(nested_dialect)};
	const struct dialect_text table = {.file = "t.yaml", .name = SLICE("t"), .yaml = slice_from(table_dialect)};

	(void)state;
	compile_with_each_request_failing(texts, 2);
	compile_with_each_request_failing(&values, 1);
	compile_with_each_request_failing(&nested, 1);
	compile_with_each_request_failing(&table, 1);
}

static void map_with_each_request_failing(const char *dialect, const char *feed, enum mapper_unknown policy, size_t count)
{
	struct dialect_set *set = test_dialect(dialect);
	struct error err = ERROR_INIT;
	struct sum expected;
	struct sum found;
	int result = -1;
	size_t request;

	if (map_and_sum(set, slice_from(feed), policy, &expected, &err) != 0)
		fail_msg("%s", err.message);
	assert_int_equal(expected.count, count);
	for (request = 1; result != 0; request++) {
		assert_true(request < 10000);
		allocation_fail_at(request);
		result = map_and_sum(set, slice_from(feed), policy, &found, &err);
		(void)allocation_stop();
		if (result != 0 && err.code != ERROR_MEMORY && err.code != ERROR_LIMIT && err.code != ERROR_FEED)
			fail_msg("request %zu: %s", request, err.message);
	}
	assert_int_equal(found.count, expected.count);
	assert_true(hash_equal(found.sum, expected.sum));
	assert_true(request > 10);
	dialect_set_free(set);
}

static void mapper_survives_each_failed_request_and_loses_nothing(void **state)
{
	(void)state;
	/* a category; a SKU, its product, its two path categories; a SKU; one rejected; three complaints */
	map_with_each_request_failing(small_dialect, small_feed, MAPPER_UNKNOWN_EXTRA, 10);
	/* a product; a SKU with its two path categories */
	map_with_each_request_failing(value_dialect, value_feed, MAPPER_UNKNOWN_EXTRA, 4);
	/* a definition; a part; a SKU, its product, two categories in a tree, two linked ones, a part; two complaints */
	map_with_each_request_failing(nested_dialect, nested_feed, MAPPER_UNKNOWN_EXTRA, 11);
	map_with_each_request_failing(nested_dialect, nested_feed, MAPPER_UNKNOWN_CREATE, 11);
	/* two groups: two SKUs and their product, one of each */
	map_with_each_request_failing(table_dialect, table_feed, MAPPER_UNKNOWN_EXTRA, 5);
	map_with_each_request_failing(table_dialect, table_feed, MAPPER_UNKNOWN_CREATE, 5);
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
