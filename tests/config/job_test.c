/* Jobs: every key with a good value, every kind of bad value, and the policy text. */
#include "config/job.h"

#include "config_tests.h"

#include "config/fields.h"
#include "config/option.h"
#include "config/settings.h"

#include <stdlib.h>
#include <string.h>

struct read {
	struct arena arena;
	struct config_problems problems;
	struct job_config job;
};

/* Read `text` as the job jobs/acme.yaml. */
static void read_job(const char *text, struct read *ret_read)
{
	struct error err = ERROR_INIT;
	struct yaml_document document;
	arena_init(&ret_read->arena, (size_t)4 * 1024 * 1024);
	config_problems_init(&ret_read->problems);
	job_config_init(&ret_read->job, "acme");
	assert_int_equal(yaml_parse("acme.yaml", slice_from(text), &document, &ret_read->problems, &err), 0);
	const struct settings settings = {
		.document = &document,
		.problems = &ret_read->problems,
		.place = OPTION_PLACE_JOB,
		.context = {.arena = &ret_read->arena, .folder = "jobs"},
		.target = &ret_read->job,
	};
	assert_int_equal(settings_read(&settings, &err), 0);
	yaml_document_release(&document);
	assert_int_equal(job_config_seal(&ret_read->job, &ret_read->arena, &err), 0);
}

static void read_release(struct read *read)
{
	config_problems_release(&read->problems);
	arena_release(&read->arena);
}

static void job_has_defaults(void **state)
{
	struct job_config job;

	(void)state;
	memset(&job, 0x5A, sizeof(job));
	job_config_init(&job, "acme");
	assert_string_equal(job.name, "acme");
	assert_null(job.file);
	assert_null(job.source);
	assert_null(job.dialect);
	assert_null(job.dialect_options);
	assert_int_equal(job.dialect_option_count, 0);
	assert_string_equal(job.catalog, "main");
	assert_int_equal(job.missing, MISSING_MARK);
	assert_null(job.default_currency);
	assert_int_equal(job.decimal_sign, '\0');
	assert_int_equal(job.offset_minutes, 0);
	assert_string_equal(job.id_prefix, "");
	assert_string_equal(job.category_prefix, "");
	assert_int_equal(job.network, NETWORK_PUBLIC);
	assert_null(job.proxy);
	assert_null(job.cacert);
	assert_null(job.config_text);
}

