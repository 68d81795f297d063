/* Explaining an item: whose it is, which feed its job applied last, and what that says of it. */
#include "cli/explain.h"

#include "cli/explain_show.h"
#include "cli/job_dialects.h"
#include "run/explain.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ARENA_BYTES_MAX (64 * 1024 * 1024)

/* Texts of a row that are wanted, by the names of their columns. */
struct wanted {
	const char *name;
	char *text;
	size_t size;
};

struct row_reading {
	struct wanted *wanted;
	size_t wanted_count;
	int64_t run_id;
	int64_t row_count;
};

static int take_row(void *context, const struct store_value *values, size_t count, struct error *err)
{
	struct row_reading *reading = context;

	if (reading->row_count++ > 0)
		return 0;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(values[i].name, "run_id") == 0 && values[i].type == STORE_INTEGER)
			reading->run_id = values[i].integer;
		for (size_t k = 0; k < reading->wanted_count; k++) {
			struct wanted *wanted = &reading->wanted[k];
			if (strcmp(values[i].name, wanted->name) != 0 || values[i].type == STORE_NULL ||
			    values[i].type == STORE_INTEGER)
				continue;
			if (values[i].text.size >= wanted->size)
				return error_set(err, ERROR_STORE, "the column '%s' of the store is too long", wanted->name);
			memcpy(wanted->text, values[i].text.data, values[i].text.size);
			wanted->text[values[i].text.size] = '\0';
		}
	}
	return 0;
}

static int read_row(struct store *store, const struct store_selection *selection, struct wanted *wanted, size_t count,
                    int64_t *ret_rows, int64_t *ret_run_id, struct error *err)
{
	struct row_reading reading = {.wanted = wanted, .wanted_count = count};
	const struct store_row_sink sink = {.context = &reading, .row = take_row};

	if (store_select(store, selection, sink, err) < 0)
		return -1;
	*ret_rows = reading.row_count;
	*ret_run_id = reading.run_id;
	return 0;
}

/* Whose the item is. */
static int find_owner(struct store *store, const struct store_selection *selection, struct explain_subject *subject,
                      struct error *err)
{
	struct wanted wanted[] = {
		{"job", subject->job, sizeof(subject->job)},
		{"catalog", subject->catalog, sizeof(subject->catalog)},
		{"origin", subject->origin, sizeof(subject->origin)},
	};
	int64_t rows;
	int64_t ignored;

	if (read_row(store, selection, wanted, sizeof(wanted) / sizeof(wanted[0]), &rows, &ignored, err) < 0)
		return -1;
	if (rows == 0)
		return error_set(err, ERROR_NOT_FOUND, "there is no item '%s' in the store", selection->id);
	if (rows > 1)
		return error_set(err, ERROR_USAGE, "'%s' is in several catalogs: say which with --catalog", selection->id);
	return 0;
}

/* The run whose feed the item's state comes from. */
static int find_run(struct store *store, struct explain_subject *subject, struct error *err)
{
	const struct store_selection last = {
		.list = STORE_LIST_RUNS, .job = subject->job, .catalog = subject->catalog, .status = "applied", .limit = 1};
	struct store_selection whole = {.list = STORE_LIST_RUNS};
	struct wanted wanted[] = {
		{"feed_sha256", subject->sha256, sizeof(subject->sha256)},
		{"dialect", subject->dialect, sizeof(subject->dialect)},
		{"encoding", subject->encoding, sizeof(subject->encoding)},
	};
	int64_t rows;
	int64_t ignored;

	if (read_row(store, &last, NULL, 0, &rows, &subject->run_id, err) < 0)
		return -1;
	if (rows == 0)
		return error_set(err, ERROR_NOT_FOUND, "the ledger has no applied run of the job '%s', which owns the item",
		                 subject->job);
	whole.run_id = subject->run_id;
	return read_row(store, &whole, wanted, sizeof(wanted) / sizeof(wanted[0]), &rows, &ignored, err);
}

