/* References to secrets: what is one, what is not, and that no message repeats what may be a secret. */
#include "config/reference.h"

#include "config_tests.h"

#include <stdlib.h>
#include <string.h>

#define CANARY "canary-8d1f2c"

static const struct {
	const char *text;
	enum secret_kind kind;
	const char *described;
} good_rows[] = {
	{"vault:acme", SECRET_VAULT, "vault:acme"},
	{"credential:acme.token_2", SECRET_CREDENTIAL, "credential:acme.token_2"},
	{"env:ACME_TOKEN", SECRET_ENVIRONMENT, "env:ACME_TOKEN"},
	{"env:_x1", SECRET_ENVIRONMENT, "env:_x1"},
	{"file:/etc/feedmill/acme.key", SECRET_FILE, "file:/etc/feedmill/acme.key"},
	{"file:keys/acme key", SECRET_FILE, "file:/etc/feedmill/keys/acme key"},
	{"command:pass show acme/token", SECRET_COMMAND, "command:pass"},
	{"command: bin/secret  --name=acme ", SECRET_COMMAND, "command:/etc/feedmill/bin/secret"},
	{"command:/usr/bin/env", SECRET_COMMAND, "command:/usr/bin/env"},
};

static void references_are_read(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 20);
	const struct secret_reference_place place = {.arena = &arena, .folder = "/etc/feedmill"};
	for (size_t i = 0; i < COUNT(good_rows); i++) {
		struct secret_reference reference;
		struct error err = ERROR_INIT;
		char text[SECRET_REFERENCE_TEXT_SIZE];
		if (secret_reference_parse(slice_from(good_rows[i].text), &place, &reference, &err) < 0)
			fail_msg("%s: %s", good_rows[i].text, err.message);
		assert_int_equal(reference.kind, good_rows[i].kind);
		secret_reference_describe(&reference, text);
		assert_string_equal(text, good_rows[i].described);
		assert_int_equal(secret_reference_warning(&reference) != NULL, reference.kind == SECRET_ENVIRONMENT);
	}
	arena_release(&arena);
}

static void words_of_a_command_are_split_at_blanks(void **state)
{
	struct secret_reference reference;
	struct error err = ERROR_INIT;
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 20);
	const struct secret_reference_place place = {.arena = &arena, .folder = "."};
	assert_int_equal(secret_reference_parse(slice_from("command:op  read op://vault/acme/token"), &place, &reference, &err), 0);
	assert_int_equal(reference.argument_count, 3);
	assert_string_equal(reference.arguments[0], "op");
	assert_string_equal(reference.arguments[1], "read");
	assert_string_equal(reference.arguments[2], "op://vault/acme/token");
	assert_null(reference.arguments[3]);
	arena_release(&arena);
}

/* The word CANARY stands for what may be a secret. */
static const struct {
	const char *text;
	const char *message;
} bad_rows[] = {
	{CANARY, "store it with 'feedmill secret set acme', and write 'vault:acme'"},
	{"", "a secret is not written here"},
	{"user:" CANARY, "a secret is not written here"},
	{":" CANARY, "a secret is not written here"},
	{"https://" CANARY "/", "a secret is not written here"},
	{"valut:" CANARY, "did you mean 'vault:'?"},
	{"Vault:" CANARY, "did you mean 'vault:'?"},
	{"vault:", "the name behind 'vault:' is missing"},
	{"vault:" CANARY "/x", "is not a name"},
	{"vault: " CANARY, "is not a name"},
	{"credential:../" CANARY, "is not a name"},
	{"env:" CANARY, "is not the name of a variable"},
	{"env:1X", "is not the name of a variable"},
	{"file:", "the path behind 'file:' is missing"},
	{"file:///etc/" CANARY, "a path stands behind 'file:', not a URL"},
	{"file:~/" CANARY, "'~' is not expanded"},
	{"file:/x\n" CANARY, "is not a path"},
	{"command:", "the command names no program"},
	{"command:echo '" CANARY "'", "no shell reads"},
	{"command:echo $" CANARY, "no shell reads"},
	{"command:echo " CANARY "|cat", "no shell reads"},
	{"command:echo\t" CANARY, "no shell reads"},
};

