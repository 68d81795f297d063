/* feedmill connection: list and show connections, explain the kinds, and try one out. */
#include "cli/connection_change.h"
#include "cli/connection_keygen.h"
#include "cli/connection_test.h"
#include "cli/listing.h"
#include "cli/verb.h"
#include "connection/kind.h"

#include <string.h>

#define REFERENCES_BYTES_MAX ((size_t)256 * 1024)

static const enum option_id options[] = {OPTION_CONFIG, OPTION_NETWORK, OPTION_CACERT, OPTION_ALGORITHM,
                                         OPTION_KIND,   OPTION_SET,     OPTION_FORCE,  OPTION_JSON};

static struct store_value text_value(const char *name, const char *text)
{
	return (struct store_value){.name = name, .type = text ? STORE_TEXT : STORE_NULL, .text = slice_from(text)};
}

static int64_t job_count(const struct setting *setting, const struct connection *connection)
{
	int64_t count = 0;

	for (size_t i = 0; i < setting->config.job_count; i++) {
		const char *name = setting->config.jobs[i].connection;
		count += name && strcmp(name, connection->name) == 0;
	}
	return count;
}

static const char *allowed_url(const struct connection *connection)
{
	return connection->has_allowed_url ? connection->allowed_url.url.text : NULL;
}

/* ---- list ---- */

static int list(const struct invocation *invocation, struct setting *setting, struct error *err)
{
	struct output output;
	struct store_row_sink sink = output_sink(&output);
	int result = 0;

	output_init(&output, invocation, false);
	for (size_t i = 0; result == 0 && i < setting->connections.count; i++) {
		const struct connection *connection = &setting->connections.items[i];
		const struct store_value values[] = {
			text_value("connection", connection->name),
			text_value("kind", connection->kind->name),
			{.name = "jobs", .type = STORE_INTEGER, .integer = job_count(setting, connection)},
			text_value("allowed_url", allowed_url(connection)),
			text_value("description", connection->description),
		};
		result = sink.row(sink.context, values, sizeof(values) / sizeof(values[0]), err);
	}
	output_finish(&output);
	if (result == 0 && setting->connections.count == 0 && !output.as_json && invocation->is_out_terminal)
		fputs("no connections\n", invocation->errors);
	return result < 0 ? -1 : EXIT_DONE;
}

/* ---- show ---- */

/* One field: of secrets the reference, of headers the names. False where it is not given. */
static bool append_field(const struct connection *connection, size_t field, struct buffer *text)
{
	char reference[SECRET_REFERENCE_TEXT_SIZE];

	switch (connection_field_at(connection, field)->type) {
	case CONNECTION_FIELD_SECRET:
		if (connection->references[field].kind == SECRET_NONE)
			return false;
		secret_reference_describe(&connection->references[field], reference);
		(void)buffer_append_text(text, reference); /* failure sticks */
		return true;
	case CONNECTION_FIELD_HEADERS:
	case CONNECTION_FIELD_TEXTS:
	case CONNECTION_FIELD_PAIRS:
		for (size_t i = 0; i < connection->header_count; i++) {
			(void)buffer_append_text(text, i > 0 ? ", " : "");
			(void)buffer_append_slice(text, connection->headers[i].name);
		}
		return connection->header_count > 0;
	case CONNECTION_FIELD_TEXT:
	case CONNECTION_FIELD_PATH:
	case CONNECTION_FIELD_CHOICE:
		break;
	}
	if (!connection->texts[field])
		return false;
	(void)buffer_append_text(text, connection->texts[field]);
	return true;
}

static int append_fields(const struct connection *connection, struct arena *arena, struct store_value *values, size_t *count,
                         struct error *err)
{
	for (size_t i = 0; i < CONNECTION_FIELDS_MAX; i++) {
		const struct connection_field *field = connection_field_at(connection, i);
		struct buffer text;
		struct slice kept = {0};
		bool is_kept = true;

		if (!field)
			continue;
		buffer_init(&text, REFERENCES_BYTES_MAX);
		if (append_field(connection, i, &text)) {
			is_kept = !text.failed && arena_copy(arena, buffer_slice(&text), &kept);
			values[*count] = (struct store_value){.name = field->name, .type = STORE_TEXT, .text = kept};
			*count += 1;
		}
		buffer_release(&text);
		if (!is_kept)
			return error_set_memory(err);
	}
	return 0;
}

