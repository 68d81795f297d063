/* From the words of a job to the policies of the stages: one table each. */
#include "run/policy.h"

#include "base/zone.h"
#include "run/request.h"

#include <string.h>

static const enum apply_mode modes[] = {
	[MODE_UPSERT] = APPLY_MODE_UPSERT, [MODE_ADD] = APPLY_MODE_ADD, [MODE_UPDATE] = APPLY_MODE_UPDATE};

static const enum apply_scope scopes[] = {[SCOPE_ALL] = APPLY_SCOPE_ALL,
                                          [SCOPE_SKUS] = APPLY_SCOPE_SKUS,
                                          [SCOPE_PRICES] = APPLY_SCOPE_PRICES,
                                          [SCOPE_TEXTS] = APPLY_SCOPE_TEXTS};

static const enum apply_missing missings[] = {
	[MISSING_KEEP] = APPLY_MISSING_KEEP, [MISSING_MARK] = APPLY_MISSING_MARK, [MISSING_DELETE] = APPLY_MISSING_DELETE};

static const enum apply_categories categories[] = {[CATEGORIES_OVERWRITE] = APPLY_CATEGORIES_OVERWRITE,
                                                   [CATEGORIES_ADD] = APPLY_CATEGORIES_ADD,
                                                   [CATEGORIES_IGNORE] = APPLY_CATEGORIES_IGNORE};

static const enum apply_duplicates duplicates[] = {[DUPLICATES_FIRST] = APPLY_DUPLICATES_FIRST,
                                                   [DUPLICATES_LAST] = APPLY_DUPLICATES_LAST,
                                                   [DUPLICATES_FAIL] = APPLY_DUPLICATES_FAIL};

static const enum mapper_unknown unknown_fields[] = {[UNKNOWN_FIELDS_EXTRA] = MAPPER_UNKNOWN_EXTRA,
                                                     [UNKNOWN_FIELDS_CREATE] = MAPPER_UNKNOWN_CREATE,
                                                     [UNKNOWN_FIELDS_DROP] = MAPPER_UNKNOWN_DROP,
                                                     [UNKNOWN_FIELDS_FAIL] = MAPPER_UNKNOWN_FAIL};

struct apply_policy apply_policy_of_job(const struct job_config *job)
{
	return (struct apply_policy){
		.mode = modes[job->mode],
		.scope = scopes[job->scope],
		.missing = missings[job->missing],
		.missing_after = job->missing_after,
		.categories = categories[job->categories],
		.duplicates = duplicates[job->duplicates],
		.keep_absent = job->keep_absent,
		.keep_empty = job->keep_empty,
		.take_over = job->take_over,
		.take_over_count = job->take_over_count,
		.language = job->scope == SCOPE_TEXTS ? job->language : NULL,
		.creates_fields = job->unknown_fields == UNKNOWN_FIELDS_CREATE,
	};
}

struct mapper_options mapper_options_of_job(const struct job_config *job)
{
	struct mapper_options options = {
		.unknown_fields = unknown_fields[job->unknown_fields],
		.language = slice_from(job->language),
		.dialect = slice_from(job->dialect),
		.decimal_sign = job->decimal_sign,
		.offset_minutes = job->offset_minutes,
		.id_prefix = slice_from(job->id_prefix),
		.category_prefix = slice_from(job->category_prefix),
	};

	if (job->default_currency)
		strncpy(options.default_currency, job->default_currency, sizeof(options.default_currency) - 1);
	return options;
}

int request_zone_of_job(const struct job_config *job, struct arena *arena, struct reader_request *request, struct error *err)
{
	const char *name = job->schedule.time_zone;
	const bool is_fixed = name == NULL || strcmp(name, "UTC") == 0 || name[0] == '+' || name[0] == '-';

	if (is_fixed)
		return 0;
	if (zone_read_file(NULL, name, arena, &request->zone_data, err) < 0) {
		if (err->code == ERROR_NOT_FOUND)
			err->code = ERROR_CONFIG;
		return error_wrap(err, "timezone");
	}
	request->zone_name = slice_from(name);
	return 0;
}
