/* feedmill secret: the vault's entries and keys. Values come from the terminal or standard input, and nothing prints one. */
#include "cli/output.h"
#include "cli/prompt.h"
#include "cli/secrets.h"
#include "cli/verb.h"
#include "secret/vault.h"
#include "secret/vault_file.h"

#include <string.h>
#include <unistd.h>

/* One call of the command. */
struct task {
	const struct invocation *invocation;
	struct secret_resolver resolver;
	const char *argument; /* NULL where there is none */
};

static struct vault_change make_change(const struct task *task, const struct secret *key)
{
	const struct invocation *invocation = task->invocation;

	return (struct vault_change){.path = task->resolver.vault_path, .key = key, .now_ms = clock_now_ms(&invocation->clock)};
}

static int get_value(const struct task *task, struct secret *ret_value, struct error *err)
{
	int result;

	if (isatty(STDIN_FILENO) == 1)
		result = prompt_secret_twice(task->invocation, "value of the secret: ", ret_value, err);
	else
		result = secret_read_all(STDIN_FILENO, ret_value, err);
	return result < 0 && err->code == ERROR_SECRET ? error_wrap(err, "the value") : result;
}

static int set(struct task *task, struct error *err)
{
	const struct slice name = slice_from(task->argument);
	struct secret key = SECRET_INIT;
	struct secret value = SECRET_INIT;
	bool is_new = false;
	int result = -1;

	if (!config_name_is_valid(name))
		(void)error_set(err, ERROR_USAGE,
		                "a secret's name is up to 64 of A-Z a-z 0-9 . _ -, and begins with none of '.' and '-'");
	else
		result = secrets_get_vault_key(task->invocation, &task->resolver, &key, err);
	if (result == 0)
		result = get_value(task, &value, err);
	const struct vault_change change = make_change(task, &key);
	if (result == 0)
		result = vault_set(&change, name, &value, &is_new, err);
	if (result == 0)
		fprintf(task->invocation->out, "%s '%s' in '%s'; write 'vault:%s' where it is needed\n",
		        is_new ? "stored" : "replaced", task->argument, change.path, task->argument);
	secret_release(&value);
	secret_release(&key);
	return result;
}

static int print_entries(const struct task *task, struct error *err)
{
	struct output output;
	const struct vault *vault = task->resolver.vault;
	int result = 0;

	output_init(&output, task->invocation, false);
	const struct store_row_sink sink = output_sink(&output);
	for (size_t i = 0; result == 0 && i < vault_count(vault); i++) {
		const struct vault_entry entry = vault_entry_at(vault, i);
		const struct store_value values[] = {
			{.name = "name", .type = STORE_TEXT, .text = slice_from(entry.name)},
			{.name = "created_at_ms", .type = STORE_INTEGER, .integer = entry.created_at_ms},
			{.name = "changed_at_ms", .type = STORE_INTEGER, .integer = entry.changed_at_ms},
		};
		result = sink.row(sink.context, values, sizeof(values) / sizeof(values[0]), err);
	}
	output_finish(&output);
	return result;
}

static int list(struct task *task, struct error *err)
{
	struct secret key = SECRET_INIT;

	if (!secrets_have_vault(&task->resolver)) {
		fprintf(task->invocation->errors, "feedmill: no secrets: there is no vault '%s' yet\n", task->resolver.vault_path);
		return 0;
	}
	const int result = secret_resolver_open_vault(&task->resolver, &key, err);
	secret_release(&key);
	return result < 0 ? -1 : print_entries(task, err);
}

static int remove_entry(struct task *task, struct error *err)
{
	struct secret key = SECRET_INIT;
	int result = secret_resolver_open_vault(&task->resolver, &key, err);
	const struct vault_change change = make_change(task, &key);

	if (result == 0)
		result = vault_remove(&change, slice_from(task->argument), err);
	if (result == 0)
		fprintf(task->invocation->out, "removed '%s' from '%s'\n", task->argument, change.path);
	secret_release(&key);
	return result;
}