/* One row for each key of a job: what is written, and the field as it reads afterwards. */
static const struct good_row {
	const char *key;
	const char *value;
	const char *field; /* NULL = the key has none */
} good_rows[] = {
	{"source", "https://feeds.acme.example/full.xml?token=1", "https://feeds.acme.example/full.xml?token=1"},
	{"source", "'feed.xml'", "jobs/feed.xml"},
	{"source", "../feed.xml", "jobs/../feed.xml"},
	{"source", "/var/feed.xml", "/var/feed.xml"},
	{"source", "'-'", "-"},
	{"source", "file:///var/feed.xml", "file:///var/feed.xml"},
	{"description", "'Acme: the big one'", NULL},
	{"description", "|\n  two\n  lines", NULL},
	{"dialect", "yml", "yml"},
	{"dialect", "{name: yml}", "yml"},
	{"catalog", "staging", "staging"},
	{"missing", "keep", "keep"},
	{"missing", "mark", "mark"},
	{"missing", "delete", "delete"},
	{"missing", "{action: delete}", "delete"},
	{"missing", "{action: keep, after: 1}", "keep"},
	{"default_currency", "EUR", "EUR"},
	{"decimal_sign", "','", ","},
	{"decimal_sign", "'.'", "."},
	{"timezone", "UTC", "UTC"},
	{"timezone", "+02:00", "+02:00"},
	{"timezone", "'-03:30'", "-03:30"},
	{"timezone", "+00:00", "UTC"},
	{"timezone", "Europe/Warsaw", "Europe/Warsaw"},
	{"timezone", "America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"},
	{"timezone", "Etc/GMT+3", "Etc/GMT+3"},
	{"schedule", "'30 2 * * *'", "cron: 30 2 * * *"},
	{"schedule", "'*/5   8-17 * * mon-fri'", "cron: */5   8-17 * * mon-fri"},
	{"schedule", "'@daily'", "cron: @daily"},
	{"schedule", "hourly", "calendar: hourly"},
	{"schedule", "Mon..Fri 02:30", "calendar: Mon..Fri 02:30"},
	{"schedule", "Mon *-*-* 02:30 Europe/Warsaw", "calendar: Mon *-*-* 02:30 Europe/Warsaw"},
	{"schedule", "{cron: '0 4 * * *'}", "cron: 0 4 * * *"},
	{"schedule", "{calendar: daily}", "calendar: daily"},
	{"schedule", "{every: 15m}", "every: 15m"},
	{"schedule", "{plan: {hours: 2}}", "calendar: *-*-* 02:00:00"},
	{"schedule", "{plan: {minutes: [0, 30, 0], hours: [2, 3], weekdays: [mon, Friday], months: [1, jun], years: 2027}}",
         "calendar: Mon,Fri 2027-01,06-* 02,03:00,30:00"},
	{"schedule", "{plan: {month_days: [1, 15], hours: 6}}", "calendar: *-*-01,15 06:00:00"},
	{"schedule", "{plan: {weekdays: tue, nth: [first, 3], hours: 6}}", "calendar: Tue *-*-01..07,15..21 06:00:00"},
	{"schedule", "{plan: {weekdays: sun, nth: last, hours: 6}}", "calendar: Sun *-*~07/1 06:00:00"},
	{"schedule", "{plan: {weekdays: sun, nth: fifth, hours: 6}}", "calendar: Sun *-*-29..31 06:00:00"},
	{"schedule", "{plan: {hours: [2], start: 2026-12-01, stop: 2026-12-31}}", "calendar: *-*-* 02:00:00"},
	{"jitter", "10m", "10m"},
	{"catch_up", "none", "none"},
	{"catch_up", "once", "once"},
	{"overlap", "skip", "skip"},
	{"overlap", "queue", "queue"},
	{"after", "other", "other"},
	{"after", "[other, third]", "other\nthird"},
	{"run_timeout", "3h", "3h"},
	{"retry", "{attempts: 5}", "attempts=5,delay=1m,max_delay=1h"},
	{"retry", "{attempts: 1, delay: 30s, max_delay: 10m}", "attempts=1,delay=30s,max_delay=10m"},
	{"active_from", "2026-12-01", "2026-12-01T00:00:00"},
	{"active_from", "2026-12-01T08:00:00Z", "2026-12-01T08:00:00Z"},
	{"active_until", "2026-12-31", "2027-01-01T00:00:00"},
	{"active_until", "2026-12-31 18:00", "2026-12-31T18:00:00"},
	{"active_until", "2026-12-31T18:00:00+01:00", "2026-12-31T17:00:00Z"},
	{"quiet", "22:00-06:00, 12:00-13:00", "22:00-06:00, 12:00-13:00"},
	{"on_failure", "[notify, acme]", "notify\nacme"},
	{"on_failure", "[bin/notify]", "jobs/bin/notify"},
	{"on_failure", "[/bin/notify, --to, 'a b']", "/bin/notify\n--to\na b"},
	{"on_failure", "[]", ""},
	{"id_prefix", "'acme:'", "acme:"},
	{"id_prefix", "''", ""},
	{"category_prefix", "c-", "c-"},
	{"network", "private", "private"},
	{"network", "public", "public"},
	{"max_bytes", "4GiB", "4GiB"},
	{"connect_timeout", "5s", "5s"},
	{"idle_timeout", "90s", "90s"},
	{"timeout", "30m", "30m"},
	{"proxy", "http://proxy.example:3128", "http://proxy.example:3128"},
	{"cacert", "ca.pem", "jobs/ca.pem"},
	{"cacert", "/etc/ca.pem", "/etc/ca.pem"},
	{"connection", "none", "none"},
	{"connection", "acme", "acme"},
	{"mode", "upsert", "upsert"},
	{"mode", "add", "add"},
	{"mode", "update", "update"},
	{"scope", "all", "all"},
	{"scope", "skus", "skus"},
	{"scope", "prices", "prices"},
	{"categories", "overwrite", "overwrite"},
	{"categories", "add", "add"},
	{"categories", "ignore", "ignore"},
	{"unknown_fields", "extra", "extra"},
	{"unknown_fields", "create", "create"},
	{"unknown_fields", "drop", "drop"},
	{"unknown_fields", "fail", "fail"},
	{"on_absent", "clear", "clear"},
	{"on_absent", "keep", "keep"},
	{"on_absent", "{description: keep, price: clear}", ",description=keep,price=clear"},
	{"on_absent", "{price: clear, default: keep}", "keep,price=clear"},
	{"on_absent", "{}", ""},
	{"on_empty", "clear", "clear"},
	{"on_empty", "keep", "keep"},
	{"on_empty", "{name: keep}", "clear,name=keep"},
	{"duplicates", "first", "first"},
	{"duplicates", "last", "last"},
	{"duplicates", "fail", "fail"},
	{"take_over", "old", "old"},
	{"take_over", "[old, 'adhoc:https://x.example/']", "old\nadhoc:https://x.example/"},
	{"take_over", "[]", ""},
	{"lenient", "false", "false"},
	{"lenient", "true", "true"},
	{"unproven", "fail", "fail"},
	{"unproven", "apply", "apply"},
	{"guards", "on", "on"},
	{"guards", "off", "off"},
	{"guards", "{}", "on"},
	{"guards", "{removed: {percent: 20}}", "on,removed.percent=20"},
	{"guards", "{removed: {percent: 10, count: 10, max: off, below_high: 25}}", "on"},
	{"guards", "{removed: {percent: 2.5, max: 500, below_high: off, action: fail}, prices: off, ids: on}",
         "on,removed.action=fail,removed.percent=2.5,removed.max=500,removed.below_high=off,prices=off"},
	{"guards", "{records: {min: 100}, prices: {change: 120}, out_of_stock: {count: 1}, undone_feed: {action: fail}}",
         "on,records.min=100,undone_feed.action=fail,prices.change=120,out_of_stock.count=1"},
	{"guards", "{rejected: {percent: 100, count: 2147483647, action: hold}}",
         "on,rejected.percent=100,rejected.count=2147483647"},
	{"whole", "length", "length"},
	{"whole", "[length, end_of_document, length]", "end_of_document,length"},
	{"language", "de", "de"},
	{"language", "zh-Hant-TW", "zh-Hant-TW"},
	{"missing", "{action: mark, after: 3}", "mark,after=3"},
	{"missing", "{after: 2147483647, action: delete}", "delete,after=2147483647"},
};

