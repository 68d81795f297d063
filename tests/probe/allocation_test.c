/* Every allocation of a probe fails once: an error then, never a crash or half a report. */
#include "probe_tests.h"
#include "support/allocation.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "probe/guess.h"
#include "probe/prober.h"
#include "probe/show.h"

#include <stdlib.h>
#include <string.h>

struct block_source {
	struct byte_block block;
	struct slice all;
};

static int rewind_block(void *context, struct error *err)
{
	struct block_source *source = context;

	(void)err;
	source->block.rest = source->all;
	return 0;
}

/* Probe and encode; what went wrong is in `err`. Why no dialect fits may be told shorter without memory, so it does not count. */
static int probe_once(const char *feed, const struct dialect_set *set, struct hash128 *ret_digest, struct error *err)
{
	struct block_source block = {.block = {.rest = slice_from(feed)}, .all = slice_from(feed)};
	const struct prober_source source = {
		.bytes = byte_source_block(&block.block), .rewind = rewind_block, .rewind_context = &block};
	const struct feed_options options = {.piece_max = 0};
	struct probe_report report;
	struct buffer buffer;
	struct arena arena;
	int result;

	arena_init(&arena, (size_t)64 << 20);
	buffer_init(&buffer, 1 << 20);
	result = probe_read(&source, &options, set, &arena, &report, err);
	report.dialect_reason = (struct slice){NULL, 0};
	if (result == 0)
		result = probe_report_encode(&report, &buffer, err);
	*ret_digest = hash_bytes(buffer_slice(&buffer), 0);
	buffer_release(&buffer);
	arena_release(&arena);
	return result;
}

static void each_allocation_that_fails_is_an_error(void **state)
{
	static const char *const feeds[] = {
		"<r xmlns:g='http://base.google.com/ns/1.0'><i a='1'><g:id>1</g:id><name_1>a</name_1><name_2>b</name_2><v><s>1</s><p>2 EUR</p></v>"
		"<v><s>2</s><p>3 EUR</p></v></i><i a='2'><g:id>2</g:id><name_1>c</name_1></i></r>",
		"{\"items\":[{\"id\":1,\"na me\":\"x\",\"v\":[{\"a\":1,\"b\":[1,2]},{\"a\":2}]},{\"id\":2,\"na me\":null}]}",
		"id;name;picture 1;picture 2\n1;a;https://x.example/1.jpg;\n2;b;;\n",
	};
	struct dialect_set *set = NULL;
	struct config_problems problems;
	struct error err = ERROR_INIT;

	(void)state;
	config_problems_init(&problems);
	assert_int_equal(dialect_set_compile(&(struct dialect_texts){.count = 0}, &set, &problems, &err), 0);
	for (size_t i = 0; i < sizeof(feeds) / sizeof(feeds[0]); i++) {
		struct hash128 expected;
		struct hash128 digest;
		assert_int_equal(probe_once(feeds[i], set, &expected, &err), 0);
		size_t number = 0;
		bool has_failed;
		do {
			error_clear(&err);
			allocation_fail_at(++number);
			const int result = probe_once(feeds[i], set, &digest, &err);
			has_failed = allocation_stop();
			if (has_failed && result == 0 && !hash_equal(digest, expected))
				fail_msg("feed %zu: allocation %zu failed and nobody noticed", i, number);
			assert_true(result == 0 || err.code == ERROR_MEMORY || err.code == ERROR_FEED);
		} while (has_failed);
		assert_true(number > 20);
	}
	dialect_set_free(set);
	config_problems_release(&problems);
}

int run_allocation_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_that_fails_is_an_error),
	};

	return cmocka_run_group_tests_name("allocation", tests, NULL, NULL);
}