static int rotate(struct task *task, struct error *err)
{
	const bool has_new = option_given(task->invocation, OPTION_PASSPHRASE);
	struct secret key = SECRET_INIT;
	struct secret new_key = SECRET_INIT;
	size_t dropped = 0;
	int result = secret_resolver_open_vault(&task->resolver, &key, err);
	const struct vault_change change = make_change(task, &key);

	if (result == 0 && has_new)
		result = prompt_secret_twice(task->invocation, "new passphrase of the vault: ", &new_key, err);
	if (result == 0)
		result = vault_rotate(&change, has_new ? &new_key : NULL, &dropped, err);
	if (result == 0)
		fprintf(task->invocation->out, "'%s': secrets encrypted anew: %zu; keys that open the vault no longer: %zu\n",
		        change.path, vault_count(task->resolver.vault), dropped);
	secret_release(&new_key);
	secret_release(&key);
	return result;
}

/* The key with a line end behind it, into a file that is there whole or not at all. */
static int write_key_file(const struct task *task, const struct secret *key, struct error *err)
{
	const struct vault_owner owner = {.user = (uid_t)-1, .group = (gid_t)-1};
	struct secret line = SECRET_INIT;

	if (secret_reserve(&line, key->size + 1, err) < 0)
		return -1;
	memcpy(line.data, key->data, key->size);
	line.data[key->size] = '\n';
	line.size = key->size + 1;
	const int result = vault_file_write(task->argument, secret_slice(&line), &owner, err);
	secret_release(&line);
	return result < 0 && err->code == ERROR_SYSTEM ? error_wrap(err, "'%s'", task->argument) : result;
}

static int write_key(const struct task *task, const struct secret *key, struct error *err)
{
	if (task->argument)
		return write_key_file(task, key, err);
	(void)fwrite(key->data, 1, key->size, task->invocation->out); /* checked when the output is flushed */
	(void)fputc('\n', task->invocation->out);
	return 0;
}

static int check_target(const struct task *task, struct error *err)
{
	if (!task->argument && task->invocation->is_out_terminal)
		return error_set(err, ERROR_USAGE, "a key is not shown on a terminal: name a FILE, or send it to a program");
	if (task->argument && !option_given(task->invocation, OPTION_FORCE) && access(task->argument, F_OK) == 0)
		return error_set(err, ERROR_USAGE, "the file '%s' is there; '--force' replaces it, and what it opens may be lost",
		                 task->argument);
	return 0;
}

/*
 * A key that nobody has does no harm to a vault that others open, but must not
 * be the only one: the key of a new vault is written before the vault, else after it.
 */
static int export_key(struct task *task, struct error *err)
{
	const bool is_there = secrets_have_vault(&task->resolver);
	struct secret key = SECRET_INIT;
	struct secret new_key = SECRET_INIT;
	int result = check_target(task, err);
	const struct vault_change change = make_change(task, is_there ? &key : NULL);

	if (result == 0 && is_there)
		result = secret_resolver_open_vault(&task->resolver, &key, err);
	if (result == 0)
		result = vault_key_generate(&new_key, err);
	if (result == 0 && !is_there)
		result = write_key(task, &new_key, err);
	if (result == 0)
		result = vault_add_key(&change, &new_key, err);
	if (result == 0 && is_there)
		result = write_key(task, &new_key, err);
	if (result == 0 && task->argument)
		fprintf(task->invocation->out,
		        "'%s' opens the vault '%s'; write 'vault_key: file:PATH' with its path into feedmill.yaml\n",
		        task->argument, change.path);
	secret_release(&new_key);
	secret_release(&key);
	return result;
}

