/* feedmill help: for people on a terminal, and as the manual page's source. Both are made from the tables of commands and options. */
#include "cli/command.h"

#include "base/slice.h"

#include <string.h>

static const enum option_id options[] = {OPTION_MAN};

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

/* Text for roff: backslashes, and dots or quotes at the start of a line, mean something there. */
static void print_roff(FILE *out, const char *text)
{
	bool at_start = true;

	for (; *text; text++) {
		if (at_start && (*text == '.' || *text == '\''))
			fputs("\\&", out);
		at_start = *text == '\n';
		if (*text == '\\')
			fputs("\\e", out);
		else if (*text == '-')
			fputs("\\-", out);
		else if (at_start && text[1] == '\n')
			fputs("\n.PP", out);
		else
			fputc(*text, out);
	}
}

static void print_roff_option(FILE *out, const struct option_definition *option)
{
	fputs(".TP\n", out);
	if (option->letter)
		fprintf(out, "\\fB\\-%c\\fR, ", option->letter);
	fputs("\\fB\\-\\-", out);
	print_roff(out, option->name);
	fputs("\\fR", out);
	if (option->argument)
		fprintf(out, " \\fI%s\\fR", option->argument);
	fputc('\n', out);
	print_roff(out, option->help);
	fputc('\n', out);
}

static void print_manual(const struct invocation *invocation)
{
	FILE *out = invocation->out;

	fputs(".TH FEEDMILL 1 \"\" \"feedmill " FEEDMILL_VERSION "\" \"User Commands\"\n"
	      ".SH NAME\nfeedmill \\- import product feeds into a market store\n"
	      ".SH SYNOPSIS\n.B feedmill\n.I COMMAND\n[\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...\n"
	      ".SH DESCRIPTION\nfeedmill fetches a product feed, proves it whole, works out exactly what would change, applies it in one transaction "
	      "and reports numbers that add up.\n"
	      ".SH COMMANDS\n",
	      out);
	for (size_t i = 0; i < command_count; i++) {
		fprintf(out, ".SS %s ", commands[i]->name);
		print_roff(out, commands[i]->arguments);
		fputc('\n', out);
		print_roff(out, commands[i]->summary);
		fputs(".\n", out);
		if (commands[i]->details) {
			fputs(".PP\n", out);
			print_roff(out, commands[i]->details);
			fputc('\n', out);
		}
		for (size_t k = 0; k < commands[i]->option_count; k++)
			print_roff_option(out, &option_definitions[commands[i]->options[k]]);
	}
	fputs(".SH FILES\n"
	      ".TP\n./feedmill.yaml, /etc/feedmill/feedmill.yaml\nThe configuration, unless \\fB\\-\\-config\\fR or \\fBFEEDMILL_CONFIG\\fR names another.\n"
	      ".TP\n$STATE_DIRECTORY, else $XDG_STATE_HOME/feedmill, else ~/.local/state/feedmill\nThe state folder: the spool of fetched feeds, and "
	      "\\fBmarket.db\\fR, the store, unless \\fB\\-\\-store\\fR or the configuration names another.\n"
	      ".SH ENVIRONMENT\n.TP\nNO_COLOR\nSet and not empty: no colours.\n"
	      ".SH EXIT STATUS\nEvery command but \\fBrun\\fR and \\fBcheck\\fR: 0 done; 1 failed; 2 usage or configuration; 75 temporary failure.\n",
	      out);
}

static int help(const struct invocation *invocation)
{
	if (option_given(invocation, OPTION_MAN))
		print_manual(invocation);
	else if (invocation->argument_count > 0)
		return print_command_help(invocation, invocation->arguments[0]);
	else
		print_overview(invocation);
	return EXIT_DONE;
}

const struct command command_help = {
	.name = "help",
	.arguments = "[COMMAND]",
	.summary = "explain feedmill, or one command",
	.arguments_max = 1,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = help,
};
