/* Each complaint that the mapper makes: code, field, text, and what becomes of the value. */
#include "support.h"

#include "base/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS                                                                                    \
	"      name: name\n"                                                                      \
	"      url: url\n"                                                                        \
	"      gtin: gtin\n"                                                                      \
	"      brand: {from: brand, replace: {pattern: '(a+)+$', with: ''}}\n"                    \
	"      price: price\n"                                                                    \
	"      old_price: old\n"                                                                  \
	"      sale_price: sale\n"                                                                \
	"      sale_dates: dates\n"                                                               \
	"      currency: cur\n"                                                                   \
	"      availability: avail\n"                                                             \
	"      condition: cond\n"                                                                 \
	"      status: hidden\n"                                                                  \
	"      quantity: count\n"                                                                 \
	"      weight: weight\n"                                                                  \
	"      images: image\n"                                                                   \
	"      tags: tag\n"                                                                       \
	"      categories: [cat, {from: path, separator: '>'}]\n"                                 \
	"      stocks: [{each: stock, place: '@p', quantity: '@q', availability: '@a'}]\n"        \
	"      prices: [{each: tier, kind: {constant: min}, currency: '@c', valid_from: '@f'}]\n" \
	"    product: {rule: group, id: group}\n"

static char *repeat(const char *text, size_t count)
{
	const size_t size = strlen(text);
	char *result = malloc(size * count + 1);

	assert_non_null(result);
	for (size_t i = 0; i < count; i++)
		memcpy(result + i * size, text, size);
	result[size * count] = '\0';
	return result;
}

static void expect_complaint(const char *item, const char *code, const char *field, const char *text)
{
	char dialect[DIALECT_SPACE];
	struct recording recording;
	struct buffer feed;
	char expected[512];
	char quoted[64];

	buffer_init(&feed, (size_t)16 * 1024 * 1024);
	assert_int_equal(buffer_append_format(&feed, "<feed>"), 0);
	assert_int_equal(buffer_append_text(&feed, item), 0);
	assert_int_equal(buffer_append_format(&feed, "</feed>"), 0);
	recording_init(&recording);
	read_with(item_dialect(dialect, sizeof dialect, FIELDS), buffer_text(&feed), &recording);
	if (text != NULL)
		(void)snprintf(expected, sizeof expected, "\"field\":\"%s\",\"text\":\"%s\"", field, text);
	else
		(void)snprintf(expected, sizeof expected, "\"field\":\"%s\"", field);
	(void)snprintf(quoted, sizeof quoted, "\"code\":\"%s\"", code);
	if (!recording_has(&recording.complaints, quoted, expected))
		fail_msg("no %s with %s for %.300s in:\n%.*s", code, expected, item, (int)recording.complaints.size,
		         recording.complaints.size > 0 ? recording.complaints.data : "");
	recording_release(&recording);
	buffer_release(&feed);
}

