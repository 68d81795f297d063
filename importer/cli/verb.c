/* Choosing a verb, and checking what it was given. */
#include "cli/verb.h"

#include <string.h>

#define NAMES_SIZE 256

static int refuse_name(const struct invocation *invocation, const struct verb_table *table)
{
	char names[NAMES_SIZE] = "";
	for (size_t i = 0; i < table->count; i++) {
		const size_t size = strlen(names);
		const char *between = i == 0 ? "" : i + 1 < table->count ? ", " : " or ";
		(void)snprintf(names + size, sizeof(names) - size, "%s'%s'", between, table->verbs[i].name); /* cut */
	}
	return command_usage(invocation, "there is no '%s %s': say %s", invocation->command->name, invocation->arguments[0], names);
}

static bool is_listed(const enum option_id *options, size_t count, enum option_id option)
{
	for (size_t i = 0; i < count; i++) {
		if (options[i] == option)
			return true;
	}
	return false;
}

static int check_options(const struct invocation *invocation, const struct verb_table *table, const struct verb *verb)
{
	const struct command *command = invocation->command;
	for (size_t i = 0; i < command->option_count; i++) {
		const enum option_id option = command->options[i];
		if (option_given(invocation, option) && !is_listed(table->options, table->option_count, option) &&
		    !is_listed(verb->options, verb->option_count, option))
			return command_usage(invocation, "'%s %s' has no option '--%s'", command->name, verb->name,
			                     option_definitions[option].name);
	}
	return EXIT_DONE;
}

static int check(const struct invocation *invocation, const struct verb_table *table, const struct verb *verb)
{
	const char *command = invocation->command->name;
	const size_t count = invocation->argument_count - 1;
	if (count < verb->arguments_min)
		return command_usage(invocation, "'%s %s' needs %s", command, verb->name, verb->arguments);
	if (count > verb->arguments_max)
		return command_usage(invocation, "'%s %s' takes %s%s%s", command, verb->name,
		                     verb->arguments[0] != '\0' ? verb->arguments : "no argument",
		                     verb->arguments[0] != '\0' ? " and no more" : "", table->excess != NULL ? table->excess : "");
	return check_options(invocation, table, verb);
}

int verb_run(const struct invocation *invocation, const struct verb_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct verb *verb = &table->verbs[i];
		if (strcmp(verb->name, invocation->arguments[0]) != 0)
			continue;
		struct invocation behind = *invocation;
		const int status = check(invocation, table, verb);
		behind.arguments++;
		behind.argument_count--;
		return status == EXIT_DONE ? verb->run(&behind) : status;
	}
	return refuse_name(invocation, table);
}