static int show(const struct invocation *invocation, struct setting *setting, const struct connection *connection,
                struct error *err)
{
	static const char *const networks[] = {
		[CONNECTION_NETWORK_OF_JOB] = NULL,
		[CONNECTION_NETWORK_PUBLIC] = "public",
		[CONNECTION_NETWORK_PRIVATE] = "private",
	};
	struct output output;
	struct store_row_sink sink = output_sink(&output);
	struct store_value values[CONNECTION_FIELDS_MAX + 12] = {
		text_value("connection", connection->name),
		text_value("kind", connection->kind->name),
		text_value("file", connection->file),
		text_value("revision", connection->revision),
		text_value("description", connection->description),
		text_value("allowed_url", allowed_url(connection)),
		text_value("redirect_outside", connection->denies_outside ? "deny" : "withhold"),
		text_value("insecure_http", connection->allows_insecure_http ? "true" : "false"),
		text_value("network", networks[connection->network]),
		{.name = "jobs", .type = STORE_INTEGER, .integer = job_count(setting, connection)},
	};
	size_t count = 10;

	if (append_fields(connection, &setting->arena, values, &count, err) < 0)
		return -1;
	output_init(&output, invocation, true);
	const int result = sink.row(sink.context, values, count, err);
	output_finish(&output);
	return result < 0 ? -1 : EXIT_DONE;
}

/* ---- kinds ---- */

static const char *field_values(const struct connection_field *field)
{
	static const char *const texts[] = {
		[CONNECTION_FIELD_TEXT] = "text",
		[CONNECTION_FIELD_SECRET] = "reference to a secret",
		[CONNECTION_FIELD_PATH] = "path",
		[CONNECTION_FIELD_CHOICE] = "word",
		[CONNECTION_FIELD_HEADERS] = "names and references to secrets",
		[CONNECTION_FIELD_TEXTS] = "names and texts",
		[CONNECTION_FIELD_PAIRS] = "names and texts",
	};
	return texts[field->type];
}

static int print_kind_field(struct store_row_sink sink, const char *kind, const struct connection_field *field, struct error *err)
{
	const struct store_value values[] = {
		text_value("kind", kind),
		text_value("key", field ? field->name : NULL),
		text_value("needed", field ? (field->is_required ? "yes" : "no") : NULL),
		text_value("value", field ? field_values(field) : NULL),
		text_value("help", field ? field->help : NULL),
	};
	return sink.row(sink.context, values, sizeof(values) / sizeof(values[0]), err);
}

static int kinds(const struct invocation *invocation, struct error *err)
{
	struct output output;
	struct store_row_sink sink = output_sink(&output);
	int result = 0;

	output_init(&output, invocation, false);
	for (size_t i = 0; result == 0 && i < connection_kind_count(); i++) {
		const struct connection_kind *kind = connection_kind_at(i);
		if (kind->field_count == 0)
			result = print_kind_field(sink, kind->name, NULL, err);
		for (size_t k = 0; result == 0 && k < kind->field_count; k++)
			result = print_kind_field(sink, kind->name, &kind->fields[k], err);
	}
	output_finish(&output);
	return result < 0 ? -1 : EXIT_DONE;
}

/* ---- the command ---- */

/* With the setting and its connections. */
static int run(const struct invocation *invocation,
               int (*work)(const struct invocation *invocation, struct setting *setting, struct error *err))
{
	struct setting setting;
	struct error err = ERROR_INIT;
	int status = setting_load(invocation, &setting);

	if (status != EXIT_DONE)
		return status;
	status = setting_load_connections(invocation, &setting);
	if (status == EXIT_DONE)
		status = work(invocation, &setting, &err);
	if (status < 0)
		status = err.code == ERROR_CANCELLED ? 128 + (int)err.number : command_fail(invocation, &err);
	setting_release(&setting);
	return status;
}

static const struct connection *find(const struct invocation *invocation, const struct setting *setting, struct error *err)
{
	const char *name = invocation->arguments[0];
	const struct connection *connection = connections_find(&setting->connections, slice_from(name));

	if (!connection)
		(void)error_set(err, ERROR_NOT_FOUND, "there is no connection '%s'; 'feedmill connection list' lists them", name);
	return connection;
}

static int show_named(const struct invocation *invocation, struct setting *setting, struct error *err)
{
	const struct connection *connection = find(invocation, setting, err);

	return connection ? show(invocation, setting, connection, err) : -1;
}

static int test_named(const struct invocation *invocation, struct setting *setting, struct error *err)
{
	const struct connection *connection = find(invocation, setting, err);

	return connection ? connection_test(invocation, setting, connection, err) : -1;
}

static int run_list(const struct invocation *invocation)
{
	return run(invocation, list);
}

