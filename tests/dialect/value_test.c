/* Values: picked, split, and read as their rule says that they are written. */
#include "support.h"

#include <stdio.h>
#include <string.h>

/* The fields of /feed/item, one item, one field of the statement as JSON, and the complaints as 'code' or 'code code'. */
struct value_case {
	const char *fields;
	const char *item;
	const char *field;
	const char *expected;
	const char *complaints;
};

static void append_codes(const struct buffer *lines, struct buffer *codes)
{
	struct slice rest = buffer_slice(lines);
	static const struct slice mark = SLICE("\"code\":\"");
	size_t at;

	while ((at = slice_find(rest, mark)) != SIZE_MAX) {
		size_t end;

		rest = slice_make(rest.data + at + mark.size, rest.size - at - mark.size);
		end = slice_find(rest, (struct slice)SLICE("\""));
		if (codes->size > 0)
			assert_int_equal(buffer_append_byte(codes, ' '), 0);
		assert_int_equal(buffer_append(codes, rest.data, end), 0);
	}
}

static void check_case(const struct value_case *expected)
{
	char dialect[DIALECT_SPACE];
	char fields[1024];
	char item[4096];
	char feed[DIALECT_SPACE];
	struct recording recording;
	struct buffer codes;

	print_message("%s\n", expected->fields);
	(void)snprintf(fields, sizeof fields, "      %s\n", expected->fields);
	(void)snprintf(item, sizeof item, "<item id='1'>%s</item>", expected->item);
	expect_field(fields, item, expected->field, expected->expected);
	recording_init(&recording);
	buffer_init(&codes, 4096);
	(void)snprintf(feed, sizeof feed, "<feed currency='EUR'>%s</feed>", item);
	read_with(item_dialect(dialect, sizeof dialect, fields), feed, &recording);
	append_codes(&recording.complaints, &codes);
	expect_text(expected->fields, buffer_slice(&codes), expected->complaints);
	buffer_release(&codes);
	recording_release(&recording);
}

#define CHECK(cases)                                                    \
	for (size_t i = 0; i < sizeof(cases) / sizeof((cases)[0]); i++) \
	check_case(&(cases)[i])

static void numbers_are_read_by_their_decimal_sign(void **state)
{
	static const struct value_case cases[] = {
		{"quantity: {from: q, decimal_sign: ','}", "<q>1.290,5</q>", "quantity", "1290500000", ""},
		{"quantity: {from: q, decimal_sign: '.'}", "<q>1,290.5</q>", "quantity", "1290500000", ""},
		{"quantity: {from: q, decimal_sign: ','}", "<q>1,290</q>", "quantity", "1290000", ""},
		{"quantity: {from: q, decimal_sign: '.'}", "<q>1,290</q>", "quantity", "1290000000", ""},
		{"quantity: q", "<q>1,290</q>", "quantity", "1290000000", "number_ambiguous"},
		{"quantity: {from: q, decimal_sign: ','}", "<q>12.50</q>", "quantity", "absent", "number_invalid"},
		{"quantity: {from: [a, {from: q, decimal_sign: ','}]}", "<q>1,290</q>", "quantity", "1290000", ""},
		{"quantity: {from: [a, {from: q}], decimal_sign: ','}", "<q>1,290</q>", "quantity", "1290000", ""},
		{"quantity: {from: [{from: q, decimal_sign: '.'}], decimal_sign: ','}", "<q>1,290</q>", "quantity", "1290000000",
	         ""},
		{"quantity: {from: q, default: '1,290', decimal_sign: ','}", "", "quantity", "1290000", ""},
		{"stocks: [{each: s, place: '@p', quantity: {from: ., decimal_sign: ','}}]", "<s p='A'>1,290</s>", "stocks",
	         "[{\"place\":\"A\",\"quantity_micros\":1290000}]", ""},
	};

	(void)state;
	CHECK(cases);
}

