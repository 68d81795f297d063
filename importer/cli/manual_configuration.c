/*
 * The reference of the configuration, made from its table of options: as text,
 * as the manual page feedmill.yaml(5), and as JSON Schemas.
 */
#include "cli/manual.h"

#include "config/guards.h"
#include "config/option.h"
#include "connection/kind.h"

#include <string.h>

#define SCHEMA_BYTES_MAX (1024 * 1024)

/* What may be written as the option's value, and its default ('' = none). */
static void option_describe(const struct option *option, char *ret_values, size_t values_size, char *ret_default,
                            size_t default_size)
{
	struct buffer buffer;

	buffer_init(&buffer, 4096);
	option_append_values(option, &buffer);
	(void)snprintf(ret_values, values_size, "%s", buffer_text(&buffer) ? buffer_text(&buffer) : "");
	buffer_clear(&buffer);
	option_append_default(option, &buffer);
	(void)snprintf(ret_default, default_size, "%s", buffer_text(&buffer) ? buffer_text(&buffer) : "");
	buffer_release(&buffer);
}

static void print_keys(FILE *out, enum option_place place)
{
	for (size_t i = 0; i < option_count(); i++) {
		const struct option *option = option_at(i);
		char values[512];
		char standard[128];

		if (option->place != place || option->availability == OPTION_UNAVAILABLE)
			continue;
		option_describe(option, values, sizeof(values), standard, sizeof(standard));
		fprintf(out, "  %s: %s\n      %s%s%s%s\n", option->name, values, option->help, standard[0] ? " (default: " : "",
		        standard, standard[0] ? ")" : "");
	}
}

void manual_print_keys(FILE *out)
{
	fputs("feedmill.yaml says where things are:\n\n", out);
	print_keys(out, OPTION_PLACE_FILE);
	fputs("\nA job is a file jobs/NAME.yaml:\n\n", out);
	print_keys(out, OPTION_PLACE_JOB);
	fputs("\nsee also feedmill.yaml(5), feedmill-dialect(5) and 'feedmill check'\n", out);
}

/* A key with its values, what it means, and its default. */
static void print_roff_key(FILE *out, const struct option *option)
{
	char values[512];
	char standard[128];

	option_describe(option, values, sizeof(values), standard, sizeof(standard));
	fputs(".TP\n\\fB", out);
	manual_print_roff(out, option->name);
	fputs("\\fR: ", out);
	manual_print_roff(out, values);
	fputc('\n', out);
	manual_print_roff(out, option->help);
	if (standard[0] != '\0') {
		fputs(" (default: ", out);
		manual_print_roff(out, standard);
		fputc(')', out);
	}
	fputc('\n', out);
}

static void print_roff_keys(FILE *out, enum option_place place)
{
	for (size_t i = 0; i < option_count(); i++)
		if (option_at(i)->place == place && option_at(i)->availability != OPTION_UNAVAILABLE)
			print_roff_key(out, option_at(i));
}

/* A guard with its limits and what they are by default. */
static void print_roff_guard(FILE *out, enum guard_kind kind, const struct guard_policy *standard)
{
	const char *comma = " ";

	fputs(".TP\n\\fB", out);
	manual_print_roff(out, guard_name(kind));
	fputs("\\fR:", out);
	for (enum guard_limit limit = 0; limit < GUARD_LIMIT_KIND_COUNT; limit++) {
		struct buffer value;

		if (!guard_has_limit(kind, limit))
			continue;
		buffer_init(&value, 64);
		guard_append_limit(limit, standard->limits[limit], &value);
		fprintf(out, "%s%s ", comma, guard_limit_name(limit));
		manual_print_roff(out, buffer_text(&value) ? buffer_text(&value) : "");
		buffer_release(&value);
		comma = ", ";
	}
	fputc('\n', out);
	manual_print_roff(out, guard_help(kind));
	fputc('\n', out);
}

static void print_roff_guards(FILE *out)
{
	struct guards_policy standard;

	guards_set_defaults(&standard);
	fputs(".SH GUARDS\nA guard looks at what a run would change, and holds the run where it meets what is said here; the catalogue stays as it is, "
	      "and \\fBfeedmill run\\fR ends with exit status 3. Every guard has the key \\fBaction\\fR: \\fBhold\\fR, \\fBfail\\fR, which ends "
	      "the run for good, or \\fBreport\\fR, which only tells (and of \\fBrejected\\fR lets \\fBfeedmill run\\fR end with exit status 4); and each may be \\fBoff\\fR. Nothing is removed with \\fBmissing: keep\\fR, nor from a feed that is not proven whole, so "
	      "\\fBremoved\\fR, \\fBids\\fR and the two by group have nothing to guard there. An item counts once, in the run that first lacks it, "
	      "however many runs \\fBmissing\\fR waits. Shares are in percent. Limits and their defaults:\n",
	      out);
	for (enum guard_kind kind = 0; kind < GUARD_KIND_COUNT; kind++)
		print_roff_guard(out, kind, &standard.guards[kind]);
}

