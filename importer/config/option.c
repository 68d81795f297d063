/* The table of options. */
#include "config/option.h"

#include "base/limits.h"
#include "config/config.h"

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define TEBIBYTE (INT64_C(1) << 40)

static const char *const mode_words[] = {"upsert", "add", "update", NULL};
static const char *const scope_words[] = {"all", "skus", "prices", "texts", NULL};
static const char *const duplicates_words[] = {"first", "last", "fail", NULL};
static const char *const categories_words[] = {"overwrite", "add", "ignore", NULL};
static const char *const unknown_fields_words[] = {"extra", "create", "drop", "fail", NULL};
static const char *const keep_words[] = {"clear", "keep", NULL};
static const char *const bool_words[] = {"false", "true", NULL};
static const char *const missing_words[] = {"keep", "mark", "delete", NULL};
static const char *const unproven_words[] = {"fail", "apply", NULL};
static const char *const guards_words[] = {"on", "off", NULL};
/* In the order of the bits of enum whole_proof; those behind them come with later versions. */
static const char *const whole_words[] = {"end_of_document", "length", "checksum", "count", "pages", NULL};
static const char *const sandbox_words[] = {"best_effort", "required", NULL};
static const char *const network_words[] = {"public", "private", NULL};

static const char *const catch_up_words[] = {"none", "once", NULL};
static const char *const overlap_words[] = {"skip", "queue", NULL};

static const struct option_figure daemon_figures[] = {
	{"concurrency", false, offsetof(struct config, daemon.concurrency), 4, 1, 1000},
	{"per_host", false, offsetof(struct config, daemon.per_host), 2, 1, 1000},
	{"grace", true, offsetof(struct config, daemon.grace_ms), 30 * SECOND_MS, 0, HOUR_MS},
	{.name = NULL},
};
static const struct option_figure retry_figures[] = {
	{"attempts", false, offsetof(struct job_config, schedule.retry_attempts), 3, 1, 100},
	{"delay", true, offsetof(struct job_config, schedule.retry_delay_ms), MINUTE_MS, SECOND_MS, DAY_MS},
	{"max_delay", true, offsetof(struct job_config, schedule.retry_max_delay_ms), HOUR_MS, SECOND_MS, 7 * DAY_MS},
	{.name = NULL},
};

