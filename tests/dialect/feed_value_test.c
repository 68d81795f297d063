/* Values of the whole feed, and those that change along it. */
#include "support.h"

#include <stdio.h>

/* The tags of each SKU in the order of the feed: "1=[…] 2=…". */
static void expect_tags(const char *yaml, const char *feed, const char *const *tags, size_t count)
{
	struct recording recording;

	recording_init(&recording);
	read_with(yaml, feed, &recording);
	for (size_t i = 0; i < count; i++) {
		char id[32];

		(void)snprintf(id, sizeof id, "\"id\":\"%zu\"", i + 1);
		if (tags[i] == NULL ? recording_has(&recording.statements, id, "\"tags\"")
		                    : !recording_has(&recording.statements, id, tags[i]))
			fail_msg("%s of %s: expected %s in\n%.*s", id, feed, tags[i] == NULL ? "no tags" : tags[i],
			         (int)recording.statements.size, recording.statements.data);
	}
	recording_release(&recording);
}

#define EXPECT(yaml, feed, ...)                                                 \
	do {                                                                    \
		static const char *const tags_[] = {__VA_ARGS__};               \
		expect_tags(yaml, feed, tags_, sizeof tags_ / sizeof tags_[0]); \
	} while (0)

#define RECORDS "records: {r: {path: /f/s/i, kind: sku, fields: {id: '@id', tags: ['feed:v']}}}\n"

static void value_before_the_first_record_counts_for_all(void **state)
{
	(void)state;
	EXPECT("feed: {v: /f/v}\n" RECORDS, "<f><v/><v>A</v><v>B</v><s><i id='1'/></s><v>C</v><s><i id='2'/></s></f>", "[\"A\"]",
	       "[\"A\"]");
	EXPECT("feed: {v: /f/v}\n" RECORDS, "<f><s><i id='1'/></s><v>C</v><s><i id='2'/></s></f>", NULL, NULL);
}

static void latest_value_counts_until_the_element_around_it_ends(void **state)
{
	(void)state;
	/* an attribute of what is around the records */
	EXPECT("feed: {v: {from: /f/s/@n, latest: true}}\n" RECORDS,
	       "<f><s n='A'><i id='1'/><i id='2'/></s><s n='B'><i id='3'/></s><s><i id='4'/></s></f>", "[\"A\"]", "[\"A\"]",
	       "[\"B\"]", NULL);
	/* a header in it, which does not count in the next one */
	EXPECT("feed: {v: {from: /f/s/h, latest: true}}\n" RECORDS,
	       "<f><s><i id='1'/><h>A</h><i id='2'/><h>B</h><i id='3'/><h/><i id='4'/><h>C</h></s><s><i id='5'/></s></f>", NULL,
	       "[\"A\"]", "[\"B\"]", NULL, NULL);
	/* deeper in a header */
	EXPECT("feed: {v: {from: /f/s/h/v, latest: true}}\n" RECORDS,
	       "<f><s><h><v>A</v></h><i id='1'/><i id='2'/></s><s><i id='3'/><h><u/></h><i id='4'/></s></f>", "[\"A\"]", "[\"A\"]",
	       NULL, NULL);
	/* a header among the elements around the records */
	EXPECT("feed: {v: {from: /f/h, latest: true}}\n" RECORDS,
	       "<f><s><i id='1'/></s><h>A</h><s><i id='2'/></s><s><i id='3'/></s></f>", NULL, "[\"A\"]", "[\"A\"]");
	/* the record itself is one */
	EXPECT("feed: {v: {from: /f/s/i/@n, latest: true}}\n" RECORDS,
	       "<f><s><i id='1' n='A'/><i id='2'/><i id='3' n='B'/></s></f>", "[\"A\"]", NULL, "[\"B\"]");
}

static void latest_value_of_json_counts_in_its_object(void **state)
{
	static const char yaml[] =
		"format: json\nfeed: {v: {from: '$.groups[*].name', latest: true}, all: $.shop.name}\n"
		"records: {r: {path: '$.groups[*].items[*]', kind: sku, fields: {id: id, tags: ['feed:v'], brand: 'feed:all'}}}\n";

	(void)state;
	EXPECT(yaml,
	       "{\"shop\":{\"name\":\"S\"},\"groups\":[{\"name\":\"A\",\"items\":[{\"id\":1},{\"id\":2}]},{\"items\":[{\"id\":3}],\"name\":\"late\"},"
	       "{\"name\":\"B\",\"items\":[{\"id\":4}]}]}",
	       "[\"A\"]", "[\"A\"]", NULL, "[\"B\"]");
}

static void record_and_value_may_be_one_element(void **state)
{
	struct recording recording;

	(void)state;
	recording_init(&recording);
	read_with("feed: {v: {from: /f/c, latest: true}}\n"
	          "records:\n"
	          "  c: {path: /f/c, kind: category, fields: {id: '@id', name: '.'}}\n"
	          "  r: {path: /f/i, kind: sku, fields: {id: '@id', tags: ['feed:v']}}\n",
	          "<f><c id='7'>Lamps</c><i id='1'/><c id='8'>Chairs</c><i id='2'/></f>", &recording);
	assert_true(recording_has(&recording.statements,
	                          "\"kind\":\"category\",\"action\":\"stated\",\"id\":\"7\",\"name\":\"Lamps\"", NULL));
	assert_true(recording_has(&recording.statements, "\"id\":\"1\"", "\"tags\":[\"Lamps\"]"));
	assert_true(recording_has(&recording.statements, "\"id\":\"2\"", "\"tags\":[\"Chairs\"]"));
	recording_release(&recording);
}

int run_feed_value_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(value_before_the_first_record_counts_for_all),
		cmocka_unit_test(latest_value_counts_until_the_element_around_it_ends),
		cmocka_unit_test(latest_value_of_json_counts_in_its_object),
		cmocka_unit_test(record_and_value_may_be_one_element),
	};

	return cmocka_run_group_tests_name("feed_value", tests, NULL, NULL);
}