static void job_reads_every_key(void **state)
{
	(void)state;
	for (size_t index = 0; index < COUNT(good_rows); index++) {
		const struct good_row *row = &good_rows[index];
		const struct option *option = option_find(OPTION_PLACE_JOB, slice_from(row->key));
		struct buffer text;
		struct buffer field;
		struct read read;
		assert_non_null(option);
		buffer_init(&text, 4096);
		buffer_init(&field, 4096);
		if (option->type != OPTION_SOURCE)
			assert_int_equal(buffer_append_text(&text, "source: x\n"), 0);
		assert_int_equal(buffer_append_format(&text, "%s: %s\n", row->key, row->value), 0);
		read_job(buffer_text(&text), &read);
		problems_expect(&read.problems, "", buffer_text(&text));
		assert_int_equal(row->field == NULL, option->field == OPTION_NO_FIELD);
		if (row->field != NULL) {
			(void)option_append_field(option, &read.job, &field);
			assert_string_equal(buffer_text(&field), row->field);
		}
		read_release(&read);
		buffer_release(&field);
		buffer_release(&text);
	}
}

static void every_key_of_a_job_has_a_row_here(void **state)
{
	(void)state;
	for (size_t index = 0; index < option_count(); index++) {
		const struct option *option = option_at(index);
		bool has_row = option->place != OPTION_PLACE_JOB || option->availability == OPTION_UNAVAILABLE ||
		               option->type == OPTION_KEEP; /* see keep_test.c */
		for (size_t row = 0; row < COUNT(good_rows); row++)
			has_row = has_row || strcmp(good_rows[row].key, option->name) == 0;
		if (!has_row)
			fail_msg("no row for '%s'", option->name);
	}
}

#define NAME_RULE " is not a name: up to 64 of A-Z a-z 0-9 . _ -, beginning with neither '.' nor '-'\n"
#define LATER " is not available in this version of feedmill"