static void what_is_no_reference_is_refused_and_not_repeated(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 20);
	const struct secret_reference_place place = {.arena = &arena, .folder = ".", .suggestion = "acme"};
	for (size_t i = 0; i < COUNT(bad_rows); i++) {
		struct secret_reference reference = {.kind = SECRET_NONE};
		struct error err = ERROR_INIT;
		assert_int_equal(secret_reference_parse(slice_from(bad_rows[i].text), &place, &reference, &err), -1);
		assert_int_equal(err.code, ERROR_CONFIG);
		if (strstr(err.message, bad_rows[i].message) == NULL)
			fail_msg("%s: %s", bad_rows[i].text, err.message);
		assert_null(strstr(err.message, CANARY));
		assert_int_equal(reference.kind, SECRET_NONE);
	}
	arena_release(&arena);
}

static void too_many_arguments_are_refused(void **state)
{
	struct buffer text;
	struct secret_reference reference;
	struct error err = ERROR_INIT;
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 20);
	buffer_init(&text, 1 << 16);
	const struct secret_reference_place place = {.arena = &arena, .folder = "."};
	assert_int_equal(buffer_append_text(&text, "command:p"), 0);
	for (size_t i = 1; i < SECRET_ARGUMENTS_MAX; i++)
		assert_int_equal(buffer_append_text(&text, " x"), 0);
	assert_int_equal(secret_reference_parse(buffer_slice(&text), &place, &reference, &err), 0);
	assert_int_equal(reference.argument_count, SECRET_ARGUMENTS_MAX);
	assert_int_equal(buffer_append_text(&text, " x"), 0);
	assert_int_equal(secret_reference_parse(buffer_slice(&text), &place, &reference, &err), -1);
	assert_non_null(strstr(err.message, "more than 64 arguments"));
	buffer_release(&text);
	arena_release(&arena);
}

/* Read the value of `k` in `text` as a reference; problems as printed, to be freed. */
static char *read_yaml(const char *text, struct arena *arena, struct secret_reference *ret_reference)
{
	struct yaml_document document;
	struct config_problems problems;
	struct error err = ERROR_INIT;
	config_problems_init(&problems);
	assert_int_equal(yaml_parse("acme.yaml", slice_from(text), &document, &problems, &err), 0);
	const struct secret_reference_place place = {
		.arena = arena, .folder = "/f", .suggestion = "acme", .document = &document, .problems = &problems};
	const struct yaml_node *node = yaml_find(document.root, "k");
	assert_non_null(node);
	assert_int_equal(secret_reference_read(&place, node, ret_reference, &err), 0);
	yaml_document_release(&document);
	char *printed = problems_printed(&problems);
	config_problems_release(&problems);
	return printed;
}