static void amounts_may_be_in_minor_units(void **state)
{
	static const struct value_case cases[] = {
		{"price: {from: p, minor_units: 2}", "<p>1299</p>", "price", "12990000", "currency_missing"},
		{"price: {from: p, minor_units: 2}", "<p>1299 USD</p>", "price", "12990000", ""},
		{"price: {from: p, minor_units: 2}", "<p>1299 USD</p>", "currency", "\"USD\"", ""},
		{"price: {from: p, minor_units: 3}", "<p>KWD 1299</p>", "price", "1299000", ""},
		{"price: {from: p, minor_units: 0}", "<p>1299 JPY</p>", "price", "1299000000", ""},
		{"price: {from: p, minor_units: 6}", "<p>1299000 USD</p>", "price", "1299000", ""},
		{"price: {from: p, minor_units: 2}", "<p>1299.00005 USD</p>", "price", "12990001", "number_rounded"},
		{"price: [{from: cents, minor_units: 2}, p]", "<p>12.99 EUR</p>", "price", "12990000", ""},
		{"price: [{from: cents, minor_units: 2}, p]", "<p>12.99 EUR</p><cents>1300 EUR</cents>", "price", "13000000", ""},
		{"price: {from: [{from: a, minor_units: 0}, b], minor_units: 2}", "<a>7 EUR</a>", "price", "7000000", ""},
		{"price: {from: [{from: a, minor_units: 0}, b], minor_units: 2}", "<b>7 EUR</b>", "price", "70000", ""},
		{"price: {from: p, minor_units: 2, decimal_sign: ','}", "<p>1.299,50 EUR</p>", "price", "12995000", ""},
		{"price: {from: p, minor_units: 2}", "<p>-5</p>", "price", "absent", "number_negative"},
		{"price: {from: p, minor_units: 2}", "<p>ask</p>", "price", "absent", "number_invalid"},
		{"prices: [{each: c, kind: {constant: cost}, amount: {from: ., minor_units: 2}}]", "<c>250</c>", "prices",
	         "[{\"kind\":\"cost\",\"amount_micros\":2500000}]", ""},
	};

	(void)state;
	CHECK(cases);
}