static void job_names_the_place_of_each_mistake(void **state)
{
	/* Each is read behind a line 'source: x'. */
	static const struct {
		const char *text;
		const char *problems;
	} rows[] = {
		{"sorce: y", "2:1: unknown key 'sorce'; did you mean 'source'?\n"},
		{"shedule: daily", "2:1: unknown key 'shedule'; did you mean 'schedule'?\n"},
		{"whatever: 1", "2:1: unknown key 'whatever'\n"},
		{"<<: {a: b}", "2:1: unknown key '<<'\n"},
		{"store: sqlite:x", "2:1: 'store' belongs into feedmill.yaml, not into a job\n"},
		{"jobs: x", "2:1: 'jobs' belongs into feedmill.yaml, not into a job\n"},
		{"catalog:", "2:1: catalog: the value is missing; write one, or remove the key\n"},
		{"catalog: ~", "2:1: catalog: the value is missing; write one, or remove the key\n"},
		{"catalog: null", "2:1: catalog: the value is missing; write one, or remove the key\n"},
		{"catalog: ''", "2:10: catalog: ''" NAME_RULE},
		{"catalog: a b", "2:10: catalog: 'a b'" NAME_RULE},
		{"catalog: .x", "2:10: catalog: '.x'" NAME_RULE},
		{"catalog: https://u:s3cret@x.example/", "2:10: catalog: 'a URL'" NAME_RULE},
		{"catalog: [a, b]", "2:10: catalog: expected one value, not a list\n"},
		{"timeout: {a: b}", "2:10: timeout: expected one value, not a mapping\n"},
		{"description: [a]", "2:14: description: expected one value, not a list\n"},
		{"dialect: a/b", "2:10: dialect: 'a/b'" NAME_RULE},
		{"dialect: yml,group_id=parent", "2:10: dialect: 'yml,group_id=parent'" NAME_RULE},
		{"dialect: [yml]", "2:10: dialect: expected one value, not a list\n"},
		{"dialect: {group_id: parent}", "2:10: dialect: 'name' is missing\n"},
		{"dialect: {}", "2:10: dialect: 'name' is missing\n"},
		{"dialect: {name: yml, group_id: [x]}", "2:32: group_id: expected one value, not a list\n"},
		{"dialect: {name: yml, group_id: }", "2:22: group_id: the value is missing; write one, or remove the key\n"},
		{"dialect: {name: [yml]}", "2:17: name: expected one value, not a list\n"},
		{"dialect: {name: a/b}", "2:17: dialect: 'a/b'" NAME_RULE},
		{"dialect: {name: yml, 'a b': c}", "2:22: dialect: 'a b'" NAME_RULE},
		{"dialect: {name: yml, a: \"b\\tc\"}",
	         "2:22: dialect: option 'a': control characters (tab, line feed) are not allowed\n"},
		{"missing: perhaps", "2:10: missing: unknown word 'perhaps'; write 'keep', 'mark' or 'delete'\n"},
		{"missing: delet", "2:10: missing: unknown word 'delet'; did you mean 'delete'?\n"},
		{"missing: [mark]", "2:10: missing: expected one value, not a list\n"},
		{"missing: {after: 1}", "2:10: missing: 'action' is missing\n"},
		{"missing: {action: mark, after: 2147483648}", "2:32: after: '2147483648' is not a whole number from 1\n"},
		{"missing: {action: mark, after: x}", "2:32: after: 'x' is not a whole number from 1\n"},
		{"missing: {action: mark, after: 0}", "2:32: after: '0' is not a whole number from 1\n"},
		{"missing: {action: mark, after: }", "2:25: after: the value is missing; write one, or remove the key\n"},
		{"missing: {action: mark, afer: 1}", "2:25: unknown key 'afer'; did you mean 'after'?\n"},
		{"missing: {action: hide}", "2:19: missing: unknown word 'hide'; write 'keep', 'mark' or 'delete'\n"},
		{"missing: {action: [mark]}", "2:19: action: expected one value, not a list\n"},
		{"default_currency: €", "2:19: default_currency: '€' is not a currency code of ISO 4217; did you mean 'EUR'?\n"},
		{"default_currency: EURO",
	         "2:19: default_currency: 'EURO' is not a currency code of ISO 4217; did you mean 'EUR'?\n"},
		{"decimal_sign: comma", "2:15: decimal_sign: 'comma' is not a decimal sign; write '.' or ','\n"},
		{"timezone: ../etc/passwd",
	         "2:11: timezone: '../etc/passwd' is not a time zone; write it as 'Europe/Warsaw', 'UTC' or '+02:00'\n"},
		{"timezone: /etc/localtime",
	         "2:11: timezone: '/etc/localtime' is not a time zone; write it as 'Europe/Warsaw', 'UTC' or '+02:00'\n"},
		{"timezone: +2", "2:11: timezone: '+2' is not a time zone; write it as 'Europe/Warsaw', 'UTC' or '+02:00'\n"},
		{"schedule: ''", "2:11: schedule: the expression is empty\n"},
		{"schedule: {cron: daily, every: 1h}", "2:11: schedule: expected one of 'cron', 'calendar', 'every' or 'plan'\n"},
		{"schedule: {}", "2:11: schedule: expected one of 'cron', 'calendar', 'every' or 'plan'\n"},
		{"schedule: {evry: 1h}", "2:12: unknown key 'evry'; did you mean 'every'?\n"},
		{"schedule: {cron: [1]}", "2:18: cron: expected one value, not a list\n"},
		{"schedule: {cron: ''}", "2:18: schedule: cron: the expression is empty\n"},
		{"schedule: {every: often}",
	         "2:19: schedule: every: 'often' is not a duration; write it as '500ms', '15s', '5m' or '2h'\n"},
		{"schedule: {every: 1ms}", "2:19: schedule: every: must be from 1s to 366d\n"},
		{"schedule: [daily]", "2:11: schedule: expected one value, not a list\n"},
		{"schedule: {plan: daily}", "2:18: plan: expected a mapping as '{minutes: [0, 30], hours: 2}', not a text\n"},
		{"schedule: {plan: {hour: 2}}", "2:19: unknown key 'hour'; did you mean 'hours'?\n"},
		{"schedule: {plan: {hours: 24}}", "2:26: plan: hours: '24' is not a whole number from 0 to 23\n"},
		{"schedule: {plan: {minutes: [0, [1]]}}", "2:32: plan: minutes: 'list' is not a whole number from 0 to 59\n"},
		{"schedule: {plan: {weekdays: 1}}", "2:29: plan: weekdays: '1' is not understood; write it as 'monday'\n"},
		{"schedule: {plan: {nth: first}}",
	         "2:12: plan: 'nth' says which of the month's 'weekdays', and these are missing\n"},
		{"schedule: {plan: {nth: first, weekdays: mon, month_days: 3}}",
	         "2:12: plan: 'nth' and 'month_days' exclude each other\n"},
		{"schedule: {plan: {nth: [first, last], weekdays: mon}}",
	         "2:12: plan: 'last' stands alone in 'nth'; make a second job for the others\n"},
		{"schedule: {plan: {hours: 2, start: soon}}",
	         "2:36: plan: start: 'soon' is not a date or instant; write it as '2026-12-24', '2026-12-24 18:00' or "
	         "'2026-12-24T18:00:00+01:00'\n"},
		{"jitter: 2d", "2:9: jitter: must be from 0ms to 1d\n"},
		{"catch_up: all", "2:11: catch_up: unknown word 'all'; write 'none' or 'once'\n"},
		{"overlap: kill", "2:10: overlap: unknown word 'kill'; write 'skip' or 'queue'\n"},
		{"after: acme", "2:8: after: 'acme' is this job itself\n"},
		{"retry: 3", "2:8: retry: expected a mapping with 'attempts'\n"},
		{"retry: {attempts: 0}", "2:19: retry: attempts: '0' is not a whole number from 1 to 100\n"},
		{"retry: {delay: 0s}", "2:16: retry: delay: must be from 1s to 1d\n"},
		{"retry: {tries: 2}", "2:9: unknown key 'tries'\n"},
		{"retry: {attempts: [2]}", "2:19: attempts: expected one value, not a list\n"},
		{"active_from: 2026-02-30",
	         "2:14: active_from: '2026-02-30' is not a date or instant; write it as '2026-12-24', '2026-12-24 18:00' or "
	         "'2026-12-24T18:00:00+01:00'\n"},
		{"on_failure: notify", "2:13: on_failure: expected a list as '[/usr/local/bin/notify, acme]'\n"},
		{"on_failure: ['']", "2:14: on_failure: the program's name is empty\n"},
		{"on_failure: [notify, {a: b}]", "2:22: on_failure: expected an argument, not a mapping\n"},
		{"id_prefix: ' a'", "2:12: id_prefix: white space at the start or end is not allowed\n"},
		{"id_prefix: \"a\\nb\"", "2:12: id_prefix: control characters (tab, line feed) are not allowed\n"},
		{"category_prefix: 01234567890123456789012345678901234567890123456789012345678901234",
	         "2:18: category_prefix: the value is longer than 64 bytes\n"},
		{"network: privat", "2:10: network: unknown word 'privat'; did you mean 'private'?\n"},
		{"max_bytes: lots", "2:12: max_bytes: 'lots' is not a size; write it as '500MiB' or '4GiB'\n"},
		{"max_bytes: 0", "2:12: max_bytes: must be from 1B to 1TiB\n"},
		{"connect_timeout: 15",
	         "2:18: connect_timeout: '15' is not a duration; write it as '500ms', '15s', '5m' or '2h'\n"},
		{"connect_timeout: 11m", "2:18: connect_timeout: must be from 1ms to 10m\n"},
		{"idle_timeout: 61m", "2:15: idle_timeout: must be from 1ms to 1h\n"},
		{"timeout: 8d", "2:10: timeout: must be from 1ms to 7d\n"},
		{"proxy: proxy", "2:8: proxy: 'proxy' is not a URL; write it as 'http://proxy.example:3128'\n"},
		{"proxy: http://u:s3cret@p",
	         "2:8: proxy: a user or password in the URL is refused: credentials do not belong into a URL\n"},
		{"cacert: ''", "2:9: cacert: the path is empty\n"},
		{"connection: a/b",
	         "2:13: connection: 'a/b' is not a name: up to 64 of A-Z a-z 0-9 . _ -, beginning with neither '.' nor '-'\n"},
		{"connection: {kind: basic}", "2:13: connection: expected one value, not a mapping\n"},
		{"guards: maybe", "2:9: guards: unknown word 'maybe'; write 'on' or 'off'\n"},
		{"guards: [removed]", "2:9: guards: expected one value, not a list\n"},
		{"guards: {remove: {percent: 10}}", "2:10: guards: there is no guard 'remove'; did you mean 'removed'?\n"},
		{"guards: {colour: off}", "2:10: guards: there is no guard 'colour'\n"},
		{"guards: {removed: maybe}", "2:19: guards: removed: unknown word 'maybe'; write 'on' or 'off'\n"},
		{"guards: {removed: [10]}", "2:19: removed: expected one value, not a list\n"},
		{"guards: {removed: }", "2:10: removed: the value is missing; write one, or remove the key\n"},
		{"guards: {removed: {precent: 10}}",
	         "2:20: guards: removed: the guard has no key 'precent'; did you mean 'percent'?\n"},
		{"guards: {removed: {min: 1}}", "2:20: guards: removed: the guard has no key 'min'\n"},
		{"guards: {removed: {percent: 10%}}",
	         "2:29: guards: removed: percent: '10%' is not a percentage; write it as '10' or '2.5', up to 100\n"},
		{"guards: {removed: {percent: 101}}",
	         "2:29: guards: removed: percent: '101' is not a percentage; write it as '10' or '2.5', up to 100\n"},
		{"guards: {removed: {percent: -1}}",
	         "2:29: guards: removed: percent: '-1' is not a percentage; write it as '10' or '2.5', up to 100\n"},
		{"guards: {removed: {percent: 1.234}}",
	         "2:29: guards: removed: percent: '1.234' is not a percentage; write it as '10' or '2.5', up to 100\n"},
		{"guards: {removed: {percent: off}}",
	         "2:29: guards: removed: percent: 'off' is not a percentage; write it as '10' or '2.5', up to 100\n"},
		{"guards: {removed: {count: 0}}", "2:27: guards: removed: count: '0' is not a whole number from 1\n"},
		{"guards: {removed: {count: [1]}}", "2:27: count: expected one value, not a list\n"},
		{"guards: {removed: {action: apply}}",
	         "2:28: guards: removed: action: unknown word 'apply'; write 'hold', 'fail' or 'report'\n"},
		{"guards: {records: {min: 1, percent: 5}}", "2:28: guards: records: the guard has no key 'percent'\n"},
		{"whole: always",
	         "2:8: whole: unknown word 'always'; write 'end_of_document', 'length', 'checksum', 'count' or 'pages'\n"},
		{"whole: [length, checksum]", "2:17: whole: 'whole: checksum'" LATER "\n"},
		{"whole: [{a: b}]", "2:9: whole: expected a word, not a mapping\n"},
		{"keep: 10", "2:7: keep: expected a mapping as '{runs: 10, days: 90}'\n"},
		{"take_over: [[other]]", "2:13: take_over: expected the name of a job, not a list\n"},
		{"take_over: {name: other}", "2:12: take_over: expected one value, not a mapping\n"},
		{"take_over: [acme]", "2:13: take_over: 'acme' is this job itself\n"},
		{"take_over: ['', \"a\\nb\"]",
	         "2:13: take_over: a job's name is empty\n2:17: take_over: control characters (tab, line feed) are not allowed\n"},
		{"mode: upsrt", "2:7: mode: unknown word 'upsrt'; did you mean 'upsert'?\n"},
		{"mode: merge", "2:7: mode: unknown word 'merge'; write 'upsert', 'add' or 'update'\n"},
		{"mode:", "2:1: mode: the value is missing; write one, or remove the key\n"},
		{"mode: [add]", "2:7: mode: expected one value, not a list\n"},
		{"scope: price", "2:8: scope: unknown word 'price'; did you mean 'prices'?\n"},
		{"scope: texts", "2:8: scope: 'texts' needs the key 'language': which language the texts are in\n"},
		{"scope: prices\nmode: add",
	         "3:7: mode: 'add' and 'scope: prices' together do nothing: only known items have prices\n"},
		{"missing: mark\nscope: prices",
	         "2:10: missing: a job with 'scope: prices' removes no items; leave it out, or write 'keep'\n"},
		{"missing: {action: delete}\nscope: texts\nlanguage: de",
	         "2:10: missing: a job with 'scope: texts' removes no items; leave it out, or write 'keep'\n"},
		{"categories: replace", "2:13: categories: unknown word 'replace'; write 'overwrite', 'add' or 'ignore'\n"},
		{"unknown_fields: keep", "2:17: unknown_fields: unknown word 'keep'; write 'extra', 'create', 'drop' or 'fail'\n"},
		{"on_absent: perhaps", "2:12: on_absent: unknown word 'perhaps'; write 'clear' or 'keep'\n"},
		{"on_absent: {nmae: keep}", "2:13: on_absent: there is no field 'nmae'; did you mean 'name'?\n"},
		{"on_absent: {id: keep}", "2:13: on_absent: there is no field 'id' that could be kept\n"},
		{"on_absent: {status: keep, colour_of_money: keep}",
	         "2:13: on_absent: there is no field 'status' that could be kept\n"
	         "2:27: on_absent: there is no field 'colour_of_money' that could be kept\n"},
		{"on_empty: {name: perhaps}", "2:18: on_empty: name: unknown word 'perhaps'; write 'clear' or 'keep'\n"},
		{"on_empty: {default: [keep]}", "2:21: default: expected one value, not a list\n"},
		{"on_empty: [name]", "2:11: on_empty: expected one value, not a list\n"},
		{"duplicates: all", "2:13: duplicates: unknown word 'all'; write 'first', 'last' or 'fail'\n"},
		{"unproven: ignore", "2:11: unproven: unknown word 'ignore'; write 'fail' or 'apply'\n"},
		{"language: d", "2:11: language: 'd' is not a language tag; write it as 'de' or 'pt-BR'\n"},
		{"language: de_DE", "2:11: language: 'de_DE' is not a language tag; write it as 'de' or 'pt-BR'\n"},
		{"language: de-", "2:11: language: 'de-' is not a language tag; write it as 'de' or 'pt-BR'\n"},
		{"lenient: yes", "2:10: lenient: unknown word 'yes'; write 'false' or 'true'\n"},
	};

	(void)state;
	for (size_t index = 0; index < COUNT(rows); index++) {
		struct buffer text;
		struct read read;
		buffer_init(&text, 4096);
		assert_int_equal(buffer_append_format(&text, "source: x\n%s\n", rows[index].text), 0);
		read_job(buffer_text(&text), &read);
		problems_expect(&read.problems, rows[index].problems, rows[index].text);
		read_release(&read);
		buffer_release(&text);
	}
}

