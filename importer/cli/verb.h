/*
 * Words that say what a command does ('job pause'): each is a line of the
 * command's table, by which arguments and options are checked.
 */
#pragma once

#include "cli/command.h"

struct verb {
	const char *name;
	const char *arguments; /* for the usage: 'JOB NEW'; '' = none */
	size_t arguments_min;  /* behind the verb */
	size_t arguments_max;
	const enum option_id *options; /* beside those of the table */
	size_t option_count;
	/* Exit status. The invocation's arguments are those behind the verb. */
	int (*run)(const struct invocation *invocation);
};

#define VERB_OPTIONS(list) .options = (list), .option_count = sizeof(list) / sizeof((list)[0])

struct verb_table {
	const struct verb *verbs;
	size_t count;
	const enum option_id *options; /* that every verb takes */
	size_t option_count;
	const char *excess; /* what is said besides where there are too many arguments, or NULL */
};

/*
 * Run the verb that the first argument names, of which the command has at least one. Returns an exit status, EXIT_USAGE where
 * arguments or options are not the verb's; an argument that is one too many is not repeated: it may be a value.
 */
int verb_run(const struct invocation *invocation, const struct verb_table *table);
