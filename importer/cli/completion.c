/* Completion for bash, made from the tables of commands and options. */
#include "cli/completion.h"

#include "cli/command.h"

#include <string.h>

static void print_words(FILE *out, const struct command *command)
{
	for (size_t i = 0; i < command->option_count; i++)
		fprintf(out, "--%s ", option_definitions[command->options[i]].name);
	fputs("--help", out);
}

/* Words in a usage line that stand for themselves: 'set NAME | list' has 'set' and 'list', '[COMMAND|feedmill.yaml]' has 'feedmill.yaml'. */
static void print_verbs(FILE *out, const char *usage)
{
	static const char separators[] = " |[].";
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz-";
	while (*usage != '\0') {
		const size_t size = strcspn(usage, separators);
		if (size > 0 && strspn(usage, letters) >= size)
			fprintf(out, " %.*s", (int)size, usage);
		usage += size;
		usage += strspn(usage, separators);
	}
}

/* Options of any command whose value stands apart. */
static void print_options_with_argument(FILE *out)
{
	const char *separator = "";
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (option_definitions[i].argument == NULL)
			continue;
		fprintf(out, "%s--%s", separator, option_definitions[i].name);
		if (option_definitions[i].letter != '\0')
			fprintf(out, "|-%c", option_definitions[i].letter);
		separator = "|";
	}
}

static void print_command(FILE *out, const struct command *command)
{
	fprintf(out, "\t%s)\n\t\toptions='", command->name);
	print_words(out, command);
	fputs("'\n\t\twords='", out);
	print_verbs(out, command->arguments);
	fputs("'\n", out);
	if (strstr(command->arguments, "JOB") != NULL || strstr(command->arguments, "RUN") != NULL)
		fputs("\t\twords+=\" $(_feedmill_jobs)\"\n", out);
	fputs("\t\t;;\n", out);
}

void completion_print_bash(FILE *out)
{
	fputs("# Completion of feedmill for bash, made by 'feedmill help --completion bash'.\n"
	      "\n"
	      "_feedmill_jobs()\n"
	      "{\n"
	      "\t\"${COMP_WORDS[0]}\" jobs --json 2>/dev/null | sed -n 's/^{\"job\":\"\\([A-Za-z0-9._-]*\\)\".*/\\1/p'\n"
	      "}\n"
	      "\n"
	      "_feedmill()\n"
	      "{\n"
	      "\tlocal current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} options= words=\n"
	      "\tCOMPREPLY=()\n"
	      "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W '",
	      out);
	for (size_t i = 0; i < command_count; i++)
		fprintf(out, "%s%s", i > 0 ? " " : "", commands[i]->name);
	fputs("' -- \"$current\")\n"
	      "\t\treturn\n"
	      "\tfi\n"
	      "\tcase $previous in\n\t",
	      out);
	print_options_with_argument(out);
	fputs(")\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
	      "\t\treturn\n"
	      "\t\t;;\n"
	      "\tesac\n"
	      "\tcase ${COMP_WORDS[1]} in\n",
	      out);
	for (size_t i = 0; i < command_count; i++)
		print_command(out, commands[i]);
	fputs("\tesac\n"
	      "\tcase $current in\n"
	      "\t-*)\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$current\")\n"
	      "\t\t;;\n"
	      "\t*)\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\"; compgen -f -- \"$current\")\n"
	      "\t\t;;\n"
	      "\tesac\n"
	      "}\n"
	      "\n"
	      "complete -o filenames -F _feedmill feedmill\n",
	      out);
}