static void job_needs_a_good_source(void **state)
{
	static const struct {
		const char *text;
		const char *problems;
	} rows[] = {
		{"", "acme.yaml: 'source' is missing\n"},
		{"# nothing yet\n", "acme.yaml: 'source' is missing\n"},
		{"catalog: main\n", "acme.yaml: 'source' is missing\n"},
		{"sorce: x\n", "1:1: unknown key 'sorce'; did you mean 'source'?\n"},
		{"just text\n", "1:1: expected keys with values ('key: value'), not a text\n"},
		{"- source: x\n", "1:1: expected keys with values ('key: value'), not a list\n"},
		{"source:\n", "1:1: source: the value is missing; write one, or remove the key\n"},
		{"source: ''\n", "1:9: source: the source is empty\n"},
		{"source: [a, b]\n", "1:1: a list as 'source'" LATER "\n"},
		{"source: {url: a}\n", "1:1: a mapping as 'source'" LATER "\n"},
		{"source: https://u:s3cret@x.example/\n",
	         "1:9: source: a user or password in the URL is refused: credentials do not belong into a URL\n"},
		{"source: ftp://x.example/\n",
	         "1:9: source: 'ftp' sources are not available in this version of feedmill; use http, https, "
	         "file or a path\n"},
		{"source: \"a\\tb\"\n", "1:9: source: control characters (tab, line feed) are not allowed in a path\n"},
		{"source: \"https://x.example/a\\tb\"\n",
	         "1:9: source: blanks and control characters are not allowed in a URL; write a blank as '%20'\n"},
	};

	(void)state;
	for (size_t index = 0; index < COUNT(rows); index++) {
		struct read read;
		read_job(rows[index].text, &read);
		problems_expect(&read.problems, rows[index].problems, rows[index].text);
		assert_null(read.job.source);
		read_release(&read);
	}
}

