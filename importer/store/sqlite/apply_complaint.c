/* Complaints: totals of all, rows of the first of each code, and where those stand in the feed. */
#include "store/sqlite/apply_known.h"

#include "base/limits.h"

#include <stdlib.h>

static int complaint_insert(struct apply *apply, const struct complaint *complaint, struct error *err)
{
	const struct complaint_definition *definition = complaint_definition(complaint->code);
	const bool has_place = complaint->record != 0 || complaint->stream_offset != 0;
	const struct cell cells[] = {
		cell_integer(apply->ticket.run_id),
		cell_text(slice_from(complaint_severity_name(definition->severity))),
		cell_text(slice_from(definition->name)),
		cell_text(slice_from(item_kind_name(complaint->kind))),
		cell_text(complaint->item_id),
		cell_text(complaint->field),
		cell_text(complaint->text),
		complaint->record != 0 ? cell_integer((int64_t)complaint->record) : (struct cell){.type = CELL_NULL},
		has_place ? cell_integer((int64_t)complaint->stream_offset) : (struct cell){.type = CELL_NULL},
	};
	sqlite3_stmt *statement = apply_sql(apply, SQL_COMPLAINT_INSERT, err);

	if (statement == NULL)
		return -1;
	row_bind(statement, 1, cells, sizeof(cells) / sizeof(cells[0]));
	return sqlite_step_done(apply->store, statement, err);
}

int complaint_add(struct apply *apply, const struct complaint *complaint, struct error *err)
{
	if ((size_t)complaint->code >= COMPLAINT_CODE_COUNT)
		return error_set(err, ERROR_READER, "a complaint of unknown code %d", (int)complaint->code);
	learn_complaint(apply, complaint->record);
	if (++apply->counts.complaints_new[complaint->code] > LIMIT_COMPLAINTS_KEPT)
		return 0;
	return complaint_insert(apply, complaint, err);
}

int complaint_add_foreign(struct apply *apply, enum item_kind kind, struct slice id, struct item_place place, int64_t owner_job_key,
                          struct error *err)
{
	struct complaint complaint = {.code = COMPLAINT_FOREIGN,
	                              .kind = kind,
	                              .item_id = id,
	                              .record = place.record,
	                              .stream_offset = place.stream_offset};
	sqlite3_stmt *statement;
	int step;

	/* The owner's name is looked up only where it will be seen. */
	if (apply->counts.complaints_new[COMPLAINT_FOREIGN] >= LIMIT_COMPLAINTS_KEPT)
		return complaint_add(apply, &complaint, err);
	statement = apply_sql(apply, SQL_JOB_NAME, err);
	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, owner_job_key);
	step = sqlite_step_row(apply->store, statement, err);
	if (step < 0)
		return -1;
	if (step == 1)
		complaint.text = sqlite_column_slice(statement, 0);
	return complaint_add(apply, &complaint, err);
}

static int places_append(struct complaint_place **places, size_t *capacity, size_t count, struct complaint_place place,
                         struct error *err)
{
	if (*places == NULL || count == *capacity) {
		const size_t grown = *capacity > 0 ? *capacity * 2 : 64;
		struct complaint_place *moved = reallocarray(*places, grown, sizeof(*moved));

		if (moved == NULL)
			return error_set_memory(err);
		*places = moved;
		*capacity = grown;
	}
	(*places)[count] = place;
	return 0;
}

int apply_complaint_places(struct apply *apply, struct complaint_place **ret_places, size_t *ret_count, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_COMPLAINT_PLACES, err);
	struct complaint_place *places = NULL;
	size_t capacity = 0;
	size_t count = 0;
	int step;

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, apply->ticket.run_id);
	while ((step = sqlite_step_row(apply->store, statement, err)) == 1) {
		const struct complaint_place place = {.complaint_row = sqlite3_column_int64(statement, 0),
		                                      .stream_offset = (uint64_t)sqlite3_column_int64(statement, 1),
		                                      .byte = -1};

		if (places_append(&places, &capacity, count, place, err) < 0) {
			step = -1;
			break;
		}
		count++;
	}
	if (step < 0) {
		free(places);
		return -1;
	}
	*ret_places = places;
	*ret_count = count;
	return 0;
}

/* Zero lines and columns and a negative byte are unknown. */
static struct cell cell_known(int64_t value, int64_t least)
{
	return value >= least ? cell_integer(value) : (struct cell){.type = CELL_NULL};
}

int apply_complaint_locate(struct apply *apply, const struct complaint_place *places, size_t count, struct error *err)
{
	for (size_t index = 0; index < count; index++) {
		const struct cell cells[] = {
			cell_integer(places[index].complaint_row), cell_known(places[index].line, 1),
			cell_known(places[index].column, 1),       cell_known(places[index].byte, 0),
			cell_integer(apply->ticket.run_id),
		};
		sqlite3_stmt *statement = apply_sql(apply, SQL_COMPLAINT_LOCATE, err);

		if (statement == NULL)
			return -1;
		row_bind(statement, 1, cells, sizeof(cells) / sizeof(cells[0]));
		if (sqlite_step_done(apply->store, statement, err) < 0)
			return -1;
	}
	return 0;
}
