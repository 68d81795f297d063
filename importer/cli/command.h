/*
 * Commands and their options, as tables: the parser, the help and the manual
 * are made from them. A command is a file with one const entry.
 */
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "cage/cage.h"

#include <signal.h>
#include <stdio.h>

enum option_id {
	OPTION_CONFIG,
	OPTION_STORE,
	OPTION_CATALOG,
	OPTION_DIALECT,
	OPTION_CONNECTION,
	OPTION_AS,
	OPTION_MISSING,
	OPTION_NETWORK,
	OPTION_CACERT,
	OPTION_DRY_RUN,
	OPTION_FULL,
	OPTION_SCHEDULED,
	OPTION_WAIT,
	OPTION_KEEP_LATER,
	OPTION_JOB,
	OPTION_STATUS,
	OPTION_PRODUCT,
	OPTION_CATEGORY,
	OPTION_CODE,
	OPTION_LIST,
	OPTION_LIMIT,
	OPTION_TIMES,
	OPTION_AFTER,
	OPTION_EXPLAIN,
	OPTION_WRITE,
	OPTION_FORCE,
	OPTION_DAEMON,
	OPTION_USER,
	OPTION_DIRECTORY,
	OPTION_ON_FAILURE,
	OPTION_NOW,
	OPTION_MISSED,
	OPTION_REASON,
	OPTION_UNTIL,
	OPTION_PASSPHRASE,
	OPTION_ALGORITHM,
	OPTION_KIND,
	OPTION_SET,
	OPTION_JSON,
	OPTION_VERBOSE,
	OPTION_YES,
	OPTION_MAN,
	OPTION_SCHEMA,
	OPTION_UNIT,
	OPTION_COMPLETION,
	OPTION_HELP,
	OPTION_COUNT
};

struct option_definition {
	const char *name;     /* without the dashes */
	char letter;          /* '\0' = none */
	const char *argument; /* 'FILE', or NULL for a switch */
	const char *help;
};

extern const struct option_definition option_definitions[OPTION_COUNT];

#define OPTION_SETS_MAX 64

/* What a command is called with; text is borrowed from argv and environment. */
struct invocation {
	const struct command *command;
	const char *const *arguments;
	size_t argument_count;
	const char *options[OPTION_COUNT]; /* value, "" for a switch that was given, NULL where not given */
	const char *sets[OPTION_SETS_MAX]; /* of --set, which may be given again and again */
	size_t set_count;
	struct clock clock;
	volatile sig_atomic_t *stop_signal;
	FILE *out;
	FILE *errors;
	bool is_out_terminal;
	bool is_errors_terminal;
	bool use_colour;
};

struct command {
	const char *name;
	const char *arguments; /* for the usage line: 'RUN' */
	const char *summary;   /* one line, no full stop */
	const char *details;   /* paragraphs for help and manual, or NULL */
	size_t arguments_min;
	size_t arguments_max;
	const enum option_id *options;
	size_t option_count;
	bool writes_state;    /* files in the state folder that others of its owner must be able to read */
	bool handles_signals; /* SIGINT, SIGTERM and SIGHUP set stop_signal instead of ending the process */
	int (*run)(const struct invocation *invocation); /* exit status */
};

/* All commands, in the order of the help. */
extern const struct command *const commands[];
extern const size_t command_count;

/* The command called `name` or known by an alias, or NULL. */
const struct command *command_find(const char *name);

static inline bool option_given(const struct invocation *invocation, enum option_id option)
{
	return invocation->options[option] != NULL;
}

/* Exit statuses of every command. */
enum exit_status { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_RUNNING = 5, EXIT_TEMPORARY = 75 };

/* Print 'feedmill: message' and give the exit status that fits the error. */
int command_fail(const struct invocation *invocation, const struct error *err);

/* The same for a usage error, with a hint at the command's help. */
int command_usage(const struct invocation *invocation, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Say on standard error what the cage of a reader lacked, if it did. */
void command_warn_of_cage(const struct invocation *invocation, const struct cage_report *cage);

extern const struct command command_run;
extern const struct command command_probe;
extern const struct command command_check;
extern const struct command command_connection;
extern const struct command command_job;
extern const struct command command_daemon;
extern const struct command command_notify;
extern const struct command command_jobs;
extern const struct command command_next;
extern const struct command command_runs;
extern const struct command command_show;
extern const struct command command_complaints;
extern const struct command command_approve;
extern const struct command command_replay;
extern const struct command command_changes;
extern const struct command command_undo;
extern const struct command command_categories;
extern const struct command command_products;
extern const struct command command_skus;
extern const struct command command_secret;
extern const struct command command_systemd;
extern const struct command command_vacuum;
extern const struct command command_version;
extern const struct command command_help;