void manual_print_configuration(FILE *out)
{
	fputs(".TH FEEDMILL.YAML 5 \"\" \"feedmill " FEEDMILL_VERSION "\" \"File Formats\"\n"
	      ".SH NAME\nfeedmill.yaml \\- configuration of feedmill, and its jobs\n"
	      ".SH DESCRIPTION\n\\fBfeedmill.yaml\\fR says where the store and the folders of jobs, connections and dialects are. A job is a YAML file in the folder of "
	      "jobs; its name is the file's name without \\fB.yaml\\fR. Paths are taken relative to the file that has them. A file that others may write is "
	      "refused. \\fBfeedmill check\\fR lists every mistake with file, line and column.\n"
	      ".SH KEYS OF feedmill.yaml\n",
	      out);
	print_roff_keys(out, OPTION_PLACE_FILE);
	fputs(".SH KEYS OF A JOB\n", out);
	print_roff_keys(out, OPTION_PLACE_JOB);
	print_roff_guards(out);
	manual_print_schedules(out);
	fputs(".SH WHAT IS KEPT\n"
	      "A run leaves its fetched feed and, where it was not applied, its plan in the spool; its changes, with what it takes to undo it; and its "
	      "complaints. All of that goes again: what is beyond the last \\fBruns\\fR of the job, and what is older than \\fBdays\\fR, whichever comes first. "
	      "\\fBspool\\fR, \\fBchanges\\fR and \\fBcomplaints\\fR may have figures of their own; \\fBall\\fR is no limit. Rows of the ledger "
	      "(\\fBfeedmill runs\\fR) stay: they are small.\n"
	      ".PP\nOnly runs that left something are counted: neither those that found their feed unchanged nor, for changes, those that changed nothing. Equal "
	      "feeds count once. Feeds of applied, dry, held and failed runs are counted apart, so that a night of failures does not push out what was applied.\n"
	      ".PP\nThe feeds that one job keeps have at most \\fBspool_max_bytes\\fR; the oldest go first. Whatever the figures, these feeds stay: that of the last "
	      "applied run, that of the last failed run, and those of held runs that still wait to be approved.\n"
	      ".PP\nA feed is removed when the last run that keeps it lets go, of whichever job. Several stores may share a state folder: none removes what "
	      "another one keeps, or what a run is using. What no run of the store left is removed when nobody has touched it for a day, or for half a year where "
	      "it is another store's.\n"
	      ".PP\nAll of this happens after each run, a limited number of rows at a time; \\fBfeedmill vacuum\\fR does all of it at once.\n"
	      ".SH NOTICES\n"
	      "When a job's problem begins or becomes another one, and when it is over, there is one notice: a line on standard error, or an entry of the "
	      "journal where that leads there, and a call of \\fBon_failure\\fR. Problems are \\fBfailed\\fR, \\fBtemporary\\fR (worth another try; told "
	      "when \\fBretry\\fR has no attempt left), \\fBheld\\fR by a guard, and \\fBmissed\\fR: no run has come 15 minutes after one was to start; more than five of "
	      "these at once are one notice.\n"
	      ".PP\nThe hook is started without a shell, when the ledger's row of the run is closed, in a session of its own and for at most 30 seconds. It has one JSON object on "
	      "standard input, with the members \\fBevent\\fR (\\fBproblem\\fR or \\fBrecovered\\fR), \\fBjob\\fR, \\fBcatalog\\fR, \\fBproblem\\fR, "
	      "\\fBbefore\\fR (the problem that was told last), \\fBsince_at_ms\\fR, \\fBsince_run\\fR, \\fBruns\\fR (how many in a row), \\fBother_jobs\\fR (with the same problem, told with this one), \\fBrun\\fR "
	      "(\\fBrun\\fR, \\fBtrigger\\fR, \\fBoutcome\\fR, \\fBstarted_at_ms\\fR, \\fBfinished_at_ms\\fR, \\fBerror\\fR, \\fBguard\\fR) and "
	      "\\fBmessage\\fR; and of the environment PATH, HOME, USER, LOGNAME, LANG, LC_ALL, TZ and TMPDIR. Until it has ended with status 0 nobody has been told, and the "
	      "next run of any job, or \\fBfeedmill notify\\fR, calls it again. One that has not ended in time is left alone for a minute, and twice as long each further time, up to an hour; then "
	      "one run tries it. \\fBfeedmill jobs\\fR warns of hooks that fail, with since when and why.\n"
	      ".PP\nA hook, like the program of a secret, is killed with its process group when it ends, when it takes too long, and when its run ends or dies, of SIGKILL too. "
	      "What leaves the process group on purpose, as an agent does that goes on in a session of its own, is not; nor may be what the program started where "
	      "its keeper, the process between it and the run, is killed in the same moment as the run.\n"
	      ".PP\nThe journal's entries have MESSAGE_ID 5c1e0f7a9b6d4d0c8a3f2e71d4b9c605 for what begins and e2b7d3946f0a4c51b8d96c3fa17e5d20 for what is over, and the "
	      "fields FEEDMILL_JOB, FEEDMILL_EVENT, FEEDMILL_PROBLEM, FEEDMILL_BEFORE, FEEDMILL_RUN, FEEDMILL_OUTCOME, FEEDMILL_SINCE_RUN, FEEDMILL_RUNS and FEEDMILL_OTHER_JOBS.\n"
	      ".SH SECRETS\n"
	      "Configuration never has the value of a secret, only a reference to it:\n"
	      ".TP\n\\fBvault:\\fINAME\\fR\nAn entry of the vault, stored with \\fBfeedmill secret set\\fR \\fINAME\\fR.\n"
	      ".TP\n\\fBcredential:\\fINAME\\fR\nA file in \\fB$CREDENTIALS_DIRECTORY\\fR, which systemd sets for a unit with \\fBLoadCredential=\\fR or "
	      "\\fBLoadCredentialEncrypted=\\fR.\n"
	      ".TP\n\\fBfile:\\fIPATH\\fR\nA regular file of root or of the user who runs feedmill, without any rights for group and others, and no symbolic link.\n"
	      ".TP\n\\fBcommand:\\fIWORDS\\fR\nWhat a program prints within ten seconds, such as \\fBcommand:pass show acme\\fR; it must end with status 0. No shell reads "
	      "the words: an argument with blanks or other signs needs the form \\fB{command: [\\fIPROGRAM\\fB, \"an argument\"]}\\fR. The program has "
	      "the environment of feedmill, an empty standard input and no terminal, and ends with its run as hooks do.\n"
	      ".TP\n\\fBenv:\\fINAME\\fR\nA variable of the environment. This works, with a warning: every program that is started inherits it.\n"
	      ".PP\nA value has at most 64 KiB and no byte NUL; one line end behind it is left out.\n"
	      ".PP\nThe vault is one file. A random key encrypts each value (AES\\-256\\-GCM) and authenticates all the rest, names and dates too; that key is in "
	      "the file, encrypted under one or more others: a passphrase (scrypt, half a second and 128 MiB a time) or a random key in a file or credential. "
	      "\\fBvault_key\\fR refers to it: 64 hexadecimal digits are a key, all else is a passphrase. A vault that was altered, or cut short, is refused; that the "
	      "whole file was replaced by an older copy cannot be noticed. \\fIVAULT\\fR\\-lock beside it keeps two writers apart.\n"
	      ".PP\nFor a service: \\fBfeedmill secret export\\-key /etc/feedmill/vault.key\\fR, and \\fBvault_key: file:/etc/feedmill/vault.key\\fR; or "
	      "\\fBfeedmill secret export\\-key | systemd\\-creds encrypt \\-\\-name=vault\\-key \\- /etc/feedmill/vault\\-key.cred\\fR, "
	      "\\fBLoadCredentialEncrypted=vault\\-key:/etc/feedmill/vault\\-key.cred\\fR in the unit, and \\fBvault_key: credential:vault\\-key\\fR. To replace a key: export a "
	      "new one, let \\fBvault_key\\fR refer to it, and \\fBfeedmill secret rotate\\fR, after which no other key opens the vault.\n",
	      out);
	manual_print_connections(out);
	fputs(".SH EXAMPLE\n.nf\n"
	      "# jobs/acme.yaml\n"
	      "source: https://feeds.acme.example/full.xml\n"
	      "dialect: {name: yml, group_id: parent}\n"
	      "missing: {action: mark, after: 2}\n"
	      "default_currency: EUR\n"
	      "guards: {removed: {percent: 20, count: 50}, prices: {action: fail}}\n"
	      "keep: {runs: 30, days: 365, complaints: {runs: 5}}\n"
	      "connection: acme\n"
	      "schedule: \"30 2 * * mon\\-sat\"\n"
	      "timezone: Europe/Warsaw\n"
	      "jitter: 10m\n"
	      "\n"
	      "# connections/acme.yaml\n"
	      "kind: basic\n"
	      "allowed_url: https://feeds.acme.example/\n"
	      "user: shop\\-17\n"
	      "password: vault:acme\n"
	      ".fi\n"
	      ".SH SEE ALSO\n.BR feedmill (1),\n.BR feedmill\\-dialect (5)\n",
	      out);
}

int manual_print_schema(const char *name, FILE *out)
{
	const bool is_job = strcmp(name, "job") == 0;
	const bool is_connection = strcmp(name, "connection") == 0;
	struct json_writer json;
	struct buffer buffer;

	if (!is_job && !is_connection && strcmp(name, "feedmill") != 0)
		return -1;
	buffer_init(&buffer, SCHEMA_BYTES_MAX);
	json_writer_init(&json, &buffer);
	if (is_connection)
		connection_append_schema(&json);
	else
		option_append_schema(is_job ? OPTION_PLACE_JOB : OPTION_PLACE_FILE, &json);
	(void)buffer_append_byte(&buffer, '\n'); /* failure sticks and is seen below */
	if (!buffer.failed)
		(void)fwrite(buffer.data, 1, buffer.size, out); /* checked when the output is flushed */
	buffer_release(&buffer);
	return 0;
}
