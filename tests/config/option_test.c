/* The table of options: sound in itself, complete, and true about its defaults. */
#include "config/option.h"

#include "config_tests.h"

#include "base/limits.h"

#include <string.h>

static void option_table_is_sound(void **state)
{
	(void)state;
	for (size_t index = 0; index < option_count(); index++) {
		const struct option *option = option_at(index);
		assert_ptr_equal(option_find(option->place, slice_from(option->name)), option);
		assert_non_null(option->help);
		bool has_field = option->field != OPTION_NO_FIELD;
		assert_false(has_field && option->availability != OPTION_AVAILABLE);
		assert_false(option->shapes_items && !has_field);
		if (option->type == OPTION_SIZE || option->type == OPTION_DURATION) {
			assert_true(option->minimum <= option->default_number);
			assert_true(option->default_number <= option->maximum);
		}
		if (option->type == OPTION_MISSING || option->type == OPTION_CHOICE || option->type == OPTION_BOOL ||
		    option->type == OPTION_FIELDS)
			assert_non_null(option->words);
		if (option->type == OPTION_MISSING || option->type == OPTION_CHOICE || option->type == OPTION_BOOL)
			assert_non_null(option->default_text);
	}
	assert_null(option_at(option_count()));
}

/* What the manual prints as default must be what an empty job has. */
static void option_defaults_read_back_as_themselves(void **state)
{
	struct arena arena;
	struct buffer text;

	(void)state;
	arena_init(&arena, 65536);
	buffer_init(&text, 4096);
	const struct option_context context = {.arena = &arena, .folder = "."};
	for (size_t index = 0; index < option_count(); index++) {
		const struct option *option = option_at(index);
		struct error err = ERROR_INIT;
		struct job_config job;
		if (option->place != OPTION_PLACE_JOB)
			continue;
		buffer_clear(&text);
		option_append_default(option, &text);
		if (text.size == 0)
			continue;
		memset(&job, 0x5A, sizeof(job));
		if (option_read(option, buffer_slice(&text), &context, &job, &err) < 0)
			fail_msg("%s", err.message);
		if (option->field == OPTION_NO_FIELD)
			continue;
		struct buffer read_back;
		struct buffer initial;
		struct job_config untouched;
		job_config_init(&untouched, "x");
		buffer_init(&read_back, 4096);
		buffer_init(&initial, 4096);
		assert_true(option_append_field(option, &job, &read_back));
		assert_true(option_append_field(option, &untouched, &initial));
		assert_string_equal(buffer_text(&read_back), buffer_text(&initial));
		assert_string_equal(buffer_text(&read_back), buffer_text(&text));
		buffer_release(&initial);
		buffer_release(&read_back);
	}
	buffer_release(&text);
	arena_release(&arena);
}

static void option_words_stand_in_the_order_of_their_values(void **state)
{
	const struct option *missing = option_find(OPTION_PLACE_JOB, slice_from("missing"));
	const struct option *network = option_find(OPTION_PLACE_JOB, slice_from("network"));
	const struct option *unknown_fields = option_find(OPTION_PLACE_JOB, slice_from("unknown_fields"));

	(void)state;
	for (int policy = MISSING_KEEP; policy <= MISSING_DELETE; policy++)
		assert_string_equal(missing->words[policy], missing_policy_name((enum missing_policy)policy));
	assert_string_equal(network->words[NETWORK_PUBLIC], "public");
	assert_string_equal(network->words[NETWORK_PRIVATE], "private");
	assert_string_equal(mode_policy_name(MODE_UPSERT), "upsert");
	assert_string_equal(mode_policy_name(MODE_ADD), "add");
	assert_string_equal(mode_policy_name(MODE_UPDATE), "update");
	assert_string_equal(scope_policy_name(SCOPE_ALL), "all");
	assert_string_equal(scope_policy_name(SCOPE_SKUS), "skus");
	assert_string_equal(scope_policy_name(SCOPE_PRICES), "prices");
	assert_string_equal(scope_policy_name(SCOPE_TEXTS), "texts");
	assert_string_equal(categories_policy_name(CATEGORIES_OVERWRITE), "overwrite");
	assert_string_equal(categories_policy_name(CATEGORIES_ADD), "add");
	assert_string_equal(categories_policy_name(CATEGORIES_IGNORE), "ignore");
	assert_string_equal(duplicates_policy_name(DUPLICATES_FIRST), "first");
	assert_string_equal(duplicates_policy_name(DUPLICATES_LAST), "last");
	assert_string_equal(duplicates_policy_name(DUPLICATES_FAIL), "fail");
	assert_string_equal(unproven_policy_name(UNPROVEN_FAIL), "fail");
	assert_string_equal(unproven_policy_name(UNPROVEN_APPLY), "apply");
	assert_string_equal(unknown_fields->words[UNKNOWN_FIELDS_EXTRA], "extra");
	assert_string_equal(unknown_fields->words[UNKNOWN_FIELDS_CREATE], "create");
	assert_string_equal(unknown_fields->words[UNKNOWN_FIELDS_DROP], "drop");
	assert_string_equal(unknown_fields->words[UNKNOWN_FIELDS_FAIL], "fail");
	const struct option *catch_up = option_find(OPTION_PLACE_JOB, slice_from("catch_up"));
	const struct option *overlap = option_find(OPTION_PLACE_JOB, slice_from("overlap"));
	assert_string_equal(catch_up->words[CATCH_UP_NONE], "none");
	assert_string_equal(catch_up->words[CATCH_UP_ONCE], "once");
	assert_string_equal(overlap->words[OVERLAP_SKIP], "skip");
	assert_string_equal(overlap->words[OVERLAP_QUEUE], "queue");
}