static void job_lists_all_its_mistakes(void **state)
{
	static const char text[] =
		"sorce: feed.xml\nmissing: perhaps\nmissing: mark\nguards: {removed: {percent: ten, cuont: 1}}\ntimeout: 5\n";
	struct read read;

	(void)state;
	read_job(text, &read);
	problems_expect(&read.problems,
	                "3:1: duplicate key 'missing'; the first is in line 2\n"
	                "1:1: unknown key 'sorce'; did you mean 'source'?\n"
	                "2:10: missing: unknown word 'perhaps'; write 'keep', 'mark' or 'delete'\n"
	                "4:29: guards: removed: percent: 'ten' is not a percentage; write it as '10' or '2.5', up to 100\n"
	                "4:34: guards: removed: the guard has no key 'cuont'; did you mean 'count'?\n"
	                "5:10: timeout: '5' is not a duration; write it as '500ms', '15s', '5m' or '2h'\n",
	                text);
	read_release(&read);
}

static void job_mistakes_show_no_secret(void **state)
{
	static const char text[] = "source: https://shop:s3cret@x.example/?token=s3cret\n"
				   "sorce: https://x.example/?token=s3cret\n"
				   "catalog: https://x.example/?token=s3cret\n"
				   "proxy: http://shop:s3cret@proxy.example\n"
				   "missing: https://x.example/?token=s3cret\n"
				   "timeout: https://x.example/?token=s3cret\n"
				   "dialect: {name: yml, https://x.example/?token=s3cret: 1}\n"
				   "https://x.example/?token=s3cret: 1\n"
				   "https://x.example/?token=s3cret: 2\n";
	struct read read;

	(void)state;
	read_job(text, &read);
	assert_int_equal(read.problems.count, 10);
	char *printed = problems_printed(&read.problems);
	assert_null(strstr(printed, "s3cret"));
	assert_non_null(strstr(printed, "    source: https://***@x.example/?token=***\n            ^\n"));
	free(printed);
	read_release(&read);
}

