/* Parsing the command line by the tables of commands and options. */
#include "cli/parse.h"

#include "base/suggest.h"

#include <string.h>

struct parser {
	char **rest; /* what is left of argv, NULL at its end */
	struct invocation *invocation;
};

static bool command_takes(const struct command *command, enum option_id option)
{
	if (option == OPTION_HELP)
		return true;
	for (size_t i = 0; i < command->option_count; i++) {
		if (command->options[i] == option)
			return true;
	}
	return false;
}

static enum option_id find_by_name(struct slice name)
{
	for (int i = 0; i < OPTION_COUNT; i++) {
		if (slice_equal_text(name, option_definitions[i].name))
			return (enum option_id)i;
	}
	return OPTION_COUNT;
}

/* A letter may mean one option of one command and another one of another. */
static enum option_id find_by_letter(const struct command *command, char letter)
{
	for (int i = 0; i < OPTION_COUNT; i++) {
		const char own = option_definitions[i].letter;
		if (own != '\0' && own == letter && command_takes(command, (enum option_id)i))
			return (enum option_id)i;
	}
	return OPTION_COUNT;
}

static int refuse_option(const struct parser *parser, struct slice name)
{
	const struct command *command = parser->invocation->command;
	const char *known[OPTION_COUNT];
	size_t count = 0;

	for (size_t i = 0; i < command->option_count; i++)
		known[count++] = option_definitions[command->options[i]].name;
	const char *nearest = suggest_nearest(name, known, count);
	if (nearest)
		return command_usage(parser->invocation, "'%s' has no option '--%.*s'; did you mean '--%s'?", command->name,
		                     (int)name.size, name.data, nearest);
	return command_usage(parser->invocation, "'%s' has no option '--%.*s'", command->name, (int)name.size, name.data);
}

static int set_option(struct parser *parser, enum option_id option, const char *value)
{
	const struct option_definition *definition = &option_definitions[option];

	if (definition->argument && !value) {
		value = *parser->rest;
		if (!value)
			return command_usage(parser->invocation, "the option '--%s' needs a value: --%s %s", definition->name,
			                     definition->name, definition->argument);
		parser->rest++;
	}
	if (option == OPTION_SET) {
		if (parser->invocation->set_count == OPTION_SETS_MAX)
			return command_usage(parser->invocation, "more than %d of '--set'", OPTION_SETS_MAX);
		parser->invocation->sets[parser->invocation->set_count++] = value;
	} else if (parser->invocation->options[option] && definition->argument)
		return command_usage(parser->invocation, "the option '--%s' is given twice", definition->name);
	parser->invocation->options[option] = value ? value : "";
	return EXIT_DONE;
}

static int parse_long(struct parser *parser, const char *word)
{
	struct slice name = slice_from(word);
	size_t equals = slice_find(name, (struct slice)SLICE("="));
	const char *value = NULL;

	if (equals != SIZE_MAX) {
		value = word + equals + 1;
		name.size = equals;
	}
	enum option_id option = find_by_name(name);
	if (option == OPTION_COUNT || !command_takes(parser->invocation->command, option))
		return refuse_option(parser, name);
	if (value && !option_definitions[option].argument)
		return command_usage(parser->invocation, "the option '--%s' takes no value", option_definitions[option].name);
	return set_option(parser, option, value);
}

static int parse_letters(struct parser *parser, const char *letters)
{
	for (; *letters; letters++) {
		enum option_id option = find_by_letter(parser->invocation->command, *letters);
		if (option == OPTION_COUNT)
			return command_usage(parser->invocation, "'%s' has no option '-%c'", parser->invocation->command->name,
			                     *letters);
		if (option_definitions[option].argument)
			return set_option(parser, option, letters[1] ? letters + 1 : NULL);
		int status = set_option(parser, option, NULL);
		if (status != EXIT_DONE)
			return status;
	}
	return EXIT_DONE;
}

static int find_command(struct invocation *invocation, const char *name)
{
	const char *known[32];
	size_t count = 0;

	invocation->command = command_find(name);
	if (invocation->command)
		return EXIT_DONE;
	for (size_t i = 0; i < command_count && count < sizeof(known) / sizeof(known[0]); i++)
		known[count++] = commands[i]->name;
	const char *nearest = suggest_nearest(slice_from(name), known, count);
	if (nearest)
		return command_usage(invocation, "there is no command '%s'; did you mean '%s'?", name, nearest);
	return command_usage(invocation, "there is no command '%s'", name);
}

static int check_arguments(const struct invocation *invocation)
{
	const struct command *command = invocation->command;

	if (option_given(invocation, OPTION_HELP))
		return EXIT_DONE;
	if (invocation->argument_count < command->arguments_min)
		return command_usage(invocation, "'%s' needs %s", command->name, command->arguments);
	if (invocation->argument_count > command->arguments_max)
		return command_usage(invocation, "'%s' does not know what to do with '%s'", command->name,
		                     invocation->arguments[command->arguments_max]);
	return EXIT_DONE;
}

int parse_command_line(int argc, char **argv, const char **arguments, struct invocation *invocation)
{
	struct parser parser = {.rest = argv + (argc > 1 ? 2 : argc), .invocation = invocation};
	bool only_arguments = false;
	int status = find_command(invocation, argc > 1 ? argv[1] : "help");

	invocation->arguments = arguments;
	while (status == EXIT_DONE && *parser.rest) {
		const char *word = *parser.rest++;
		if (only_arguments || word[0] != '-' || word[1] == '\0')
			arguments[invocation->argument_count++] = word;
		else if (strcmp(word, "--") == 0)
			only_arguments = true;
		else if (word[1] == '-')
			status = parse_long(&parser, word + 2);
		else
			status = parse_letters(&parser, word + 1);
	}
	return status == EXIT_DONE ? check_arguments(invocation) : status;
}