static const struct option options[] = {
	{
		.name = "store",
		.place = OPTION_PLACE_FILE,
		.type = OPTION_STORE,
		.field = offsetof(struct config, store),
		.help = "the database of catalogues and runs; left out, market.db in the folder 'state'",
	},
	{
		.name = "state",
		.place = OPTION_PLACE_FILE,
		.type = OPTION_PATH,
		.field = offsetof(struct config, state_folder),
		.help = "folder of what is kept between runs: fetched feeds, plans, the vault, and the store unless it is named; left out, $STATE_DIRECTORY, else feedmill in $XDG_STATE_HOME",
	},
	{
		.name = "jobs",
		.place = OPTION_PLACE_FILE,
		.type = OPTION_FOLDER,
		.field = offsetof(struct config, jobs_folder),
		.default_text = "jobs",
		.help = "folder of the jobs, one file each",
	},
	{
		.name = "dialects",
		.place = OPTION_PLACE_FILE,
		.type = OPTION_FOLDER,
		.field = offsetof(struct config, dialects_folder),
		.default_text = "dialects",
		.help = "folder of your own dialects; one of a shipped dialect's name replaces it",
	},
	{
		.name = "connections",
		.place = OPTION_PLACE_FILE,
		.type = OPTION_FOLDER,
		.field = offsetof(struct config, connections_folder),
		.default_text = "connections",
		.help = "folder of the connections, one file each. See CONNECTIONS",
	},
	{
		.name = "destinations",
		.place = OPTION_PLACE_FILE,
		.type = OPTION_EMPTY_FOLDER,
		.field = OPTION_NO_FIELD,
		.help = "folder of the destinations; not available yet, so it must be empty or missing",
	},
	{
		.name = "guards",
		.place = OPTION_PLACE_FILE,
		.type = OPTION_GUARDS,
		.field = offsetof(struct config, guards),
		.default_text = "on",
		.words = guards_words,
		.help = "what jobs have that say nothing else about a guard, with the same keys as in a job; runs without a job keep the defaults",
	},
	{
		.name = "sandbox",
		.place = OPTION_PLACE_FILE,
		.type = OPTION_CHOICE,
		.field = offsetof(struct config, sandbox),
		.default_text = "best_effort",
		.words = sandbox_words,
		.help = "whether feeds are read all the same where the system lacks a part of the reader's sandbox (Landlock, seccomp), with a warning in the report, or 'required' fails",
	},
	{
		.name = "vault",
		.place = OPTION_PLACE_FILE,
		.type = OPTION_PATH,
		.field = offsetof(struct config, vault),
		.help = "the encrypted file of secrets that 'feedmill secret set' fills; left out, the file vault in the state folder",
	},
	{
		.name = "vault_key",
		.place = OPTION_PLACE_FILE,
		.type = OPTION_REFERENCE,
		.field = offsetof(struct config, vault_key),
		.help = "where the vault's key or passphrase is; left out, the passphrase is asked for on the terminal. See SECRETS",
	},
	{
		.name = "keep",
		.place = OPTION_PLACE_FILE,
		.type = OPTION_KEEP,
		.field = offsetof(struct config, keep),
		.help = "how long runs keep feeds, changes and complaints, unless their job says otherwise; left out, {runs: 10, days: 90, spool_max_bytes: 20GiB}. See WHAT IS KEPT",
	},
	{
		.name = "daemon",
		.place = OPTION_PLACE_FILE,
		.type = OPTION_FIGURES,
		.field = offsetof(struct config, daemon),
		.figures = daemon_figures,
		.help = "how many runs 'feedmill daemon' has at a time, in all and with sources on one host, and how long they may take to end when it is stopped",
	},
	{
		.name = "metrics",
		.place = OPTION_PLACE_FILE,
		.type = OPTION_PATH,
		.field = offsetof(struct config, metrics),
		.help = "a file for the textfile collector of Prometheus' node_exporter, written after each run; its name ends in '.prom'",
	},
	{
		.name = "on_failure",
		.place = OPTION_PLACE_FILE,
		.type = OPTION_ARGUMENTS,
		.field = offsetof(struct config, on_failure),
		.more = offsetof(struct config, on_failure_count),
		.help = "what jobs start that say nothing else when a problem begins, changes or ends",
	},
	{
		.name = "source",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_SOURCE,
		.is_required = true,
		.field = offsetof(struct job_config, source),
		.help = "where the feed is: an http, https or file URL, a path, or '-' for standard input",
	},
	{
		.name = "description",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_TEXT,
		.field = OPTION_NO_FIELD,
		.help = "a note for people",
	},
	{
		.name = "dialect",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_DIALECT,
		.shapes_items = true,
		.field = offsetof(struct job_config, dialect),
		.help = "how the feed is read: a dialect, or {name: yml, group_id: parent} with its options; left out, it is recognised",
	},
	{
		.name = "catalog",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_NAME,
		.shapes_items = true,
		.field = offsetof(struct job_config, catalog),
		.default_text = "main",
		.help = "the catalogue in the store that the items belong to",
	},
	{
		.name = "mode",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_CHOICE,
		.shapes_items = true,
		.field = offsetof(struct job_config, mode),
		.default_text = "upsert",
		.words = mode_words,
		.help = "whether items are added and updated, only added, or only updated",
	},
	{
		.name = "scope",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_CHOICE,
		.shapes_items = true,
		.field = offsetof(struct job_config, scope),
		.default_text = "all",
		.words = scope_words,
		.help = "which part of the items the job writes: everything, SKUs of known products, prices and stock of known SKUs, texts of known items in one language",
	},
	{
		.name = "missing",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_MISSING,
		.shapes_items = true,
		.field = offsetof(struct job_config, missing),
		.default_text = "mark",
		.words = missing_words,
		.help = "what happens to an item that a whole feed no longer has; also {action: mark, after: 3} complete runs in a row; 'keep' where mode or scope are set",
	},
	{
		.name = "categories",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_CHOICE,
		.shapes_items = true,
		.field = offsetof(struct job_config, categories),
		.default_text = "overwrite",
		.words = categories_words,
		.help = "whether categories follow the feed, are only added to (known ones keep parent, name and order, links only grow), or are left out",
	},
	{
		.name = "unknown_fields",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_CHOICE,
		.shapes_items = true,
		.field = offsetof(struct job_config, unknown_fields),
		.default_text = "extra",
		.words = unknown_fields_words,
		.help = "what happens to values that the dialect does not know: kept as extra, made custom fields, dropped, or the run fails",
	},
	{
		.name = "on_absent",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_FIELDS,
		.shapes_items = true,
		.field = offsetof(struct job_config, on_absent),
		.words = keep_words,
		.help = "what happens to a stored value that the feed does not state; also by field: {default: clear, description: keep}; left out, 'clear', or 'keep' where mode or scope are set",
	},
	{
		.name = "on_empty",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_FIELDS,
		.shapes_items = true,
		.field = offsetof(struct job_config, on_empty),
		.default_text = "clear",
		.words = keep_words,
		.help = "what happens to a stored value that the feed states as empty; also by field",
	},
	{
		.name = "duplicates",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_CHOICE,
		.shapes_items = true,
		.field = offsetof(struct job_config, duplicates),
		.default_text = "first",
		.words = duplicates_words,
		.help = "which of several records with one SKU's id counts, or that the run fails",
	},
	{
		.name = "take_over",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_JOBS,
		.shapes_items = true,
		.field = offsetof(struct job_config, take_over),
		.more = offsetof(struct job_config, take_over_count),
		.help = "jobs whose items become this job's where its feed names them",
	},
	{
		.name = "lenient",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_BOOL,
		.shapes_items = true,
		.field = offsetof(struct job_config, lenient),
		.default_text = "false",
		.words = bool_words,
		.help = "whether small faults of an XML document are mended: a stray '&', control characters, what stands before the prolog",
	},
	{
		.name = "unproven",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_CHOICE,
		.shapes_items = true,
		.field = offsetof(struct job_config, unproven),
		.default_text = "fail",
		.words = unproven_words,
		.help = "what happens to a feed that nothing proves whole (JSON Lines or CSV without a length): the run fails, or applies and removes nothing",
	},
	{
		.name = "language",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_LANGUAGE,
		.shapes_items = true,
		.field = offsetof(struct job_config, language),
		.help = "language of the feed's own texts ('de', 'pt-BR'); with scope: texts, the one that the job writes",
	},
	{
		.name = "default_currency",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_CURRENCY,
		.shapes_items = true,
		.field = offsetof(struct job_config, default_currency),
		.help = "currency of a price that names none",
	},
	{
		.name = "decimal_sign",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_DECIMAL_SIGN,
		.shapes_items = true,
		.field = offsetof(struct job_config, decimal_sign),
		.help = "the decimal sign of the feed's numbers; left out, each number decides; numbers of JSON have a dot",
	},
	{
		.name = "timezone",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_ZONE,
		.shapes_items = true,
		.field = offsetof(struct job_config, schedule.time_zone),
		.default_text = "UTC",
		.help = "where the schedule's times are, and dates of the feed that state no offset",
	},
	{
		.name = "id_prefix",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_PREFIX,
		.shapes_items = true,
		.field = offsetof(struct job_config, id_prefix),
		.default_text = "",
		.help = "put before product and SKU ids, to keep suppliers apart",
	},
	{
		.name = "category_prefix",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_PREFIX,
		.shapes_items = true,
		.field = offsetof(struct job_config, category_prefix),
		.default_text = "",
		.help = "put before category ids",
	},
	{
		.name = "network",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_CHOICE,
		.field = offsetof(struct job_config, network),
		.default_text = "public",
		.words = network_words,
		.help = "'private' lets the fetch reach private, link-local and loopback addresses",
	},
	{
		.name = "max_bytes",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_SIZE,
		.field = offsetof(struct job_config, max_bytes),
		.default_number = LIMIT_WIRE_BYTES,
		.minimum = 1,
		.maximum = TEBIBYTE,
		.help = "largest feed, as received",
	},
	{
		.name = "connect_timeout",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_DURATION,
		.field = offsetof(struct job_config, connect_timeout_ms),
		.default_number = LIMIT_CONNECT_TIMEOUT_MS,
		.minimum = 1,
		.maximum = 10 * MINUTE_MS,
		.help = "longest wait for a connection",
	},
	{
		.name = "idle_timeout",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_DURATION,
		.field = offsetof(struct job_config, idle_timeout_ms),
		.default_number = LIMIT_IDLE_TIMEOUT_MS,
		.minimum = 1,
		.maximum = HOUR_MS,
		.help = "longest time at less than 1 kB/s",
	},
	{
		.name = "timeout",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_DURATION,
		.field = offsetof(struct job_config, timeout_ms),
		.default_number = LIMIT_FETCH_TIMEOUT_MS,
		.minimum = 1,
		.maximum = 7 * DAY_MS,
		.help = "longest fetch in all",
	},
	{
		.name = "proxy",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_PROXY,
		.field = offsetof(struct job_config, proxy),
		.help = "proxy for http and https; the environment's is never used",
	},
	{
		.name = "cacert",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_PATH,
		.field = offsetof(struct job_config, cacert),
		.help = "PEM file of certificate authorities to trust instead of the system's",
	},
	{
		.name = "connection",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_NAME,
		.field = offsetof(struct job_config, connection),
		.help = "the connection by which requests are authenticated; left out or 'none', without. See CONNECTIONS",
	},
	{
		.name = "schedule",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_SCHEDULE,
		.field = offsetof(struct job_config, schedule),
		.help = "when the job runs by itself; a text of five fields or with '@' is cron's, another one systemd's OnCalendar. See SCHEDULES",
	},
	{
		.name = "jitter",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_DURATION,
		.field = offsetof(struct job_config, schedule.jitter_ms),
		.maximum = DAY_MS,
		.help = "scheduled runs start up to this much later than they are due, always the same for one job, so that jobs of one hour spread",
	},
	{
		.name = "catch_up",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_CHOICE,
		.field = offsetof(struct job_config, schedule.catch_up),
		.default_text = "once",
		.words = catch_up_words,
		.help = "whether runs that were missed are made up for, by one run for all of them",
	},
	{
		.name = "overlap",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_CHOICE,
		.field = offsetof(struct job_config, schedule.overlap),
		.default_text = "skip",
		.words = overlap_words,
		.help = "what happens to a run that is due while the one before is still going on: left out, or started after it",
	},
	{
		.name = "after",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_JOBS,
		.field = offsetof(struct job_config, schedule.after),
		.more = offsetof(struct job_config, schedule.after_count),
		.help = "jobs that this one runs after, each time one of them has succeeded",
	},
	{
		.name = "run_timeout",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_DURATION,
		.field = offsetof(struct job_config, schedule.run_timeout_ms),
		.maximum = 30 * DAY_MS,
		.help = "longest scheduled run in all, after which it is stopped; left out or 0s, as long as it takes",
	},
	{
		.name = "retry",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_FIGURES,
		.field = offsetof(struct job_config, schedule.retry_attempts),
		.figures = retry_figures,
		.help = "how often a scheduled run is tried while its failure is a temporary one, and the wait before the second try, which doubles each time",
	},
	{
		.name = "active_from",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_INSTANT,
		.field = offsetof(struct job_config, schedule.active_from_ms),
		.more = offsetof(struct job_config, schedule.active_from_is_local),
		.default_number = INT64_MIN,
		.help = "nothing is due before",
	},
	{
		.name = "active_until",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_INSTANT,
		.field = offsetof(struct job_config, schedule.active_until_ms),
		.more = offsetof(struct job_config, schedule.active_until_is_local),
		.default_number = INT64_MAX,
		.help = "nothing is due from then on; a date is that whole day yet",
	},
	{
		.name = "quiet",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_TEXT,
		.field = offsetof(struct job_config, schedule.quiet),
		.help = "times of the day in which no scheduled run starts ('22:00-06:00, 12:00-13:00'): what is due then starts at their end, once",
	},
	{
		.name = "on_failure",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_ARGUMENTS,
		.field = offsetof(struct job_config, schedule.on_failure),
		.more = offsetof(struct job_config, schedule.on_failure_count),
		.help = "the program, with arguments, that is started when a problem begins, changes or ends, with JSON on standard input; no shell reads it; [] = none",
	},
	{
		.name = "guards",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_GUARDS,
		.field = offsetof(struct job_config, guards),
		.default_text = "on",
		.words = guards_words,
		.help = "rules that hold a run before it is applied, by name: {removed: {percent: 20, action: fail}, prices: off}; 'off' applies whatever the feed says",
	},
	{
		.name = "whole",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_PROOFS,
		.field = offsetof(struct job_config, whole),
		.words = whole_words,
		.help = "proofs of wholeness that a feed must have, or the run fails; left out, one of them is enough",
	},
	{
		.name = "keep",
		.place = OPTION_PLACE_JOB,
		.type = OPTION_KEEP,
		.field = offsetof(struct job_config, keep),
		.help = "how long this job's runs keep feeds, changes and complaints; figures left out are those of feedmill.yaml. See WHAT IS KEPT",
	},
};

#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))

_Static_assert(OPTION_COUNT <= OPTION_NAMES_MAX, "names of all options fit");

size_t option_count(void)
{
	return OPTION_COUNT;
}

const struct option *option_at(size_t index)
{
	return index < OPTION_COUNT ? &options[index] : NULL;
}

const struct option *option_find(enum option_place place, struct slice name)
{
	const char first = name.size > 0 ? name.data[0] : '\0'; /* tells most names apart */
	for (size_t index = 0; index < OPTION_COUNT; index++) {
		if (options[index].place == place && options[index].name[0] == first && slice_equal_text(name, options[index].name))
			return &options[index];
	}
	return NULL;
}

size_t option_names(enum option_place place, const char *ret_names[OPTION_NAMES_MAX])
{
	size_t count = 0;
	for (size_t index = 0; index < OPTION_COUNT; index++) {
		if (options[index].place == place)
			ret_names[count++] = options[index].name;
	}
	return count;
}