static void references_are_read_from_yaml(void **state)
{
	static const struct {
		const char *text;
		enum secret_kind kind;
		const char *printed;
	} rows[] = {
		{"k: vault:acme\n", SECRET_VAULT, ""},
		{"k: {command: [pass, \"a $b\", '']}\n", SECRET_COMMAND, ""},
		{"k: [vault:acme]\n", SECRET_NONE, "acme.yaml:1:4: k: expected one reference such as 'vault:NAME', not a list\n"},
		{"k: {command: []}\n", SECRET_NONE, "acme.yaml:1:4: k: the command names no program\n"},
		{"k: {command: [['" CANARY "']]}\n", SECRET_NONE, "acme.yaml:1:4: k: an argument of the command is not text\n"},
		{"k: {vault: " CANARY "}\n", SECRET_NONE,
	         "acme.yaml:1:4: k: a mapping here is {command: [PROGRAM, \"an argument\"]}; other references are text, such as 'vault:NAME'\n"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct secret_reference reference;
		struct arena arena;
		arena_init(&arena, 1 << 20);
		char *printed = read_yaml(rows[i].text, &arena, &reference);
		assert_string_equal(printed, rows[i].printed);
		assert_int_equal(reference.kind, rows[i].kind);
		if (reference.kind == SECRET_COMMAND) {
			assert_int_equal(reference.argument_count, 3);
			assert_string_equal(reference.arguments[1], "a $b");
			assert_string_equal(reference.arguments[2], "");
		}
		free(printed);
		arena_release(&arena);
	}
}

static void the_line_of_a_literal_is_not_shown(void **state)
{
	static const char *const texts[] = {"k: " CANARY "\n", "k: \"user:" CANARY "\"\n", "k: vault:" CANARY "/\n",
	                                    "k: {" CANARY ": x}\n", "k: [" CANARY "]\n"};
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct secret_reference reference;
		struct arena arena;
		arena_init(&arena, 1 << 20);
		char *printed = read_yaml(texts[i], &arena, &reference);
		assert_non_null(strstr(printed, "acme.yaml:1:4: k: "));
		assert_null(strstr(printed, CANARY));
		free(printed);
		arena_release(&arena);
	}
}

static void expect_settings(const char *text, const char *expected)
{
	struct config config;
	struct config_problems problems;
	struct error err = ERROR_INIT;
	workspace_write("feedmill.yaml", text);
	config_problems_init(&problems);
	assert_int_equal(config_load("feedmill.yaml", &config, &problems, &err), 0);
	char *printed = problems_printed(&problems);
	assert_null(strstr(printed, CANARY));
	if (strstr(printed, expected) == NULL)
		fail_msg("'%s' is not in: %s", expected, printed);
	if (expected[0] == '\0')
		assert_int_equal(problems.count, 0);
	free(printed);
	config_problems_release(&problems);
	config_release(&config);
}

static void the_key_of_the_vault_is_a_reference_too(void **state)
{
	(void)state;
	expect_settings("vault: keys/vault\nvault_key: file:keys/vault.key\n", "");
	expect_settings("vault_key: {command: [pass, vault]}\n", "");
	expect_settings("vault_key: " CANARY "\n", "feedmill.yaml:1:12: vault_key: a key is not written here");
	expect_settings("vault_key: vault:x\n", "the key of the vault cannot be in the vault");
	expect_settings("vault_key:\n", "vault_key: the value is missing");
	expect_settings("vault_kay: " CANARY "\n", "unknown key 'vault_kay'; did you mean 'vault_key'?");
}

static void a_vault_stands_beside_the_file_that_names_it(void **state)
{
	struct config config;
	struct config_problems problems;
	struct error err = ERROR_INIT;

	(void)state;
	workspace_write("etc/feedmill.yaml", "vault: keys/vault\nvault_key: file:vault.key\n");
	config_problems_init(&problems);
	assert_int_equal(config_load("etc/feedmill.yaml", &config, &problems, &err), 0);
	assert_string_equal(config.vault, "etc/keys/vault");
	assert_int_equal(config.vault_key.kind, SECRET_FILE);
	assert_string_equal(config.vault_key.name, "etc/vault.key");
	config_problems_release(&problems);
	config_release(&config);
}

int reference_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references_are_read),
		cmocka_unit_test(words_of_a_command_are_split_at_blanks),
		cmocka_unit_test(what_is_no_reference_is_refused_and_not_repeated),
		cmocka_unit_test(too_many_arguments_are_refused),
		cmocka_unit_test(references_are_read_from_yaml),
		cmocka_unit_test(the_line_of_a_literal_is_not_shown),
		cmocka_unit_test_setup_teardown(the_key_of_the_vault_is_a_reference_too, workspace_setup, workspace_teardown),
		cmocka_unit_test_setup_teardown(a_vault_stands_beside_the_file_that_names_it, workspace_setup, workspace_teardown),
	};

	return cmocka_run_group_tests_name("reference", tests, NULL, NULL);
}