static int run_show(const struct invocation *invocation)
{
	return run(invocation, show_named);
}

static int run_test(const struct invocation *invocation)
{
	return run(invocation, test_named);
}

static int run_kinds(const struct invocation *invocation)
{
	struct error err = ERROR_INIT;

	return kinds(invocation, &err) < 0 ? command_fail(invocation, &err) : EXIT_DONE;
}

static const enum option_id json_options[] = {OPTION_JSON};
static const enum option_id add_options[] = {OPTION_KIND, OPTION_SET};
static const enum option_id remove_options[] = {OPTION_FORCE};
static const enum option_id test_options[] = {OPTION_NETWORK, OPTION_CACERT, OPTION_JSON};
static const enum option_id keygen_options[] = {OPTION_ALGORITHM, OPTION_FORCE};
static const enum option_id public_key_options[] = {OPTION_ALGORITHM};

#define ONE(word) .arguments = (word), .arguments_min = 1, .arguments_max = 1

static const struct verb verbs[] = {
	{.name = "list", .arguments = "", .run = run_list, VERB_OPTIONS(json_options)},
	{.name = "kinds", .arguments = "", .run = run_kinds, VERB_OPTIONS(json_options)},
	{.name = "show", ONE("NAME"), .run = run_show, VERB_OPTIONS(json_options)},
	{.name = "add", ONE("NAME"), .run = connection_add, VERB_OPTIONS(add_options)},
	{.name = "edit", ONE("NAME"), .run = connection_edit},
	{.name = "remove", ONE("NAME"), .run = connection_remove, VERB_OPTIONS(remove_options)},
	{.name = "test",
         .arguments = "NAME [URL]",
         .arguments_min = 1,
         .arguments_max = 2,
         .run = run_test,
         VERB_OPTIONS(test_options)},
	{.name = "keygen", ONE("REFERENCE"), .run = connection_keygen, VERB_OPTIONS(keygen_options)},
	{.name = "public-key", ONE("REFERENCE"), .run = connection_public_key, VERB_OPTIONS(public_key_options)},
};

static const enum option_id common_options[] = {OPTION_CONFIG};

static int connection(const struct invocation *invocation)
{
	const struct verb_table table = {
		.verbs = verbs,
		.count = sizeof(verbs) / sizeof(verbs[0]),
		VERB_OPTIONS(common_options),
	};

	return verb_run(invocation, &table);
}

const struct command command_connection = {
	.name = "connection",
	.arguments =
		"list | kinds | show NAME | add NAME | edit NAME | remove NAME | test NAME [URL] | keygen REFERENCE | public-key REFERENCE",
	.summary = "list, show, add, edit and remove connections, which authenticate requests for feeds; try one out",
	.details =
		"A connection is a YAML file in the folder 'connections', and a job names it by 'connection: NAME'. 'kinds' lists what there is\n"
		"and the keys of each. 'show' prints references to secrets and names of headers, never a value.\n"
		"\n"
		"'add' writes a connection from --kind and --set; at a terminal it asks for what these leave out. A secret that is typed goes to\n"
		"the vault, to an entry CONNECTION-FIELD; one that is there is not replaced. 'edit' opens a copy in the editor\n"
		"($VISUAL, $EDITOR) and takes it only if it is a connection; else it says where the copy is. 'remove' refuses while jobs use the\n"
		"connection. A file is checked before it is put in its place, whole, and counts from the next run.\n"
		"\n"
		"    feedmill connection add acme --kind basic --set user=shop-17 --set password=vault:acme\n"
		"    pass show acme | feedmill connection add acme --kind bearer --set token=-\n"
		"\n"
		"'test' has every secret, asks for URL, or for the source of the first job with this connection, and says how it was answered:\n"
		"each request, for tokens too, with its secrets masked, the head of the answer, how long that took, and the server's certificate.\n"
		"It reads the first bytes of a feed and imports nothing.\n"
		"\n"
		"'keygen' makes a pair of keys for the kind 'jwt', as 'openssl ecparam -name secp384r1 -genkey -noout' does. The private key goes\n"
		"into the vault ('vault:NAME') or into a file of ours alone ('file:PATH'), and the public one to standard output, for the service;\n"
		"'public-key' prints it again.\n"
		"\n"
		"Exit status of 'test': 0 where a feed is sent, or is empty; 1 where it is refused or outside of the Allowed URL; 2 configuration;\n"
		"75 where another try may help.",
	.arguments_min = 1,
	.arguments_max = 3,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.handles_signals = true,
	.run = connection,
};
