/* The tables of commands and options, and what all commands share. */
#include "cli/command.h"

#include "base/suggest.h"
#include "run/reader.h"

#include <stdarg.h>
#include <string.h>

const struct option_definition option_definitions[OPTION_COUNT] = {
	[OPTION_CONFIG] = {"config", 'c', "FILE",
                           "configuration instead of $FEEDMILL_CONFIG, ./feedmill.yaml or /etc/feedmill/feedmill.yaml"},
	[OPTION_STORE] = {"store", 's', "STORE", "the store: sqlite:PATH, or just a path"},
	[OPTION_CATALOG] = {"catalog", 0, "NAME", "the catalog in the store (default: main for imports, all for lists)"},
	[OPTION_DIALECT] = {"dialect", 'd', "NAME[,OPTION=VALUE]", "how the feed is mapped; left out, it is recognised"},
	[OPTION_CONNECTION] = {"connection", 0, "NAME", "the connection by which requests are authenticated, or 'none'"},
	[OPTION_AS] = {"as", 0, "JOB", "the job name that owns what a URL or file brings"},
	[OPTION_MISSING] = {"missing", 0, "POLICY", "what happens to items that the feed no longer has: keep, mark or delete"},
	[OPTION_NETWORK] = {"network", 0, "public|private", "private: the source may lead to private and loopback addresses"},
	[OPTION_CACERT] = {"cacert", 0, "FILE", "PEM file with the authorities to trust instead of the system's"},
	[OPTION_DRY_RUN] = {"dry-run", 'n', NULL, "plan everything, change nothing"},
	[OPTION_FULL] = {"full", 0, NULL, "fetch the feed and read all of it, even what has not changed"},
	[OPTION_SCHEDULED] = {"scheduled", 0, NULL,
                              "run the job for the last time it was due, unless a run has seen to that; for timers"},
	[OPTION_WAIT] = {"wait", 0, "DURATION",
                         "with --scheduled: wait for up to so long before telling that it is too early for another attempt"},
	[OPTION_KEEP_LATER] = {"keep-later", 0, NULL, "leave what was changed since the run as it is, and undo the rest"},
	[OPTION_JOB] = {"job", 0, "JOB", "only what belongs to this job"},
	[OPTION_STATUS] = {"status", 0, "STATUS", "only items that are active, missing or hidden"},
	[OPTION_PRODUCT] = {"product", 0, "ID", "only SKUs of this product"},
	[OPTION_CATEGORY] = {"category", 0, "ID", "only items of this category"},
	[OPTION_CODE] = {"code", 0, "CODE", "only complaints of this code"},
	[OPTION_LIST] = {"list", 0, NULL, "each of them, with line and column"},
	[OPTION_LIMIT] = {"limit", 0, "N", "at most this many (default: all)"},
	[OPTION_TIMES] = {"times", 'n', "N", "with 'next': so many times of each job (default: 1, or 5 of jobs that are named)"},
	[OPTION_AFTER] = {"after", 0, "WHEN",
                          "with 'next': behind this instant ('2026-12-24', '2026-12-24T18:00+01:00') instead of now"},
	[OPTION_EXPLAIN] = {"explain", 0, NULL, "with 'get ID': where each field came from"},
	[OPTION_WRITE] = {"write", 0, "DIR",
                          "write a job for the feed, and a dialect where none is known, into the configuration in DIR"},
	[OPTION_PASSPHRASE] = {"passphrase", 0, NULL, "with 'rotate': ask for a new passphrase, which alone opens the vault then"},
	[OPTION_ALGORITHM] = {"algorithm", 0, "NAME", "with 'keygen' and 'public-key': ES384 (the default), ES256, ES512 or RS256"},
	[OPTION_KIND] = {"kind", 0, "KIND", "with 'add': the kind of the connection"},
	[OPTION_SET] =
		{"set", 0, "FIELD=VALUE",
                 "with 'add': a field; of a mapping FIELD.NAME=VALUE. A secret is a reference, or '-' for a value that is typed or "
                 "comes on standard input, and goes to the vault. Again and again"},
	[OPTION_FORCE] = {"force", 0, NULL, "replace files that are there"},
	[OPTION_MISSED] = {"missed", 0, NULL, "only jobs whose run was due and has not come; exit status 1 where there is one"},
	[OPTION_REASON] = {"reason", 0, "TEXT", "with 'pause': why, for those who look"},
	[OPTION_UNTIL] = {"until", 0, "WHEN",
                          "with 'pause': until an instant ('2026-12-24', '2026-12-24T18:00+01:00'), or for a time ('48h')"},
	[OPTION_DAEMON] = {"daemon", 0, NULL, "the service of the daemon instead of timers"},
	[OPTION_USER] = {"user", 0, NULL, "units of your own systemd, which run as you"},
	[OPTION_DIRECTORY] = {"directory", 0, "DIR", "the folder of the units instead of systemd's"},
	[OPTION_ON_FAILURE] = {"on-failure", 0, "UNIT", "a unit that systemd starts when a run has failed (OnFailure=)"},
	[OPTION_NOW] = {"now", 0, NULL, "tell systemd too: call systemctl"},
	[OPTION_JSON] = {"json", 0, NULL, "JSON on standard output: one object per run, JSON Lines for lists"},
	[OPTION_VERBOSE] = {"verbose", 'v', NULL, "print the report even if standard output is no terminal"},
	[OPTION_YES] = {"yes", 'y', NULL, "answer prompts with yes (this version asks none); never answers a guard"},
	[OPTION_MAN] = {"man", 0, NULL, "print the manual page's source"},
	[OPTION_SCHEMA] = {"schema", 0, "feedmill|job|connection",
                           "print the JSON Schema of feedmill.yaml, of a job or of a connection"},
	[OPTION_UNIT] =
		{"unit", 0, "NAME",
                 "print a unit of systemd as it is installed: feedmill@.service, feedmill-daemon.service, feedmill-notify.service or feedmill-notify.timer"},
	[OPTION_COMPLETION] = {"completion", 0, "bash", "print the completion of the command line for a shell"},
	[OPTION_HELP] = {"help", 'h', NULL, "show this help"},
};

