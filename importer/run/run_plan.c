/* The plan of a run that changes nothing: left beside the spool, and compared with the one that a person approved. */
#include "run/run_steps.h"

#include "fetch/spool_tidy.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

bool run_plan_path(const char *state_folder, uint64_t store_number, int64_t run_id, char *ret_path, size_t size)
{
	int length = snprintf(ret_path, size, "%s/spool/" SPOOL_PLAN_FORMAT, state_folder, (unsigned long long)store_number,
	                      (long long)run_id);

	return length > 0 && (size_t)length < size;
}

static int write_file(struct apply *apply, const char *path, struct error *err)
{
	FILE *stream = fopen(path, "we");

	if (!stream)
		return error_set_system(err, errno, "cannot write the plan '%s'", path);
	int result = apply_write_plan(apply, stream, err);
	if (fclose(stream) != 0 && result == 0)
		result = error_set_system(err, errno, "cannot write the plan '%s'", path);
	if (result < 0)
		(void)unlink(path); /* half a plan is worse than none */
	return result;
}

int run_plan_write(struct run *run, struct apply *apply, struct error *err)
{
	struct run_report *report = run->report;

	if (!run_plan_path(run->request->state_folder, store_seed(run->store), run->ticket.run_id, report->plan_path,
	                   sizeof(report->plan_path)))
		return error_set(err, ERROR_USAGE, "the path of the state folder is too long");
	if (write_file(apply, report->plan_path, err) == 0)
		return 0;
	report->plan_path[0] = '\0';
	return -1;
}

#define WORDS_BYTES_MAX ((size_t)256)

static int refuse(const struct run *run, struct error *err)
{
	const struct plan_difference *difference = &run->report->difference;
	const long long parent = (long long)run->request->parent_run_id;
	const long long now = (long long)run->ticket.run_id;
	const bool has_lines = plan_difference_total(difference, PLAN_THEN) > 0 || plan_difference_total(difference, PLAN_NOW) > 0;
	struct buffer words[PLAN_SIDE_COUNT];

	if (!has_lines)
		return error_set(
			err, ERROR_GUARD,
			"the plan is no longer the one that run %lld was held with; 'feedmill changes %lld' lists what would "
			"change now",
			parent, now);
	for (int side = 0; side < PLAN_SIDE_COUNT; side++) {
		buffer_init(&words[side], WORDS_BYTES_MAX);
		plan_difference_append_counts(difference, (enum plan_side)side, &words[side]);
	}
	(void)error_set(err, ERROR_GUARD,
	                "the plan is no longer the one that run %lld was held with (only then: %.*s; only now: %.*s); "
	                "'feedmill changes %lld' lists what was held, 'feedmill changes %lld' what would change now",
	                parent, (int)words[PLAN_THEN].size, words[PLAN_THEN].data, (int)words[PLAN_NOW].size, words[PLAN_NOW].data,
	                parent, now);
	for (int side = 0; side < PLAN_SIDE_COUNT; side++)
		buffer_release(&words[side]);
	return -1;
}

int run_plan_refuse(struct run *run, struct apply *apply, struct error *err)
{
	char path[sizeof(run->report->plan_path)];
	struct error ignored = ERROR_INIT;

	if (run_plan_write(run, apply, err) < 0)
		return -1;
	/* Where the held plan is gone it can only be said that there is another. */
	if (run_plan_path(run->request->state_folder, store_seed(run->store), run->request->parent_run_id, path, sizeof(path)))
		(void)!plan_compare(path, run->report->plan_path, &run->report->difference, &ignored);
	return refuse(run, err);
}