static void dates_are_read_by_their_format_and_zone(void **state)
{
#define FROM_TO(from, to) \
	"[{\"kind\":\"sale\",\"currency\":\"EUR\",\"valid_from_ms\":" from ",\"valid_to_ms\":" to ",\"amount_micros\":1000000}]"
	static const struct {
		const char *rule;
		const char *dates;
		const char *expected;
		const char *complaints;
	} cases[] = {
		{"d", "2026-01-31T08:00Z/2026-02-01", FROM_TO("1769846400000", "1769904000000"), ""},
		{"{from: d, timezone: '+02:00'}", "2026-01-31 08:00/2026-01-31T08:00Z", FROM_TO("1769839200000", "1769846400000"),
	         ""},
		{"{from: d, date: '%d.%m.%Y'}", "31.01.2026/1.2.2026", FROM_TO("1769817600000", "1769904000000"), ""},
		{"{from: d, date: '%d/%m/%Y %H:%M', timezone: '-05:00'}", "31/01/2026 08:00/01/02/2026 00:00",
	         FROM_TO("1769864400000", "1769922000000"), ""},
		{"{from: d, date: '%Y-%m-%dT%H:%M:%S%z', timezone: UTC}", "2026-01-31T08:00:00+02:00/2026-01-31T08:00:00Z",
	         FROM_TO("1769839200000", "1769846400000"), ""},
		{"{from: d, timezone: Europe/Warsaw}", "2026-01-10 08:00/2026-07-10 08:00",
	         FROM_TO("1768028400000", "1783663200000"), ""},
		{"{from: d, timezone: Europe/Warsaw}", "2026-07-10T08:00+05:00/2026-07-10T08:00Z",
	         FROM_TO("1783652400000", "1783670400000"), ""},
		{"{from: d, date: '%d.%m.%Y %H:%M', timezone: Europe/Warsaw}", "29.03.2026 01:59/29.03.2026 03:00",
	         FROM_TO("1774745940000", "1774746000000"), ""},
		{"{from: d, date: '%d.%m.%Y %H:%M', timezone: Europe/Warsaw}", "29.03.2026 02:30/25.10.2026 02:30",
	         FROM_TO("1774746000000", "1792888200000"), ""},
		{"{from: d, date: '%d.%m.%Y %H:%M', timezone: Europe/Warsaw}", "25.10.2026 02:00/25.10.2026 03:00",
	         FROM_TO("1792886400000", "1792893600000"), ""},
		{"{from: d, timezone: Etc/GMT+3}", "2026-01-10/2026-07-10", FROM_TO("1768014000000", "1783652400000"), ""},
		{"{from: d, date: unix}", "1769839200/1769846400", FROM_TO("1769839200000", "1769846400000"), ""},
		{"{from: d, date: unix_ms}", "1769839200000/1769846400000", FROM_TO("1769839200000", "1769846400000"), ""},
		{"{join: [d, e], with: '/', date: '%d %b %Y'}", "31 Jan 2026</d><e>1 February 2026</e><d>",
	         FROM_TO("1769817600000", "1769904000000"), ""},
		{"{from: d, date: '%d.%m.%Y'}", "2026-01-31/2026-02-01", "absent", "date_invalid"},
		{"{from: d, date: '%d.%m.%Y'}", "31.02.2026/01.03.2026", "absent", "date_invalid"},
		{"{from: d, date: '%d.%m.%Y'}", "01.02.2026/31.01.2026", "absent", "date_invalid"},
		{"{from: d, date: '%d.%m.%Y'}", "01.01.1899/31.01.2026", "absent", "date_invalid"},
		{"d", "1769839200/1769846400", "absent", "date_invalid"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char fields[512];
		char item[512];
		const struct value_case expected = {.fields = fields,
		                                    .item = item,
		                                    .field = "prices",
		                                    .expected = cases[i].expected,
		                                    .complaints = cases[i].complaints};

		(void)snprintf(fields, sizeof fields,
		               "price: p\n      sale_price: s\n      currency: {constant: EUR}\n      sale_dates: %s",
		               cases[i].rule);
		(void)snprintf(item, sizeof item, "<p>2</p><s>1</s><d>%s</d>", cases[i].dates);
		check_case(&expected);
	}
}

static void weights_have_their_unit_from_text_rule_or_feed(void **state)
{
	static const struct value_case cases[] = {
		{"weight: w", "<w>1.5 kg</w>", "weight", "1500", ""},
		{"weight: w", "<w>1.5</w>", "weight", "absent", "number_invalid"},
		{"weight: {from: w, unit: t}", "<w>1.5</w>", "weight", "1500000", ""},
		{"weight: {from: w, unit: mg}", "<w>1500</w>", "weight", "2", ""},
		{"weight: {from: w, unit: kg}", "<w>200 g</w>", "weight", "200", ""},
		{"weight: {from: w, unit: {from: w/@u, default: kg}}", "<w u='g'>200</w>", "weight", "200", ""},
		{"weight: {from: w, unit: {from: w/@u, default: kg}}", "<w>200</w>", "weight", "200000", ""},
		{"weight: {from: w, unit: {from: w/@u, default: kg}}", "<w u=''>200</w>", "weight", "200000", ""},
		{"weight: {from: w, unit: {from: u, words: {pfund: lb}}}", "<w>2</w><u>Pfund</u>", "weight", "907", ""},
		{"weight: {from: w, unit: {from: u, words: {pfund: lb}}}", "<w>2</w><u>Pfund</u>", "extra", "absent", ""},
		{"weight: {from: w, unit: {from: u}}", "<w>2</w><u>KGM</u>", "weight", "2000", ""},
		{"weight: {from: w, unit: {from: u}}", "<w>2</w><u>stone</u>", "weight", "absent", "number_invalid"},
		{"weight: {from: w, unit: {from: u}}", "<w>2</w><u>stone</u>", "extra", "{\"w\":\"2\",\"u\":\"stone\"}",
	         "number_invalid"},
		{"weight: [{from: g, unit: g}, {from: k, unit: kg}]", "<k>2</k>", "weight", "2000", ""},
		{"weight: {from: w, unit: kg, decimal_sign: ','}", "<w>1,250</w>", "weight", "1250", ""},
	};

	(void)state;
	CHECK(cases);
}

static void one_of_several_matches_is_picked(void **state)
{
#define ABC "<a>Bb</a><a/><a>Aaaa</a><a>C</a>"
#define NUMBERS "<a>none</a><a>12,50 EUR</a><a>9</a><a>1 000</a>"
	static const struct value_case cases[] = {
		{"name: a", ABC, "name", "\"Bb\"", ""},
		{"name: {from: a, pick: first}", ABC, "name", "\"Bb\"", ""},
		{"name: {from: a, pick: last}", ABC, "name", "\"C\"", ""},
		{"name: {from: a, pick: longest}", ABC, "name", "\"Aaaa\"", ""},
		{"name: {from: a, pick: longest}", "<a>xxxx</a><a>ěščř</a>", "name", "\"xxxx\"", ""},
		{"name: {from: a, pick: last}", "<a>x</a><a> </a>", "name", "\"x\"", ""},
		{"name: {from: a, pick: last}", "<a/><a> </a>", "name", "null", ""},
		{"name: {from: a, pick: last}", "", "name", "absent", ""},
		{"name: {from: [b, {from: a, pick: last}]}", ABC, "name", "\"C\"", ""},
		{"name: {from: [b, a], pick: last}", ABC, "name", "\"C\"", ""},
		{"name: {from: a, pick: last}", ABC, "extra", "{\"a\":[\"Bb\",\"\",\"Aaaa\"]}", ""},
		{"price: {from: a, pick: min}", NUMBERS, "price", "9000000", "currency_missing"},
		{"price: {from: a, pick: max}", NUMBERS, "price", "1000000000", "currency_missing"},
		{"price: {from: a, pick: max, decimal_sign: ','}", "<a>1.200 EUR</a><a>900 EUR</a>", "price", "1200000000", ""},
		{"name: {from: a, pick: min}", "<a>x</a><a>y</a>", "name", "\"x\"", ""},
		{"name: {from: a, pick: min, replace: {pattern: '^', with: 'at '}}", "<a>3</a><a>2</a>", "name", "\"at 2\"", ""},
		{"stocks: [{each: s, place: '@p', quantity: {from: q, pick: max}}]", "<s p='A'><q>1</q><q>3</q></s>", "stocks",
	         "[{\"place\":\"A\",\"quantity_micros\":3000000}]", ""},
	};

	(void)state;
	CHECK(cases);
}

static void lists_are_split_by_any_of_their_separators(void **state)
{
	static const struct value_case cases[] = {
		{"tags: {from: t, split: [',', ';']}", "<t>a; b,c</t>", "tags", "[\"a\",\"b\",\"c\"]", ""},
		{"tags: {from: t, split: [',', ', ', ';']}", "<t>a, b;c,,d</t>", "tags", "[\"a\",\"b\",\"c\",\"d\"]", ""},
		{"tags: {from: t, split: ['|', '||']}", "<t>a||b|c</t>", "tags", "[\"a\",\"b\",\"c\"]", ""},
		{"tags: {from: t, split: ['||', '|']}", "<t>a|||b</t>", "tags", "[\"a\",\"b\"]", ""},
		{"tags: {from: t, split: [';', ',']}", "<t>;,</t>", "tags", "null", ""},
		{"tags: {from: t, split: ' / '}", "<t>a / b/c</t>", "tags", "[\"a\",\"b/c\"]", ""},
		{"tags: {from: t, split: [',']}", "<t>a</t><t>b,c</t>", "tags", "[\"a\",\"b\",\"c\"]", ""},
		{"attributes: [{each: p, name: '@n', value: {from: ., split: ['|', ',']}}]",
	         "<p n='Colour'>red|blue, green</p><p n='Size'>M</p>", "attributes",
	         "[{\"name\":\"Colour\",\"value\":\"red\"},{\"name\":\"Colour\",\"value\":\"blue\"},{\"name\":\"Colour\",\"value\":\"green\"},"
	         "{\"name\":\"Size\",\"value\":\"M\"}]",
	         ""},
		{"attributes: [{each: p, name: n, value: v, unit: u}]",
	         "<p><n>Size</n><v>3</v><v>4</v><u>cm</u></p><p><n>None</n></p>", "attributes",
	         "[{\"name\":\"Size\",\"value\":\"3\",\"unit\":\"cm\"},{\"name\":\"Size\",\"value\":\"4\",\"unit\":\"cm\"},"
	         "{\"name\":\"None\",\"value\":\"\"}]",
	         ""},
		{"attributes: [{each: p, name: n, value: {from: [v, w], default: '?'}}]",
	         "<p><n>A</n></p><p><n>B</n><w>1</w><w>2</w></p>", "attributes",
	         "[{\"name\":\"A\",\"value\":\"?\"},{\"name\":\"B\",\"value\":\"1\"},{\"name\":\"B\",\"value\":\"2\"}]", ""},
		{"attributes: [{each: p, name: n, value: v}]", "<p><n>Size</n><v>3</v><v>4</v></p>", "extra", "absent", ""},
	};

	(void)state;
	CHECK(cases);
}

static void html_becomes_text(void **state)
{
	static const struct value_case cases[] = {
		{"description: {from: d, html: text}",
	         "<d>&lt;p&gt;One&lt;/p&gt;&lt;ul&gt;&lt;li&gt;Two &amp;amp; three&lt;/ul&gt;</d>", "description",
	         "\"One\\n\\n- Two & three\"", ""},
		{"description: {from: d, html: text, replace: {pattern: '\\n+', with: ' / '}}", "<d>a&lt;br&gt;b</d>",
	         "description", "\"a / b\"", ""},
		{"description: {from: d, html: text, default: none}", "<d>&lt;p&gt; &lt;/p&gt;</d>", "description", "\"none\"", ""},
		{"tags: {from: t, html: text, split: ';'}", "<t>&lt;b&gt;x&lt;/b&gt;;y</t>", "tags", "[\"x\",\"y\"]", ""},
	};

	(void)state;
	CHECK(cases);
}

static void category_paths_lose_what_is_dropped(void **state)
{
	static const struct value_case cases[] = {
		{"categories: {from: c, separator: '|', drop: ['Heureka.cz']}", "<c>Heureka.cz | Home | Lamps</c>", "categories",
	         "[\"Home > Lamps\"]", ""},
		{"categories: {from: c, separator: '|', drop: ['heureka.CZ', 'Alle']}", "<c>Heureka.cz | alle | Lamps | Alle</c>",
	         "categories", "[\"Lamps > Alle\"]", ""},
		{"categories: {from: c, separator: '|', drop: Home}", "<c>Lamps | Home</c>", "categories", "[\"Lamps > Home\"]",
	         ""},
		{"categories: {from: c, separator: '|', drop: Home}", "<c>Home</c>", "categories", "absent", ""},
	};

	(void)state;
	CHECK(cases);
}

static void status_is_a_word_or_a_truth_value(void **state)
{
	static const struct value_case cases[] = {
		{"status: s", "<s>draft</s>", "status", "\"hidden\"", ""},
		{"status: s", "<s>Archived</s>", "status", "\"hidden\"", ""},
		{"status: s", "<s>private</s>", "status", "\"hidden\"", ""},
		{"status: s", "<s>disabled</s>", "status", "\"hidden\"", ""},
		{"status: s", "<s>true</s>", "status", "\"hidden\"", ""},
		{"status: s", "<s>publish</s>", "status", "absent", ""},
		{"status: s", "<s>enabled</s>", "status", "absent", ""},
		{"status: s", "<s>2</s>", "status", "absent", "bool_invalid"},
		{"status: {from: s, words: {'1': enabled, '2': disabled}}", "<s>2</s>", "status", "\"hidden\"", ""},
		{"status: {from: s, words: {'1': enabled, '2': disabled}}", "<s>1</s>", "status", "absent", ""},
		{"status: s", "<s>perhaps</s>", "status", "absent", "bool_invalid"},
		{"status: s", "<s>perhaps</s>", "extra", "{\"s\":\"perhaps\"}", "bool_invalid"},
	};

	(void)state;
	CHECK(cases);
}

int run_value_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_read_by_their_decimal_sign),
		cmocka_unit_test(amounts_may_be_in_minor_units),
		cmocka_unit_test(dates_are_read_by_their_format_and_zone),
		cmocka_unit_test(weights_have_their_unit_from_text_rule_or_feed),
		cmocka_unit_test(one_of_several_matches_is_picked),
		cmocka_unit_test(lists_are_split_by_any_of_their_separators),
		cmocka_unit_test(html_becomes_text),
		cmocka_unit_test(category_paths_lose_what_is_dropped),
		cmocka_unit_test(status_is_a_word_or_a_truth_value),
	};

	return cmocka_run_group_tests_name("value", tests, NULL, NULL);
}