static int find_spool(const struct setting *setting, struct explain_subject *subject, struct error *err)
{
	struct stat status;

	if (subject->sha256[0] == '\0' ||
	    !run_spool_path(setting->state_folder, subject->sha256, subject->spool, sizeof(subject->spool)))
		return error_set(err, ERROR_NOT_FOUND, "the ledger does not say which feed run %lld applied",
		                 (long long)subject->run_id);
	if (stat(subject->spool, &status) != 0)
		return error_set(err, ERROR_NOT_FOUND,
		                 "the feed that run %lld of the job '%s' applied is no longer in the spool ('%s'); "
		                 "run the job once more with --full, and it is kept again",
		                 (long long)subject->run_id, subject->job, subject->spool);
	return 0;
}

/* The job as it is configured, else as far as the ledger tells. */
static void choose_job(const struct setting *setting, struct explain_subject *subject, struct job_config *ret_job)
{
	const struct job_config *configured = config_job(&setting->config, slice_from(subject->job));

	subject->is_configured = configured != NULL;
	if (configured) {
		*ret_job = *configured;
		return;
	}
	job_config_init(ret_job, subject->job);
	ret_job->dialect = subject->dialect[0] ? subject->dialect : NULL;
}

static int explain(const struct invocation *invocation, struct setting *setting, struct explain_subject *subject,
                   struct arena *arena, struct error *err)
{
	struct run_explain_result *result = arena_alloc(arena, sizeof(*result));
	struct dialect_files dialects;
	struct job_config job;

	if (!result)
		return error_set_memory(err);
	choose_job(setting, subject, &job);
	if (job_dialects_choose(invocation, setting, &job, &dialects, err) < 0)
		return -1;
	const struct run_explain_request request = {
		.job = &job,
		.dialects = &dialects,
		.spool_path = subject->spool,
		.encoding = slice_from(subject->encoding),
		.wish = {.kind = subject->kind, .id = slice_from(subject->id), .wants_last = job.duplicates == DUPLICATES_LAST},
		.clock = invocation->clock,
		.is_cage_required = setting->config.sandbox == SANDBOX_REQUIRED,
	};
	if (run_explain_execute(&request, arena, result, err) < 0)
		return -1;
	command_warn_of_cage(invocation, &result->cage);
	if (result->explanation.is_found)
		return explain_show(invocation, subject, &result->explanation, &result->position, err);
	if (subject->kind == ITEM_PRODUCT && strcmp(subject->origin, "stated") != 0)
		return error_set(err, ERROR_NOT_FOUND,
		                 "no record states the product '%s': it is made from its SKUs; explain one of them "
		                 "('feedmill skus list --product')",
		                 subject->id);
	return error_set(err, ERROR_NOT_FOUND, "no record of the feed that run %lld of the job '%s' applied states '%s'%s",
	                 (long long)subject->run_id, subject->job, subject->id,
	                 subject->kind == ITEM_CATEGORY ? "; it may be the ancestor of a category that is named by its path"
	                                                : "; it may be missing from it, or stem from an earlier run");
}

int explain_item(const struct invocation *invocation, struct setting *setting, struct store *store, enum item_kind kind,
                 const struct store_selection *selection)
{
	struct explain_subject *subject = calloc(1, sizeof(*subject));
	struct error err = ERROR_INIT;
	struct arena arena;
	int status = EXIT_DONE;

	if (!subject) {
		(void)error_set_memory(&err);
		return command_fail(invocation, &err);
	}
	subject->kind = kind;
	subject->id = selection->id;
	arena_init(&arena, ARENA_BYTES_MAX);
	if (find_owner(store, selection, subject, &err) < 0 || find_run(store, subject, &err) < 0 ||
	    find_spool(setting, subject, &err) < 0)
		status = command_fail(invocation, &err);
	if (status == EXIT_DONE)
		status = setting_find_dialects(invocation, setting);
	if (status == EXIT_DONE && explain(invocation, setting, subject, &arena, &err) < 0)
		status = command_fail(invocation, &err);
	arena_release(&arena);
	free(subject);
	return status;
}