static void job_reads_the_options_of_a_dialect(void **state)
{
	struct read read;

	(void)state;
	read_job("source: x\ndialect: {name: yml, group_id: parent, sign: ', ', empty: ''}\n", &read);
	problems_expect(&read.problems, "", "");
	assert_string_equal(read.job.dialect, "yml");
	assert_int_equal(read.job.dialect_option_count, 3);
	assert_string_equal(read.job.dialect_options[0].name, "group_id");
	assert_string_equal(read.job.dialect_options[0].value, "parent");
	assert_string_equal(read.job.dialect_options[2].name, "empty");
	assert_string_equal(read.job.dialect_options[2].value, "");
	read_release(&read);
}

static void job_limits_the_options_of_a_dialect(void **state)
{
	struct buffer text;
	struct read read;

	(void)state;
	buffer_init(&text, 65536);
	assert_int_equal(buffer_append_text(&text, "source: x\ndialect:\n  name: yml\n"), 0);
	for (int index = 0; index < JOB_DIALECT_OPTIONS; index++)
		assert_int_equal(buffer_append_format(&text, "  o%d: x\n", index), 0);
	read_job(buffer_text(&text), &read);
	problems_expect(&read.problems, "", "");
	assert_int_equal(read.job.dialect_option_count, JOB_DIALECT_OPTIONS);
	read_release(&read);
	assert_int_equal(buffer_append_text(&text, "  more: x\n"), 0);
	read_job(buffer_text(&text), &read);
	problems_expect(&read.problems, "104:3: dialect: more than 100 options\n", "");
	read_release(&read);
	buffer_release(&text);
}

#define WHOLE_JOB(missing)                                                                                    \
	"mode=upsert scope=all missing=" missing " categories=overwrite unknown_fields=extra on_empty=clear " \
	"duplicates=first lenient=false unproven=fail"

