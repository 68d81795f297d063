/* The job's policies, as questions that the files about categories, products and SKUs ask. */
#include "store/sqlite/apply_private.h"

#include "base/json.h"
#include "store/sqlite/apply_list.h"

#include <stdlib.h>

static int job_key_find(struct apply *apply, const char *job, int64_t *ret_key, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_JOB_KEY, err);
	int step;

	if (statement == NULL)
		return -1;
	sqlite_bind_text(statement, 1, job);
	step = sqlite_step_row(apply->store, statement, err);
	if (step == 1)
		*ret_key = sqlite3_column_int64(statement, 0);
	return step;
}

/* A job that never ran has nothing to take. */
static int find_taken_jobs(struct apply *apply, struct error *err)
{
	apply->taken_jobs = calloc(apply->policy.take_over_count + 1, sizeof(*apply->taken_jobs));
	if (apply->taken_jobs == NULL)
		return error_set_memory(err);
	for (size_t index = 0; index < apply->policy.take_over_count; index++) {
		int64_t key;
		const int found = job_key_find(apply, apply->policy.take_over[index], &key, err);

		if (found < 0)
			return -1;
		if (found == 1)
			apply->taken_jobs[apply->taken_job_count++] = key;
	}
	return 0;
}

int policy_begin(struct apply *apply, struct error *err)
{
	struct apply_policy *policy = &apply->policy;

	if (policy->scope == APPLY_SCOPE_PRICES || policy->scope == APPLY_SCOPE_TEXTS)
		policy->missing = APPLY_MISSING_KEEP;
	if (policy->scope != APPLY_SCOPE_ALL)
		policy->categories = APPLY_CATEGORIES_IGNORE;
	if (policy->missing_after < 1)
		policy->missing_after = 1;
	return find_taken_jobs(apply, err);
}

bool policy_owns(const struct apply *apply, int64_t job_key)
{
	if (job_key == apply->ticket.job_key)
		return true;
	for (size_t index = 0; index < apply->taken_job_count; index++)
		if (apply->taken_jobs[index] == job_key)
			return true;
	return false;
}

bool policy_writes_skus(const struct apply *apply)
{
	return apply->policy.scope == APPLY_SCOPE_ALL || apply->policy.scope == APPLY_SCOPE_SKUS;
}

/* A list or bag without content is as empty as an empty text. */
static enum presence presence_of(const struct field_value *value, enum column_form form)
{
	if (value->presence == PRESENCE_VALUE && form == COLUMN_JSON && value->text.size == 2)
		return PRESENCE_EMPTY;
	return value->presence;
}

column_mask policy_kept(const struct apply *apply, const struct statement *statement)
{
	const struct row_shape *shape = row_shape(statement->kind);
	column_mask mask = 0;

	if (apply->policy.keep_absent == 0 && apply->policy.keep_empty == 0)
		return 0;
	for (size_t index = 0; index < shape->count; index++) {
		const struct column *column = &shape->columns[index];
		uint64_t keep = 0;

		if (column->field == FIELD_COUNT)
			continue;
		switch (presence_of(&statement->fields[column->field], column->form)) {
		case PRESENCE_ABSENT:
			keep = apply->policy.keep_absent;
			break;
		case PRESENCE_EMPTY:
			keep = apply->policy.keep_empty;
			break;
		case PRESENCE_VALUE:
			break;
		}
		if ((keep >> column->field & 1) != 0)
			mask |= COLUMN_BIT(index);
	}
	return mask;
}

column_mask policy_stated(const struct statement *statement)
{
	const struct row_shape *shape = row_shape(statement->kind);
	column_mask mask = 0;

	for (size_t index = 0; index < shape->count; index++) {
		const struct column *column = &shape->columns[index];

		if (column->field != FIELD_COUNT && statement->fields[column->field].presence != PRESENCE_ABSENT)
			mask |= COLUMN_BIT(index);
	}
	return mask;
}

void policy_take_cells(enum item_kind kind, column_mask mask, const struct cell *from, struct cell *cells)
{
	if (mask == 0)
		return;
	for (size_t index = 0; index < row_shape(kind)->count; index++)
		if ((mask & COLUMN_BIT(index)) != 0)
			cells[index] = from[index];
}

enum policy_verdict policy_judge_mode(const struct apply *apply, bool is_known)
{
	if ((apply->policy.mode == APPLY_MODE_ADD && is_known) || (apply->policy.mode == APPLY_MODE_UPDATE && !is_known))
		return POLICY_SKIP_MODE;
	return POLICY_APPLY;
}

int policy_skip(struct apply *apply, enum policy_verdict verdict, const struct policy_skip *skip, struct error *err)
{
	struct kind_counts *counts = &apply->counts.kinds[skip->kind];
	const struct complaint complaint = {.code = COMPLAINT_NEW_SKIPPED,
	                                    .kind = skip->kind,
	                                    .item_id = skip->id,
	                                    .record = skip->place.record,
	                                    .stream_offset = skip->place.stream_offset};

	if (verdict == POLICY_SKIP_MODE)
		counts->skipped_mode++;
	else
		counts->skipped_scope++;
	if (skip->is_known)
		return 0;
	apply->awaits_items = true;
	return complaint_add(apply, &complaint, err);
}

int policy_product_known(struct apply *apply, struct slice product_id, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_PRODUCT_KNOWN, err);

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, apply->ticket.catalog_key);
	sqlite_bind_slice(statement, 2, product_id);
	if (sqlite_step_row(apply->store, statement, err) < 0)
		return -1;
	return sqlite3_column_int(statement, 0);
}

static bool list_has(struct slice list, struct slice wanted)
{
	struct list_walk walk = list_walk_begin(list);
	struct slice element;

	while (list_walk_next(&walk, &element))
		if (slice_equal(element, wanted))
			return true;
	return false;
}

/* What is stored, in its order, then what is new. */
static int grow_list(struct apply *apply, struct slice stored, struct cell *cell, struct error *err)
{
	struct list_walk walk = list_walk_begin(stored);
	struct json_writer json;
	struct slice element;
	size_t count = list_count(stored);

	buffer_clear(&apply->grown);
	json_writer_init(&json, &apply->grown);
	json_array_begin(&json);
	while (list_walk_next(&walk, &element))
		json_raw(&json, element);
	walk = list_walk_begin(cell_slice(cell));
	while (list_walk_next(&walk, &element)) {
		if (list_has(stored, element) || count == LIMIT_LIST_ITEMS)
			continue;
		json_raw(&json, element);
		count++;
	}
	json_array_end(&json);
	if (apply->grown.failed)
		return error_set_memory(err);
	*cell = cell_text(buffer_slice(&apply->grown));
	return 0;
}

int policy_categories(struct apply *apply, const struct cell *stored, struct cell *cell, struct error *err)
{
	switch (apply->policy.categories) {
	case APPLY_CATEGORIES_OVERWRITE:
		return 0;
	case APPLY_CATEGORIES_IGNORE:
		*cell = stored != NULL ? *stored : (struct cell){.type = CELL_NULL};
		return 0;
	case APPLY_CATEGORIES_ADD:
		break;
	}
	if (stored == NULL || stored->type != CELL_TEXT)
		return 0;
	return grow_list(apply, stored->text, cell, err);
}

void policy_count_taken(struct apply *apply, enum item_kind kind)
{
	apply->counts.stock[kind].adopted++;
	apply->given_up++;
}
