/* feedmill vacuum: what is kept no longer goes at once, and the room it took is given back. */
#include "base/json.h"
#include "cli/command.h"
#include "cli/setting.h"
#include "run/retention.h"

#include <inttypes.h>

#define REPORT_BYTES_MAX (64 * 1024)

static void append_space(struct json_writer *json, const char *name, const struct store_space *space)
{
	json_key(json, name);
	json_object_begin(json);
	json_member_integer(json, "bytes", space->bytes);
	json_member_integer(json, "free_bytes", space->free_bytes);
	json_member_integer(json, "wal_bytes", space->wal_bytes);
	json_object_end(json);
}

static void append_report(const struct setting *setting, const struct vacuum_report *report, struct buffer *buffer)
{
	struct json_writer json;

	json_writer_init(&json, buffer);
	json_object_begin(&json);
	json_member_text(&json, "store", setting->store);
	json_member_text(&json, "state_folder", setting->state_folder);
	json_member_integer(&json, "jobs", report->jobs);
	append_space(&json, "before", &report->before);
	append_space(&json, "after", &report->after);
	json_key(&json, "removed");
	json_object_begin(&json);
	json_member_integer(&json, "changes", report->pruned.changes);
	json_member_integer(&json, "undo_rows", report->pruned.undo_rows);
	json_member_integer(&json, "complaints", report->pruned.complaints);
	json_member_integer(&json, "feeds", report->spool.feeds_removed);
	json_member_integer(&json, "feed_bytes", report->spool.feed_bytes_removed);
	json_member_integer(&json, "plans", report->spool.plans_removed);
	json_object_end(&json);
	json_key(&json, "spool");
	json_object_begin(&json);
	json_member_integer(&json, "feeds", report->spool.feeds_left);
	json_member_integer(&json, "bytes", report->spool.feed_bytes_left);
	json_object_end(&json);
	json_object_end(&json);
	(void)buffer_append_byte(buffer, '\n'); /* failure sticks and is seen by the caller */
}

static void append_text(const struct setting *setting, const struct vacuum_report *report, struct buffer *buffer)
{
	(void)buffer_append_format(buffer,
	                           "store    %s\n"
	                           "         %" PRId64 " bytes and %" PRId64 " of log, before %" PRId64 " and %" PRId64 "\n"
	                           "removed  %" PRId64 " changes, %" PRId64 " rows of undo log, %" PRId64 " complaints\n"
	                           "spool    %" PRId64 " feeds with %" PRId64 " bytes and %" PRId64 " plans removed, %" PRId64
	                           " feeds with %" PRId64 " bytes left\n",
	                           setting->store, report->after.bytes, report->after.wal_bytes, report->before.bytes,
	                           report->before.wal_bytes, report->pruned.changes, report->pruned.undo_rows,
	                           report->pruned.complaints, report->spool.feeds_removed, report->spool.feed_bytes_removed,
	                           report->spool.plans_removed, report->spool.feeds_left, report->spool.feed_bytes_left);
}

static int print_report(const struct invocation *invocation, const struct setting *setting, const struct vacuum_report *report)
{
	struct buffer buffer;
	int status = EXIT_DONE;

	buffer_init(&buffer, REPORT_BYTES_MAX);
	if (option_given(invocation, OPTION_JSON))
		append_report(setting, report, &buffer);
	else
		append_text(setting, report, &buffer);
	if (buffer.failed) {
		fputs("feedmill: out of memory while writing the report\n", invocation->errors);
		status = EXIT_FAILED;
	} else {
		(void)fwrite(buffer.data, 1, buffer.size, invocation->out); /* checked when the output is flushed */
	}
	buffer_release(&buffer);
	return status;
}

static int vacuum(const struct invocation *invocation)
{
	struct setting setting;
	struct vacuum_report report;
	struct error err = ERROR_INIT;
	int status = setting_load(invocation, &setting);

	if (status != EXIT_DONE)
		return status;
	const struct vacuum_request request = {
		.config = &setting.config,
		.store = setting.store,
		.state_folder = setting.state_folder,
		.clock = invocation->clock,
	};
	if (run_vacuum(&request, &report, &err) == 0)
		status = print_report(invocation, &setting, &report);
	else
		status = err.code == ERROR_LEASE ? (command_fail(invocation, &err), EXIT_RUNNING) : command_fail(invocation, &err);
	setting_release(&setting);
	return status;
}

static const enum option_id options[] = {OPTION_CONFIG, OPTION_STORE, OPTION_JSON};

const struct command command_vacuum = {
	.name = "vacuum",
	.arguments = "",
	.summary = "remove what is kept no longer, and give the room back",
	.details =
		"Feeds, plans, changes, undo logs and complaints of runs beyond the limits of 'keep' go after each run, some at a time; this removes\n"
		"all of them, of all jobs in the store: those without a file by the figures of feedmill.yaml. Then free pages of the store are given\n"
		"back to the file system and its log is emptied. Readers and, for moments, writers go on meanwhile, and it takes next to no free space.\n"
		"Only a store that was copied or recovered by other tools is written anew: that takes twice its size in free space and keeps writers\n"
		"waiting.\n"
		"\n"
		"Exit status: 0 done; 1 failed; 2 usage or configuration; 5 a run is going on; 75 temporary failure.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.writes_state = true,
	.run = vacuum,
};
