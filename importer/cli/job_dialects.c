/* Choosing the dialects of a job. */
#include "cli/job_dialects.h"

/* All of them, for every job that names none: compiled once, and kept. */
static int choose_all(struct setting *setting, struct dialect_files *ret_files, struct config_problems *problems, struct error *err)
{
	if (!setting->dialect_set &&
	    dialect_files_compile(&setting->dialects, &setting->arena, &setting->dialect_set, problems, err) < 0)
		return -1;
	*ret_files = setting->dialects;
	if (problems->count > 0)
		return error_set(err, ERROR_CONFIG, "a feed cannot be recognised while there are mistakes in one of the dialects");
	return 0;
}

static int choose_named(struct setting *setting, const struct job_config *job, struct dialect_files *ret_files,
                        struct config_problems *problems, struct error *err)
{
	struct dialect_set *set = NULL;
	int result;

	if (dialect_files_of_job(&setting->dialects, job, &setting->arena, ret_files, err) < 0 ||
	    dialect_files_compile(ret_files, &setting->arena, &set, problems, err) < 0)
		return -1;
	/* That it is not there is more to the point than mistakes in others. */
	if (problems->count == 0 || !dialect_description(set, slice_from(job->dialect)))
		result = dialect_check_job(set, job, err);
	else
		result = error_set(err, ERROR_CONFIG, "there are mistakes in the dialect '%s', or in one that it extends",
		                   job->dialect);
	dialect_set_free(set);
	return result;
}

int job_dialects_choose(const struct invocation *invocation, struct setting *setting, const struct job_config *job,
                        struct dialect_files *ret_files, struct error *err)
{
	struct config_problems problems;

	config_problems_init(&problems);
	const int result = job->dialect ? choose_named(setting, job, ret_files, &problems, err)
	                                : choose_all(setting, ret_files, &problems, err);
	config_problems_print(&problems, invocation->errors);
	config_problems_release(&problems);
	return result < 0 && err->code != ERROR_MEMORY ? error_wrap(err, "job '%s'", job->name) : result;
}