const struct command *const commands[] = {
	&command_run,        &command_probe,  &command_check,   &command_daemon,     &command_jobs,       &command_job,
	&command_next,       &command_notify, &command_runs,    &command_show,       &command_complaints, &command_changes,
	&command_approve,    &command_undo,   &command_replay,  &command_categories, &command_products,   &command_skus,
	&command_connection, &command_secret, &command_systemd, &command_vacuum,     &command_version,    &command_help,
};
const size_t command_count = sizeof(commands) / sizeof(commands[0]);

/* Other words for a command. */
static const struct {
	const char *word;
	const struct command *command;
} aliases[] = {
	{"--version", &command_version},
	{"-V", &command_version},
	{"--help", &command_help},
	{"-h", &command_help},
};

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < command_count; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
		if (strcmp(aliases[i].word, name) == 0)
			return aliases[i].command;
	}
	return NULL;
}

int command_fail(const struct invocation *invocation, const struct error *err)
{
	fprintf(invocation->errors, "feedmill: %s\n", err->message);
	if (err->code == ERROR_USAGE || err->code == ERROR_CONFIG)
		return EXIT_USAGE;
	return error_is_temporary(err) ? EXIT_TEMPORARY : EXIT_FAILED;
}

void command_warn_of_cage(const struct invocation *invocation, const struct cage_report *cage)
{
	char warning[READER_WARNING_SIZE];

	if (reader_cage_warning(cage, warning))
		fprintf(invocation->errors, "feedmill: warning: %s\n", warning);
}

int command_usage(const struct invocation *invocation, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("feedmill: ", invocation->errors);
	vfprintf(invocation->errors, format, arguments);
	va_end(arguments);
	if (invocation->command)
		fprintf(invocation->errors, "\nusage: feedmill %s %s\nsee 'feedmill help %s'\n", invocation->command->name,
		        invocation->command->arguments, invocation->command->name);
	else
		fputs("\nsee 'feedmill help'\n", invocation->errors);
	return EXIT_USAGE;
}
