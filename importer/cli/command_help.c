/* feedmill help: for people on a terminal, and as the manual page's source. Both are made from the tables of commands and options. */
#include "cli/command.h"
#include "cli/completion.h"
#include "cli/manual.h"
#include "schedule/unit.h"
#include "schedule/unit_file.h"

#include <string.h>

#define CONFIGURATION_TOPIC "feedmill.yaml"

static const enum option_id options[] = {OPTION_MAN, OPTION_SCHEMA, OPTION_UNIT, OPTION_COMPLETION};

static void print_options(const struct invocation *invocation, const struct command *command)
{
	FILE *out = invocation->out;

	fputs("\noptions:\n", out);
	for (size_t i = 0; i <= command->option_count; i++) {
		const struct option_definition *option =
			&option_definitions[i < command->option_count ? command->options[i] : OPTION_HELP];
		char left[64];
		(void)snprintf(left, sizeof(left), "--%s%s%s", option->name, option->argument ? " " : "",
		               option->argument ? option->argument : "");
		if (option->letter)
			fprintf(out, "  -%c, %-30s %s\n", option->letter, left, option->help);
		else
			fprintf(out, "      %-30s %s\n", left, option->help);
	}
}

static int print_command_help(const struct invocation *invocation, const char *name)
{
	const struct command *command = command_find(name);

	if (!command)
		return command_usage(invocation, "there is no command '%s'", name);
	fprintf(invocation->out, "usage: feedmill %s %s\n\n%s\n", command->name, command->arguments, command->summary);
	if (command->details)
		fprintf(invocation->out, "\n%s\n", command->details);
	print_options(invocation, command);
	return EXIT_DONE;
}

static void print_overview(const struct invocation *invocation)
{
	FILE *out = invocation->out;

	fputs("feedmill imports product feeds: it fetches a feed, proves it whole, works out what would change,\n"
	      "applies it in one transaction, and reports numbers that add up.\n"
	      "\n"
	      "usage: feedmill COMMAND [OPTION]... [ARGUMENT]...\n"
	      "\n"
	      "commands:\n",
	      out);
	for (size_t i = 0; i < command_count; i++)
		fprintf(out, "  %-12s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\n"
	      "first steps:\n"
	      "  feedmill run https://shop.example/feed.xml    import it into the default store\n"
	      "  feedmill skus list --limit 10                 look at what came\n"
	      "  feedmill help run                             all about one command\n",
	      out);
}

/* A unit as it is installed with the program, for the configuration in /etc. */
static int print_unit(const struct invocation *invocation, const char *name)
{
	static const struct unit_setting setting = {
		.program = FEEDMILL_PROGRAM,
		.config = UNIT_CONFIGURATION_FOLDER "/feedmill.yaml",
		.credential = UNIT_CREDENTIAL,
		.daemon_grace_ms = UNIT_DAEMON_GRACE_MS,
	};
	struct buffer text;
	struct error err = ERROR_INIT;
	int status = EXIT_DONE;

	buffer_init(&text, UNIT_BYTES_MAX);
	int result = unit_append_common(name, &setting, &text, &err);
	if (result == 0 && (unit_file_sign(&text) < 0 || text.failed))
		result = error_set_memory(&err);
	if (result == 0)
		(void)fwrite(text.data, 1, text.size, invocation->out); /* checked when the output is flushed */
	else if (err.code == ERROR_NOT_FOUND)
		status = command_usage(invocation,
		                       "there is no unit '%s': '" UNIT_SERVICE "', '" UNIT_DAEMON "', '" UNIT_NOTIFY
		                       "' and '" UNIT_NOTIFY_TIMER "' are",
		                       name);
	else
		status = command_fail(invocation, &err);
	buffer_release(&text);
	return status;
}

static int print_completion(const struct invocation *invocation, const char *shell)
{
	if (strcmp(shell, "bash") != 0)
		return command_usage(invocation, "there is no completion for '%s', only for 'bash'", shell);
	completion_print_bash(invocation->out);
	return EXIT_DONE;
}

static int help(const struct invocation *invocation)
{
	const char *schema = invocation->options[OPTION_SCHEMA];
	const char *name = invocation->argument_count > 0 ? invocation->arguments[0] : NULL;

	if (schema && manual_print_schema(schema, invocation->out) < 0)
		return command_usage(invocation, "there is no schema '%s': 'feedmill', 'job' and 'connection' are", schema);
	if (schema)
		return EXIT_DONE;
	if (option_given(invocation, OPTION_UNIT))
		return print_unit(invocation, invocation->options[OPTION_UNIT]);
	if (option_given(invocation, OPTION_COMPLETION))
		return print_completion(invocation, invocation->options[OPTION_COMPLETION]);
	if (name && strcmp(name, CONFIGURATION_TOPIC) == 0)
		option_given(invocation, OPTION_MAN) ? manual_print_configuration(invocation->out)
						     : manual_print_keys(invocation->out);
	else if (option_given(invocation, OPTION_MAN))
		manual_print_commands(invocation->out);
	else if (name)
		return print_command_help(invocation, name);
	else
		print_overview(invocation);
	return EXIT_DONE;
}

const struct command command_help = {
	.name = "help",
	.arguments = "[COMMAND|feedmill.yaml]",
	.summary = "explain feedmill, one command, or the configuration",
	.arguments_max = 1,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = help,
};
