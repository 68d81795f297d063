/* Texts in other languages: rows of a table of their own, rewritten from an item's column when that changes. */
#include "store/sqlite/apply_private.h"

/* `list` is the JSON of the column. */
static int run_with_list(struct apply *apply, enum sql_id id, const struct text_change *change, const struct cell *list,
                         struct error *err)
{
	sqlite3_stmt *statement;

	if (list == NULL || list->type == CELL_NULL)
		return 0;
	statement = apply_sql(apply, id, err);
	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, apply->ticket.catalog_key); /* a failure shows at the step */
	sqlite_bind_slice(statement, 2, slice_from(item_kind_name(change->kind)));
	sqlite_bind_slice(statement, 3, change->id);
	row_bind(statement, 4, list, 1);
	return sqlite_step_done(apply->store, statement, err);
}

int text_rewrite(struct apply *apply, const struct text_change *change, struct error *err)
{
	if (run_with_list(apply, SQL_TEXTS_DELETE, change, change->before, err) < 0)
		return -1;
	apply->texts_freed = apply->texts_freed || (change->before != NULL && change->before->type != CELL_NULL);
	return run_with_list(apply, SQL_TEXTS_INSERT, change, change->after, err);
}

int text_forget_item(struct apply *apply, enum item_kind kind, struct slice id, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_TEXTS_DELETE_ITEM, err);

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, apply->ticket.catalog_key); /* a failure shows at the step */
	sqlite_bind_text(statement, 2, item_kind_name(kind));
	sqlite_bind_slice(statement, 3, id);
	return sqlite_step_done(apply->store, statement, err);
}