static void option_knows_every_key_of_the_design(void **state)
{
	static const char *const file_keys[] = {"store",        "state",  "jobs",    "connections", "dialects",
	                                        "destinations", "guards", "sandbox", "keep",        "vault",
	                                        "vault_key",    "daemon", "metrics", "on_failure"};
	static const char *const job_keys[] = {
		"source",       "connection", "dialect",          "catalog",      "schedule",    "timezone",     "mode",
		"missing",      "lenient",    "default_currency", "guards",       "scope",       "categories",   "unknown_fields",
		"on_absent",    "on_empty",   "duplicates",       "whole",        "keep",        "take_over",    "description",
		"network",      "max_bytes",  "connect_timeout",  "idle_timeout", "timeout",     "proxy",        "cacert",
		"decimal_sign", "id_prefix",  "category_prefix",  "unproven",     "language",    "jitter",       "catch_up",
		"overlap",      "after",      "run_timeout",      "retry",        "active_from", "active_until", "quiet",
		"on_failure",
	};
	const char *names[OPTION_NAMES_MAX];

	(void)state;
	for (size_t index = 0; index < COUNT(file_keys); index++)
		assert_non_null(option_find(OPTION_PLACE_FILE, slice_from(file_keys[index])));
	for (size_t index = 0; index < COUNT(job_keys); index++)
		assert_non_null(option_find(OPTION_PLACE_JOB, slice_from(job_keys[index])));
	assert_int_equal(option_names(OPTION_PLACE_FILE, names), COUNT(file_keys));
	assert_int_equal(option_names(OPTION_PLACE_JOB, names), COUNT(job_keys));
	assert_int_equal(option_count(), COUNT(file_keys) + COUNT(job_keys));
	assert_null(option_find(OPTION_PLACE_FILE, slice_from("source")));
	assert_null(option_find(OPTION_PLACE_JOB, slice_from("store")));
}

static void option_describes_itself_for_the_manual(void **state)
{
	static const struct {
		const char *name;
		const char *values;
		const char *default_text;
	} rows[] = {
		{"source", "a URL, a path, or '-'", ""},
		{"missing", "'keep', 'mark', 'delete'", "mark"},
		{"network", "'public', 'private'", "public"},
		{"mode", "'upsert', 'add', 'update'", "upsert"},
		{"lenient", "'false', 'true'", "false"},
		{"connection", "a name: up to 64 of A-Z a-z 0-9 . _ -", ""},
		{"on_absent", "'clear', 'keep'", ""},
		{"on_empty", "'clear', 'keep'", "clear"},
		{"guards", "'on', 'off', or a mapping by guard", "on"},
		{"whole", "'end_of_document', 'length', or a list of them", ""},
		{"take_over", "a job's name, or a list of names", ""},
		{"language", "a language tag ('de', 'pt-BR')", ""},
		{"max_bytes", "a size ('500MiB', '4GiB')", "1GiB"},
		{"connect_timeout", "a duration ('500ms', '15s', '5m', '2h')", "15s"},
		{"idle_timeout", "a duration ('500ms', '15s', '5m', '2h')", "1m"},
		{"timeout", "a duration ('500ms', '15s', '5m', '2h')", "2h"},
		{"timezone", "a zone of IANA ('Europe/Warsaw'), 'UTC', or an offset ('+02:00')", "UTC"},
		{"retry", "a mapping of 'attempts' (default: 3), 'delay' (default: 1m), 'max_delay' (default: 1h)", ""},
		{"run_timeout", "a duration ('500ms', '15s', '5m', '2h')", ""},
		{"overlap", "'skip', 'queue'", "skip"},
		{"catalog", "a name: up to 64 of A-Z a-z 0-9 . _ -", "main"},
		{"id_prefix", "text of at most 64 bytes", ""},
	};
	struct buffer text;

	(void)state;
	buffer_init(&text, 4096);
	for (size_t index = 0; index < COUNT(rows); index++) {
		const struct option *option = option_find(OPTION_PLACE_JOB, slice_from(rows[index].name));
		buffer_clear(&text);
		option_append_values(option, &text);
		assert_string_equal(buffer_text(&text), rows[index].values);
		buffer_clear(&text);
		option_append_default(option, &text);
		assert_string_equal(buffer_text(&text), rows[index].default_text);
	}
	for (size_t index = 0; index < option_count(); index++) {
		buffer_clear(&text);
		option_append_values(option_at(index), &text);
		assert_true(text.size > 0);
	}
	buffer_release(&text);
}

static void option_defaults_are_the_limits(void **state)
{
	struct job_config job;

	(void)state;
	job_config_init(&job, "acme");
	assert_int_equal(job.max_bytes, LIMIT_WIRE_BYTES);
	assert_int_equal(job.connect_timeout_ms, LIMIT_CONNECT_TIMEOUT_MS);
	assert_int_equal(job.idle_timeout_ms, LIMIT_IDLE_TIMEOUT_MS);
	assert_int_equal(job.timeout_ms, LIMIT_FETCH_TIMEOUT_MS);
}

int option_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(option_table_is_sound),
		cmocka_unit_test(option_defaults_read_back_as_themselves),
		cmocka_unit_test(option_words_stand_in_the_order_of_their_values),
		cmocka_unit_test(option_knows_every_key_of_the_design),
		cmocka_unit_test(option_describes_itself_for_the_manual),
		cmocka_unit_test(option_defaults_are_the_limits),
	};

	return cmocka_run_group_tests_name("option", tests, NULL, NULL);
}