static void each_fault_has_its_complaint(void **state)
{
	static const struct {
		const char *item;
		const char *code;
		const char *field;
		const char *text;
	} cases[] = {
		{"<item/>", "id_missing", "id", ""},
		{"<item id='  '/>", "id_missing", "id", ""},
		{"<item id='1'><price>sosi</price></item>", "number_invalid", "price", "sosi"},
		{"<item id='1'><price>213.25.00 SAR</price></item>", "number_invalid", "price", "213.25.00 SAR"},
		{"<item id='1'><old>x</old></item>", "number_invalid", "old_price", "x"},
		{"<item id='1'><sale>x</sale></item>", "number_invalid", "sale_price", "x"},
		{"<item id='1'><count>x</count></item>", "number_invalid", "quantity", "x"},
		{"<item id='1'><weight>5</weight></item>", "number_invalid", "weight", "5"},
		{"<item id='1'><tier>x</tier></item>", "number_invalid", "prices", "x"},
		{"<item id='1'><stock p='A' q='x'/></item>", "number_invalid", "stocks", "x"},
		{"<item id='1'><price>99999999999999</price></item>", "number_too_large", "price", "99999999999999"},
		{"<item id='1'><count>99999999999999999999</count></item>", "number_too_large", "quantity", "99999999999999999999"},
		{"<item id='1'><price>1.12345678</price></item>", "number_rounded", "price", "1.12345678"},
		{"<item id='1'><price>-1</price></item>", "number_negative", "price", "-1"},
		{"<item id='1'><weight>-1 kg</weight></item>", "number_negative", "weight", "-1 kg"},
		{"<item id='1'><price>1,290</price></item>", "number_ambiguous", "price", "1,290"},
		{"<item id='1'><price>1</price><cur>zz</cur></item>", "currency_unknown", "currency", "zz"},
		{"<item id='1'><tier c='zz'>1</tier></item>", "currency_unknown", "prices", "zz"},
		{"<item id='1'><price>1</price></item>", "currency_missing", "currency", ""},
		{"<item id='1'><price>0</price></item>", "price_zero", "price", "0"},
		{"<item id='1'><price>5</price><sale>0</sale></item>", "price_zero", "sale_price", "0"},
		{"<item id='1'><price>5</price><old>5</old></item>", "old_price_not_greater", "old_price", "5"},
		{"<item id='1'><old>5</old></item>", "old_price_not_greater", "old_price", "5"},
		{"<item id='1'><price>5</price><sale>6</sale></item>", "old_price_not_greater", "sale_price", "6"},
		{"<item id='1'><price>5</price><sale>4</sale><dates>now</dates></item>", "date_invalid", "sale_dates", "now"},
		{"<item id='1'><tier f='now'>1</tier></item>", "date_invalid", "prices", "now"},
		{"<item id='1'><avail>maybe</avail></item>", "word_unknown", "availability", "maybe"},
		{"<item id='1'><cond>odd</cond></item>", "word_unknown", "condition", "odd"},
		{"<item id='1'><stock p='A' a='maybe'/></item>", "word_unknown", "stocks", "maybe"},
		{"<item id='1'><hidden>maybe</hidden></item>", "bool_invalid", "status", "maybe"},
		{"<item id='1'><url>/relative</url></item>", "url_invalid", "url", "/relative"},
		{"<item id='1'><image>pic.jpg</image></item>", "url_invalid", "images", "pic.jpg"},
		{"<item id='1'><gtin>123</gtin></item>", "gtin_invalid", "gtin", "123"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		expect_complaint(cases[i].item, cases[i].code, cases[i].field, cases[i].text);
}

static void what_is_too_long_has_its_complaint(void **state)
{
	static const struct {
		const char *before;
		const char *piece;
		size_t count;
		const char *behind;
		const char *code;
		const char *field;
	} cases[] = {
		{"<item id='", "a", LIMIT_ID_BYTES + 1, "'/>", "id_too_long", "id"},
		{"<item id='1'><group>", "a", LIMIT_ID_BYTES + 1, "</group></item>", "id_too_long", "product_id"},
		{"<item id='1'><cat>", "a", LIMIT_ID_BYTES + 1, "</cat></item>", "id_too_long", "categories"},
		{"<item id='1'><path>", "a>", 200, "</path></item>", "list_too_long", "categories"},
		{"<item id='1'><path>b>", "a", LIMIT_ID_BYTES, "</path></item>", "id_too_long", "categories"},
		{"<item id='1'><name>", "a", 10001, "</name></item>", "text_too_long", "name"},
		{"<item id='1'><url>http://h/", "a", 8192, "</url></item>", "text_too_long", "url"},
		{"<item id='1'><image>http://h/", "a", 8192, "</image></item>", "text_too_long", "images"},
		{"<item id='1'><brand>", "a", 3000, "!</brand></item>", "text_too_long", "brand"}, /* a pattern that runs away */
		{"<item id='1'>", "<tag>a</tag>", LIMIT_LIST_ITEMS + 1, "</item>", "list_too_long", "tags"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *middle = repeat(cases[i].piece, cases[i].count);
		const size_t size = strlen(cases[i].before) + strlen(middle) + strlen(cases[i].behind) + 1;
		char *item = malloc(size);

		assert_non_null(item);
		(void)snprintf(item, size, "%s%s%s", cases[i].before, middle, cases[i].behind);
		expect_complaint(item, cases[i].code, cases[i].field, NULL);
		free(item);
		free(middle);
	}
}

static void list_that_is_cut_keeps_the_rest_in_extra(void **state)
{
	char dialect[DIALECT_SPACE];
	struct dialect_set *set = test_dialect(item_dialect(dialect, sizeof dialect, "      tags: tag\n      categories: cat\n"));
	struct recording recording;
	struct buffer feed;

	(void)state;
	buffer_init(&feed, 1024 * 1024);
	assert_int_equal(buffer_append_text(&feed, "<feed><item id='1'>"), 0);
	for (int i = 0; i < LIMIT_LIST_ITEMS + 2; i++)
		assert_int_equal(buffer_append_format(&feed, "<tag>t%d</tag>", i), 0);
	for (int i = 0; i < LIMIT_CATEGORIES_PER_ITEM + 1; i++)
		assert_int_equal(buffer_append_format(&feed, "<cat>c%d</cat>", i), 0);
	assert_int_equal(buffer_append_text(&feed, "</item></feed>"), 0);
	recording_init(&recording);
	read_feed(set, &(struct mapper_options){.dialect = SLICE("test")}, buffer_slice(&feed), 0, &recording);
	assert_true(recording_has(&recording.statements, "\"t999\"],\"categories\"",
	                          "\"extra\":{\"tag\":[\"t1000\",\"t1001\"],\"cat\":\"c100\"}"));
	assert_int_equal(recording.complaint_count, 2); /* one for each list */
	recording_release(&recording);
	buffer_release(&feed);
	dialect_set_free(set);
}

static void list_of_too_many_bytes_is_cut_between_items(void **state)
{
	char dialect[DIALECT_SPACE];
	struct dialect_set *set = test_dialect(item_dialect(dialect, sizeof dialect, "      tags: tag\n"));
	char *text = repeat("\"", 300000); /* doubled by JSON */
	struct recording recording;
	struct buffer feed;

	(void)state;
	buffer_init(&feed, (size_t)4 * 1024 * 1024);
	assert_int_equal(buffer_append_format(&feed, "<feed><item id='1'><tag>%s</tag><tag>%s</tag></item></feed>", text, text), 0);
	recording_init(&recording);
	read_feed(set, &(struct mapper_options){.dialect = SLICE("test")}, buffer_slice(&feed), 0, &recording);
	assert_int_equal(recording.result, 0);
	assert_true(recording_has(&recording.complaints, "\"code\":\"list_too_long\"", "\"field\":\"tags\""));
	assert_true(recording_has(&recording.statements, "\"tags\":[", "\"extra\":{\"tag\":"));
	recording_release(&recording);
	buffer_release(&feed);
	free(text);
	dialect_set_free(set);
}

static void missing_required_field_rejects_the_record(void **state)
{
	char dialect[DIALECT_SPACE];
	struct recording recording;

	(void)state;
	recording_init(&recording);
	read_with(
		item_dialect(
			dialect, sizeof dialect,
			"      name: {from: name, required: true}\n      price: {from: price, required: true}\n      tags: {from: t, required: true}\n"),
		"<feed><item id='1'><name/><price>x</price></item><item id='2'><name>N</name><price>1 EUR</price><t>T</t></item></feed>",
		&recording);
	expect_text(
		"required", buffer_slice(&recording.complaints),
		"{\"record\":1,\"code\":\"number_invalid\",\"kind\":\"sku\",\"id\":\"1\",\"field\":\"price\",\"text\":\"x\",\"offset\":6}\n"
		"{\"record\":1,\"code\":\"required_missing\",\"kind\":\"sku\",\"id\":\"1\",\"field\":\"name\",\"text\":\"\",\"offset\":6}\n"
		"{\"record\":1,\"code\":\"required_missing\",\"kind\":\"sku\",\"id\":\"1\",\"field\":\"price\",\"text\":\"\",\"offset\":6}\n"
		"{\"record\":1,\"code\":\"required_missing\",\"kind\":\"sku\",\"id\":\"1\",\"field\":\"tags\",\"text\":\"\",\"offset\":6}\n");
	assert_true(recording_has(&recording.statements, "\"action\":\"rejected\",\"id\":\"1\"}", NULL));
	assert_true(recording_has(&recording.statements, "{\"end\":1,\"mapped\":false}", NULL));
	assert_true(recording_has(&recording.statements, "{\"end\":2,\"mapped\":true}", NULL));
	recording_release(&recording);
}

static void undefined_bytes_are_complained_about_once(void **state)
{
	char dialect[DIALECT_SPACE];
	struct recording recording;

	(void)state;
	recording_init(&recording);
	read_with(item_dialect(dialect, sizeof dialect, "      name: name\n"),
	          "<?xml version='1.0' encoding='windows-1251'?><feed><item id='1'><name>a\x98"
	          "b\x98</name></item></feed>",
	          &recording);
	assert_true(recording_has(&recording.complaints, "\"code\":\"byte_undefined\"", "\"text\":\"2 bytes, read as U+FFFD\""));
	assert_true(recording_has(&recording.statements,
	                          "\"name\":\"a\xef\xbf\xbd"
	                          "b\xef\xbf\xbd\"",
	                          NULL));
	assert_int_equal(recording.complaint_count, 1);
	recording_release(&recording);
}

int run_complaint_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_has_its_complaint),
		cmocka_unit_test(what_is_too_long_has_its_complaint),
		cmocka_unit_test(list_that_is_cut_keeps_the_rest_in_extra),
		cmocka_unit_test(list_of_too_many_bytes_is_cut_between_items),
		cmocka_unit_test(missing_required_field_rejects_the_record),
		cmocka_unit_test(undefined_bytes_are_complained_about_once),
	};

	return cmocka_run_group_tests_name("complaint", tests, NULL, NULL);
}
