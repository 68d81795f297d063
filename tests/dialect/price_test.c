/* The price rule: price, old price, sale, currency, further prices. */
#include "support.h"

#include <stdio.h>

#define FIELDS                                                                                                                          \
	"      price: price\n"                                                                                                          \
	"      old_price: old\n"                                                                                                        \
	"      sale_price: sale\n"                                                                                                      \
	"      sale_dates: dates\n"                                                                                                     \
	"      currency: {from: cur, default: 'feed:currency'}\n"                                                                       \
	"      prices: [{each: cost, kind: {constant: cost}}, {each: tier, kind: {constant: wholesale}, amount: '@a', currency: '@c', " \
	"min_quantity: '@q', region: '@r', valid_from: '@f', valid_to: '@t'}]\n"

static void price_rule_chooses(void **state)
{
	static const struct {
		const char *item;
		const char *price;
		const char *old_price;
		const char *currency;
		const char *prices;
	} cases[] = {
		{"", "absent", "absent", "absent", "absent"},
		{"<price>12.50</price>", "12500000", "absent", "\"EUR\"", "absent"},
		{"<price>12.50 USD</price><cur>CZK</cur>", "12500000", "absent", "\"USD\"", "absent"},
		{"<price>12.50</price><cur>RUR</cur>", "12500000", "absent", "\"RUB\"", "absent"},
		{"<price>12.50</price><cur/>", "12500000", "absent", "\"EUR\"", "absent"},
		{"<price>12.50</price><cur>zzz</cur>", "12500000", "absent", "absent", "absent"},
		{"<cur>CZK</cur>", "absent", "absent", "\"CZK\"", "absent"},
		{"<price/><cur>CZK</cur>", "null", "absent", "\"CZK\"", "absent"},
		{"<price>ask</price>", "absent", "absent", "absent", "absent"},
		{"<price>-5</price>", "absent", "absent", "absent", "absent"},
		{"<price>0</price>", "0", "absent", "\"EUR\"", "absent"},
		{"<price>99999999999999</price>", "absent", "absent", "absent", "absent"},
		/* old price: only above the price */
		{"<price>10</price><old>12</old>", "10000000", "12000000", "\"EUR\"", "absent"},
		{"<price>10</price><old>10</old>", "10000000", "absent", "\"EUR\"", "absent"},
		{"<price>10</price><old>9</old>", "10000000", "absent", "\"EUR\"", "absent"},
		{"<price>10</price><old/>", "10000000", "null", "\"EUR\"", "absent"},
		{"<price>10 EUR</price><old>12 USD</old>", "10000000", "absent", "\"EUR\"", "absent"},
		{"<old>12</old>", "absent", "absent", "absent", "absent"},
		/* a sale without dates is the price */
		{"<price>10</price><sale>8</sale>", "8000000", "10000000", "\"EUR\"", "absent"},
		{"<price>10</price><sale>8</sale><dates/>", "8000000", "10000000", "\"EUR\"", "absent"},
		{"<sale>8 USD</sale>", "8000000", "absent", "\"USD\"", "absent"},
		{"<price>10</price><sale>10</sale>", "10000000", "absent", "\"EUR\"", "absent"},
		{"<price>10 EUR</price><sale>8 USD</sale>", "10000000", "absent", "\"EUR\"", "absent"},
		{"<price>10</price><sale>0</sale>", "10000000", "absent", "\"EUR\"", "absent"},
		{"<price>10</price><sale>low</sale>", "10000000", "absent", "\"EUR\"", "absent"},
		{"<price>10</price><sale>8</sale><old>11</old>", "8000000", "10000000", "\"EUR\"", "absent"},
		/* one with dates is stored with them */
		{"<price>10</price><sale>8</sale><dates>2026-01-01T00:00:00Z/2026-01-02T00:00:00Z</dates>", "10000000", "absent",
	         "\"EUR\"",
	         "[{\"kind\":\"sale\",\"currency\":\"EUR\",\"valid_from_ms\":1767225600000,\"valid_to_ms\":1767312000000,\"amount_micros\":8000000}]"},
		{"<price>10</price><sale>8</sale><dates>2026-01-01T00:00:00Z/</dates>", "10000000", "absent", "\"EUR\"",
	         "[{\"kind\":\"sale\",\"currency\":\"EUR\",\"valid_from_ms\":1767225600000,\"amount_micros\":8000000}]"},
		{"<price>10</price><sale>8</sale><dates>/2026-01-02T00:00:00Z</dates>", "10000000", "absent", "\"EUR\"",
	         "[{\"kind\":\"sale\",\"currency\":\"EUR\",\"valid_to_ms\":1767312000000,\"amount_micros\":8000000}]"},
		{"<price>10</price><sale>8</sale><dates>soon</dates>", "10000000", "absent", "\"EUR\"", "absent"},
		{"<price>10</price><sale>8</sale><dates>2026-01-02T00:00:00Z/2026-01-01T00:00:00Z</dates>", "10000000", "absent",
	         "\"EUR\"", "absent"},
		/* further prices */
		{"<price>10</price><cost>4</cost>", "10000000", "absent", "\"EUR\"",
	         "[{\"kind\":\"cost\",\"currency\":\"EUR\",\"amount_micros\":4000000}]"},
		{"<cost>4 USD</cost>", "absent", "absent", "absent",
	         "[{\"kind\":\"cost\",\"currency\":\"USD\",\"amount_micros\":4000000}]"},
		{"<cost>4</cost>", "absent", "absent", "absent",
	         "[{\"kind\":\"cost\",\"currency\":\"EUR\",\"amount_micros\":4000000}]"},
		{"<cost/>", "absent", "absent", "absent", "null"},
		{"<cost>little</cost><cost/>", "absent", "absent", "absent", "absent"},
		{"<price>10</price><tier a='9' c='usd' q='2.5' r='EU' f='2026-01-01' t='2026-01-02'/>", "10000000", "absent",
	         "\"EUR\"",
	         "[{\"kind\":\"wholesale\",\"currency\":\"USD\",\"min_quantity_micros\":2500000,\"region\":\"EU\",\"valid_from_ms\":1767225600000,"
	         "\"valid_to_ms\":1767312000000,\"amount_micros\":9000000}]"},
		{"<tier a='9' f='soon'/><tier a='9' q='few'/><tier a='9' c='zz'/><tier/>", "absent", "absent", "absent", "absent"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char item[512];

		print_message("%s\n", cases[i].item);
		(void)snprintf(item, sizeof item, "<item id='1'>%s</item>", cases[i].item);
		expect_field(FIELDS, item, "price", cases[i].price);
		expect_field(FIELDS, item, "old_price", cases[i].old_price);
		expect_field(FIELDS, item, "currency", cases[i].currency);
		expect_field(FIELDS, item, "prices", cases[i].prices);
	}
}

static void what_the_price_rule_leaves_out_stays_in_extra(void **state)
{
	static const struct {
		const char *item;
		const char *extra;
	} cases[] = {
		{"<price>10</price><old>12</old><sale/>", "{\"sale\":\"\"}"},
		{"<price>10</price><old>9</old>", "{\"old\":\"9\"}"},
		{"<price>10 EUR</price><cur>USD</cur>", "{\"cur\":\"USD\"}"},
		{"<price>10</price><cur>zzz</cur>", "{\"cur\":\"zzz\"}"},
		{"<price>10</price><sale>8</sale>", "absent"},
		{"<price>10</price><sale>8</sale><dates>2026-01-01/2026-02-01</dates>", "absent"},
		{"<price>10</price><sale>8</sale><dates>soon</dates>", "{\"sale\":\"8\",\"dates\":\"soon\"}"},
		{"<price>10</price><sale>11</sale><dates>2026-01-01/2026-02-01</dates>",
	         "{\"sale\":\"11\",\"dates\":\"2026-01-01/2026-02-01\"}"},
		{"<price>1.23456789</price>", "{\"price\":\"1.23456789\"}"}, /* rounded: the text says more */
		{"<price>-1</price><cost>x</cost>", "{\"price\":\"-1\",\"cost\":\"x\"}"},
		{"<price>1</price><tier a='9' c='zz'/>", "{\"tier/@a\":\"9\",\"tier/@c\":\"zz\"}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char item[512];

		print_message("%s\n", cases[i].item);
		(void)snprintf(item, sizeof item, "<item id='1'>%s</item>", cases[i].item);
		expect_field(FIELDS, item, "extra", cases[i].extra);
	}
}

static void decimal_sign_of_the_job_goes_before_that_of_the_dialect(void **state)
{
	static const struct {
		const char *top;
		number_decimal_sign job;
		const char *price;
		size_t complaints;
	} cases[] = {
		{"", '\0', "\"price\":1290000,", 1},
		{"decimal_sign: '.'\n", '\0', "\"price\":1290000,", 0},
		{"decimal_sign: ','\n", '\0', "\"price\":1290000000,", 0},
		{"decimal_sign: '.'\n", ',', "\"price\":1290000000,", 0},
		{"decimal_sign: ','\n", '.', "\"price\":1290000,", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct mapper_options options = {
			.dialect = SLICE("test"), .default_currency = "CZK", .decimal_sign = cases[i].job};
		struct recording recording;
		struct dialect_set *set;
		char dialect[512];

		(void)snprintf(dialect, sizeof dialect,
		               "%srecords: {r: {path: /feed/item, kind: sku, fields: {id: '@id', price: p}}}\n", cases[i].top);
		set = test_dialect(dialect);
		recording_init(&recording);
		read_feed(set, &options, slice_from("<feed><item id='1'><p>1.290</p></item></feed>"), 0, &recording);
		if (!recording_has(&recording.statements, cases[i].price, NULL))
			fail_msg("case %zu: no %s", i, cases[i].price);
		assert_int_equal(recording.complaint_count, cases[i].complaints);
		recording_release(&recording);
		dialect_set_free(set);
	}
}

static void job_says_currency_sign_and_offset_where_the_feed_does_not(void **state)
{
	char dialect[DIALECT_SPACE];
	struct dialect_set *set = test_dialect(
		item_dialect(dialect, sizeof dialect, "      price: p\n      sale_price: s\n      sale_dates: d\n"));
	const struct mapper_options options = {
		.dialect = SLICE("test"), .default_currency = "CZK", .decimal_sign = ',', .offset_minutes = 120};
	struct recording recording;

	(void)state;
	recording_init(&recording);
	read_feed(set, &options, slice_from("<feed><item id='1'><p>1.290</p><s>900</s><d>2026-01-01T02:00:00/</d></item></feed>"),
	          0, &recording);
	expect_text(
		"job", buffer_slice(&recording.statements),
		"{\"record\":1,\"kind\":\"sku\",\"action\":\"stated\",\"link\":\"self\",\"id\":\"1\",\"product_id\":\"1\",\"price\":1290000000,\"currency\":\"CZK\","
		"\"prices\":[{\"kind\":\"sale\",\"currency\":\"CZK\",\"valid_from_ms\":1767225600000,\"amount_micros\":900000000}]}\n"
		"{\"end\":1,\"mapped\":true}\n");
	assert_int_equal(recording.complaint_count, 0);
	recording_release(&recording);
	dialect_set_free(set);
}

int run_price_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(price_rule_chooses),
		cmocka_unit_test(what_the_price_rule_leaves_out_stays_in_extra),
		cmocka_unit_test(decimal_sign_of_the_job_goes_before_that_of_the_dialect),
		cmocka_unit_test(job_says_currency_sign_and_offset_where_the_feed_does_not),
	};

	return cmocka_run_group_tests_name("price", tests, NULL, NULL);
}