static int run(const struct invocation *invocation, int (*work)(struct task *task, struct error *err))
{
	struct task task = {.invocation = invocation, .argument = invocation->argument_count > 0 ? invocation->arguments[0] : NULL};
	struct setting setting;
	struct error err = ERROR_INIT;
	int status = setting_load(invocation, &setting);

	if (status != EXIT_DONE)
		return status;
	secret_guard_process();
	int result = secrets_open(invocation, &setting, &task.resolver, &err);
	const char *warning = secret_reference_warning(&setting.config.vault_key);
	if (warning)
		fprintf(invocation->errors, "feedmill: warning: vault_key: %s\n", warning);
	if (result == 0)
		result = work(&task, &err);
	if (result < 0)
		status = command_fail(invocation, &err);
	if (result < 0 && *invocation->stop_signal != 0)
		status = 128 + (int)*invocation->stop_signal;
	secret_resolver_release(&task.resolver);
	setting_release(&setting);
	return status;
}

static int run_set(const struct invocation *invocation)
{
	return run(invocation, set);
}

static int run_list(const struct invocation *invocation)
{
	return run(invocation, list);
}

static int run_remove(const struct invocation *invocation)
{
	return run(invocation, remove_entry);
}

static int run_rotate(const struct invocation *invocation)
{
	return run(invocation, rotate);
}

static int run_export_key(const struct invocation *invocation)
{
	return run(invocation, export_key);
}

static const enum option_id list_options[] = {OPTION_JSON};
static const enum option_id rotate_options[] = {OPTION_PASSPHRASE};
static const enum option_id export_options[] = {OPTION_FORCE};

static const struct verb verbs[] = {
	{.name = "set", .arguments = "NAME", .arguments_min = 1, .arguments_max = 1, .run = run_set},
	{.name = "list", .arguments = "", .run = run_list, VERB_OPTIONS(list_options)},
	{.name = "remove", .arguments = "NAME", .arguments_min = 1, .arguments_max = 1, .run = run_remove},
	{.name = "rotate", .arguments = "", .run = run_rotate, VERB_OPTIONS(rotate_options)},
	{.name = "export-key", .arguments = "FILE", .arguments_max = 1, .run = run_export_key, VERB_OPTIONS(export_options)},
};

static const enum option_id common_options[] = {OPTION_CONFIG};

static int secret(const struct invocation *invocation)
{
	const struct verb_table table = {
		.verbs = verbs,
		.count = sizeof(verbs) / sizeof(verbs[0]),
		VERB_OPTIONS(common_options),
		.excess = "; a value never stands on the command line, where others can see it",
	};

	return verb_run(invocation, &table);
}

static const enum option_id options[] = {OPTION_CONFIG, OPTION_PASSPHRASE, OPTION_FORCE, OPTION_JSON};

const struct command command_secret = {
	.name = "secret",
	.arguments = "set NAME | list | remove NAME | rotate | export-key [FILE]",
	.summary = "keep secrets in the vault, an encrypted file; configuration has references to them",
	.details =
		"'set' asks for the value at the terminal, twice and without showing it, or reads standard input; a value is never an argument.\n"
		"Where there is no vault, it is made. 'list' prints names and dates; nothing prints a value.\n"
		"'rotate' encrypts everything anew under a new data key; only the key or passphrase that opened the vault opens it afterwards, or,\n"
		"with '--passphrase', the new one. 'export-key' makes a key that opens the vault too, and writes it to FILE, or to standard output\n"
		"for a program such as 'systemd-creds encrypt - vault.cred'; with it, services open the vault without a person.\n"
		"\n"
		"The vault is the file that 'vault' in feedmill.yaml names, else the file vault in the state folder. Its key or passphrase is where\n"
		"'vault_key' says, else the passphrase is asked for. feedmill.yaml(5) has more under SECRETS.\n"
		"\n"
		"Exit status: 0 done; 1 failed; 2 usage or configuration; 128+n stopped by signal n.",
	.arguments_min = 1,
	.arguments_max = 16,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.handles_signals = true,
	.run = secret,
};
