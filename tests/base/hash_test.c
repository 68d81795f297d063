/* Fingerprints and the table keyed by them. */
#include "base/hash.h"

#include "base_tests.h"

static struct hash128 hash_of_number(uint32_t number)
{
	return hash_bytes(slice_make((const char *)&number, sizeof(number)), 42);
}

static void hash_is_xxh3_128(void **state)
{
	char text[33];

	(void)state;
	hash_format(hash_bytes(slice_make(NULL, 0), 0), text); /* the value that the XXH3 specification gives */
	assert_string_equal(text, "99aa06d3014798d86001c324468d497f");
}

static void hash_depends_on_bytes_and_seed(void **state)
{
	const struct slice text = SLICE("<offer id=\"1\"/>");

	(void)state;
	assert_true(hash_equal(hash_bytes(text, 1), hash_bytes(text, 1)));
	assert_false(hash_equal(hash_bytes(text, 1), hash_bytes(text, 2)));
	assert_false(hash_equal(hash_bytes(text, 1), hash_bytes(slice_make(text.data, text.size - 1), 1)));
	assert_false(hash_equal((struct hash128){.low = 1}, (struct hash128){.high = 1}));
}

static void hash_sum_carries_and_forgets_order(void **state)
{
	const struct hash128 one = {.low = 1};
	const struct hash128 low_full = {.low = UINT64_MAX};
	const struct hash128 full = {.low = UINT64_MAX, .high = UINT64_MAX};
	const struct hash128 third = {.low = 0x8000000000000000U, .high = 77};

	(void)state;
	assert_true(hash_equal(hash_add(low_full, one), (struct hash128){.low = 0, .high = 1}));
	assert_true(hash_equal(hash_add(full, one), (struct hash128){.low = 0, .high = 0}));
	assert_true(hash_equal(hash_add(hash_add(one, third), full), hash_add(full, hash_add(third, one))));
	assert_true(hash_equal(hash_subtract((struct hash128){.high = 1}, one), low_full));
	assert_true(hash_equal(hash_subtract(hash_add(third, full), full), third));
}

static void hash_format_pads_with_zeroes(void **state)
{
	char text[33];

	(void)state;
	hash_format((struct hash128){.high = 0xAB, .low = 0x1}, text);
	assert_string_equal(text, "00000000000000ab0000000000000001");
}

static void hash_table_of_nothing_finds_nothing(void **state)
{
	struct hash_table table;

	(void)state;
	hash_table_init(&table);
	assert_null(hash_table_find(&table, hash_of_number(1)));
	hash_table_release(&table);
	hash_table_release(&table);
}

static void hash_table_keeps_every_value_through_growth(void **state)
{
	struct hash_table table;
	const uint32_t count = 100000;

	(void)state;
	hash_table_init(&table);
	for (uint32_t number = 0; number < count; number++) {
		bool is_new = false;
		uint32_t *value = hash_table_put(&table, hash_of_number(number), &is_new);

		assert_non_null(value);
		assert_true(is_new);
		assert_int_equal(*value, 0);
		*value = number + 1;
	}
	assert_int_equal(table.count, count);
	assert_true(table.count <= table.capacity / 4 * 3);
	assert_true(table.capacity < (size_t)count * 4);
	for (uint32_t number = 0; number < count; number++) {
		bool is_new = true;

		assert_int_equal(*hash_table_find(&table, hash_of_number(number)), number + 1);
		assert_int_equal(*hash_table_put(&table, hash_of_number(number), &is_new), number + 1);
		assert_false(is_new);
	}
	assert_null(hash_table_find(&table, hash_of_number(count)));
	assert_int_equal(table.count, count);
	hash_table_release(&table);
}

static void hash_table_tells_keys_with_one_home_apart(void **state)
{
	struct hash_table table;

	(void)state;
	hash_table_init(&table);
	for (uint64_t high = 0; high < 40; high++)
		*hash_table_put(&table, (struct hash128){.low = 63, .high = high}, NULL) = (uint32_t)high + 1;
	for (uint64_t high = 0; high < 40; high++)
		assert_int_equal(*hash_table_find(&table, (struct hash128){.low = 63, .high = high}), high + 1);
	assert_null(hash_table_find(&table, (struct hash128){.low = 63, .high = 40}));
	assert_null(hash_table_find(&table, (struct hash128){.low = 0, .high = 0}));
	hash_table_release(&table);
}

static void hash_table_knows_the_key_of_zeroes(void **state)
{
	struct hash_table table;
	bool is_new = false;

	(void)state;
	hash_table_init(&table);
	assert_non_null(hash_table_put(&table, (struct hash128){.low = 1}, NULL));
	assert_null(hash_table_find(&table, (struct hash128){.low = 0}));
	assert_non_null(hash_table_put(&table, (struct hash128){.low = 0}, &is_new));
	assert_true(is_new);
	assert_non_null(hash_table_find(&table, (struct hash128){.low = 0}));
	hash_table_release(&table);
}

int hash_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hash_is_xxh3_128),
		cmocka_unit_test(hash_depends_on_bytes_and_seed),
		cmocka_unit_test(hash_sum_carries_and_forgets_order),
		cmocka_unit_test(hash_format_pads_with_zeroes),
		cmocka_unit_test(hash_table_of_nothing_finds_nothing),
		cmocka_unit_test(hash_table_keeps_every_value_through_growth),
		cmocka_unit_test(hash_table_tells_keys_with_one_home_apart),
		cmocka_unit_test(hash_table_knows_the_key_of_zeroes),
	};

	return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