static void job_config_text_holds_what_shapes_items(void **state)
{
	static const struct {
		const char *text;
		const char *config_text;
	} rows[] = {
		{"source: x", "catalog=main " WHOLE_JOB("mark") " timezone=UTC"},
		{"source: y\nmax_bytes: 5\ntimeout: 5s\nconnect_timeout: 5s\nidle_timeout: 5s\nnetwork: private\nproxy: http://p\ncacert: c\n"
	         "description: d\nmode: upsert\n",
	         "catalog=main " WHOLE_JOB("mark") " timezone=UTC"},
		{"source: x\ndialect: yml", "dialect=yml catalog=main " WHOLE_JOB("mark") " timezone=UTC"},
		{"source: x\ndialect: {z: 1, name: yml, a: '2 3'}",
	         "dialect=yml dialect.a=2%203 dialect.z=1 catalog=main " WHOLE_JOB("mark") " timezone=UTC"},
		{"source: x\nid_prefix: 'a=b%c'\ncategory_prefix: ä\ndecimal_sign: ','\ndefault_currency: EUR\ntimezone: -03:30\nmissing: delete\n"
	         "catalog: c",
	         "catalog=c " WHOLE_JOB(
			 "delete") " default_currency=EUR decimal_sign=, timezone=-03:30 id_prefix=a%3Db%25c category_prefix=ä"},
		{"source: x\nmode: update\non_absent: {price: clear, name: keep}\nmissing: {action: mark, after: 3}\ntake_over: [a, b]\nlanguage: de",
	         "catalog=main mode=update scope=all missing=mark,after%3D3 categories=overwrite unknown_fields=extra "
	         "on_absent=,name%3Dkeep,price%3Dclear on_empty=clear duplicates=first take_over=a%0Ab lenient=false unproven=fail "
	         "language=de timezone=UTC"},
		{"source: x\nid_prefix: ''", "catalog=main " WHOLE_JOB("mark") " timezone=UTC"},
	};

	(void)state;
	for (size_t index = 0; index < COUNT(rows); index++) {
		struct read read;
		read_job(rows[index].text, &read);
		problems_expect(&read.problems, "", rows[index].text);
		assert_string_equal(read.job.config_text, rows[index].config_text);
		read_release(&read);
	}
}

/* What a job does with absent things unless it says so itself. */
static void job_defaults_follow_mode_and_scope(void **state)
{
	static const struct {
		const char *text;
		enum missing_policy missing;
		const char *keep_absent; /* 'all', or the one field that is kept; NULL = none */
		const char *keep_empty;
	} rows[] = {
		{"mode: upsert", MISSING_MARK, NULL, NULL},
		{"mode: add", MISSING_KEEP, "all", NULL},
		{"mode: update", MISSING_KEEP, "all", NULL},
		{"scope: skus", MISSING_KEEP, "all", NULL},
		{"scope: prices", MISSING_KEEP, "all", NULL},
		{"scope: texts\nlanguage: de", MISSING_KEEP, "all", NULL},
		{"mode: update\nmissing: delete\non_absent: clear", MISSING_DELETE, NULL, NULL},
		{"mode: update\non_absent: {default: clear, gtin: keep}", MISSING_KEEP, "gtin", NULL},
		{"on_absent: {gtin: keep}\non_empty: {price: keep}", MISSING_MARK, "gtin", "price"},
		{"on_empty: {default: keep}", MISSING_MARK, NULL, "all"},
		{"missing: keep", MISSING_KEEP, NULL, NULL},
	};

	(void)state;
	for (size_t index = 0; index < COUNT(rows); index++) {
		const char *const names[] = {rows[index].keep_absent, rows[index].keep_empty};
		uint64_t expected[COUNT(names)] = {0};
		struct buffer text;
		struct read read;
		buffer_init(&text, 4096);
		assert_int_equal(buffer_append_format(&text, "source: x\n%s\n", rows[index].text), 0);
		read_job(buffer_text(&text), &read);
		problems_expect(&read.problems, "", rows[index].text);
		for (size_t name = 0; name < COUNT(names); name++) {
			const char *nearest;
			if (names[name] != NULL)
				expected[name] = strcmp(names[name], "all") == 0
				                         ? config_fields_all()
				                         : config_field_find(slice_from(names[name]), &nearest);
		}
		assert_int_equal(read.job.missing, rows[index].missing);
		assert_int_equal(read.job.keep_absent, expected[0]);
		assert_int_equal(read.job.keep_empty, expected[1]);
		read_release(&read);
		buffer_release(&text);
	}
}

static void job_missing_policies_have_names(void **state)
{
	enum missing_policy policy = MISSING_KEEP;

	(void)state;
	assert_string_equal(missing_policy_name(MISSING_KEEP), "keep");
	assert_string_equal(missing_policy_name(MISSING_MARK), "mark");
	assert_string_equal(missing_policy_name(MISSING_DELETE), "delete");
	assert_true(missing_policy_parse(slice_from("delete"), &policy));
	assert_int_equal(policy, MISSING_DELETE);
	assert_false(missing_policy_parse(slice_from("Delete"), &policy));
	assert_false(missing_policy_parse(slice_from(""), &policy));
	assert_int_equal(policy, MISSING_DELETE);
}

int job_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(job_has_defaults),
		cmocka_unit_test(job_reads_every_key),
		cmocka_unit_test(every_key_of_a_job_has_a_row_here),
		cmocka_unit_test(job_names_the_place_of_each_mistake),
		cmocka_unit_test(job_needs_a_good_source),
		cmocka_unit_test(job_lists_all_its_mistakes),
		cmocka_unit_test(job_mistakes_show_no_secret),
		cmocka_unit_test(job_reads_the_options_of_a_dialect),
		cmocka_unit_test(job_limits_the_options_of_a_dialect),
		cmocka_unit_test(job_config_text_holds_what_shapes_items),
		cmocka_unit_test(job_defaults_follow_mode_and_scope),
		cmocka_unit_test(job_missing_policies_have_names),
	};

	return cmocka_run_group_tests_name("job", tests, NULL, NULL);
}
