/*
 * floor_insert: every row of a store, inserted again into an empty store of
 * the same schema with prepared statements, in one transaction and with the
 * journal mode of a first run: what no importer into this schema can beat by
 * much. The rows are in memory before the clock starts; the time of the
 * inserts and the commit is printed in milliseconds.
 */
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static _Noreturn void fail(sqlite3 *database, const char *what)
{
	fprintf(stderr, "floor_insert: %s: %s\n", what, database ? sqlite3_errmsg(database) : "out of memory");
	exit(1);
}

static void execute(sqlite3 *database, const char *sql)
{
	if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail(database, sql);
}

static sqlite3_stmt *prepare(sqlite3 *database, const char *sql)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK)
		fail(database, sql);
	return statement;
}

static char *format(const char *pattern, const char *name)
{
	char *text = sqlite3_mprintf(pattern, name);

	if (!text)
		fail(NULL, "SQL");
	return text;
}

/* One table's rows, as values that can be bound. */
struct table {
	char *insert;
	int column_count;
	size_t row_count;
	size_t capacity;
	sqlite3_value **values;
};

static void add_row(struct table *table, sqlite3_stmt *statement)
{
	const size_t width = (size_t)table->column_count;

	if (table->row_count == table->capacity) {
		table->capacity = table->capacity ? table->capacity * 2 : 1024;
		table->values = realloc(table->values, table->capacity * width * sizeof(*table->values));
		if (!table->values)
			fail(NULL, "rows");
	}
	for (size_t column = 0; column < width; column++) {
		sqlite3_value *value = sqlite3_value_dup(sqlite3_column_value(statement, (int)column));

		if (!value)
			fail(NULL, "a row");
		table->values[table->row_count * width + column] = value;
	}
	table->row_count++;
}

/* In order of the key, as a run would have written them. */
static void read_table(sqlite3 *database, const char *name, struct table *ret_table)
{
	char *select = format("SELECT * FROM \"%w\"", name);
	sqlite3_stmt *statement = prepare(database, select);
	char *holders;

	*ret_table = (struct table){.column_count = sqlite3_column_count(statement)};
	holders = format("%s", "?");
	for (int column = 1; column < ret_table->column_count; column++) {
		char *longer = format("%s, ?", holders);

		sqlite3_free(holders);
		holders = longer;
	}
	ret_table->insert = sqlite3_mprintf("INSERT INTO \"%w\" VALUES (%s)", name, holders);
	sqlite3_free(holders);
	while (sqlite3_step(statement) == SQLITE_ROW)
		add_row(ret_table, statement);
	if (sqlite3_finalize(statement) != SQLITE_OK || !ret_table->insert)
		fail(database, select);
	sqlite3_free(select);
}

static void write_table(sqlite3 *database, const struct table *table)
{
	sqlite3_stmt *statement = prepare(database, table->insert);
	const size_t width = (size_t)table->column_count;

	for (size_t row = 0; row < table->row_count; row++) {
		for (size_t column = 0; column < width; column++)
			(void)sqlite3_bind_value(statement, (int)column + 1, table->values[row * width + column]);
		if (sqlite3_step(statement) != SQLITE_DONE)
			fail(database, table->insert);
		(void)sqlite3_reset(statement); /* it was done */
	}
	(void)sqlite3_finalize(statement);
}

static void copy_schema(sqlite3 *from, sqlite3 *to)
{
	sqlite3_stmt *statement = prepare(
		from, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
		      " AND type IN ('table', 'index') ORDER BY type DESC");

	while (sqlite3_step(statement) == SQLITE_ROW)
		execute(to, (const char *)sqlite3_column_text(statement, 0));
	(void)sqlite3_finalize(statement);
}

static void copy_pragma(sqlite3 *from, sqlite3 *to, const char *name)
{
	char *question = format("PRAGMA %s", name);
	sqlite3_stmt *statement = prepare(from, question);

	if (sqlite3_step(statement) != SQLITE_ROW)
		fail(from, question);
	char *order = sqlite3_mprintf("PRAGMA %s = %s", name, (const char *)sqlite3_column_text(statement, 0));
	(void)sqlite3_finalize(statement);
	if (!order)
		fail(NULL, "PRAGMA");
	execute(to, order);
	sqlite3_free(order);
	sqlite3_free(question);
}

static double now_ms(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

int main(int argc, char **argv)
{
	struct table tables[64];
	size_t table_count = 0;
	size_t rows = 0;
	sqlite3 *from;
	sqlite3 *to;

	if (argc != 3) {
		fputs("usage: floor_insert STORE NEW-FILE\n", stderr);
		return 2;
	}
	if (access(argv[2], F_OK) == 0) {
		fprintf(stderr, "floor_insert: '%s' exists\n", argv[2]);
		return 2;
	}
	if (sqlite3_open_v2(argv[1], &from, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK || sqlite3_open(argv[2], &to) != SQLITE_OK)
		fail(from, "open");
	copy_pragma(from, to, "page_size");
	execute(to, "PRAGMA journal_mode = DELETE"); /* by which a run fills an empty store */
	copy_schema(from, to);
	sqlite3_stmt *names = prepare(
		from, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'");
	while (sqlite3_step(names) == SQLITE_ROW && table_count < sizeof(tables) / sizeof(tables[0]))
		read_table(from, (const char *)sqlite3_column_text(names, 0), &tables[table_count++]);
	(void)sqlite3_finalize(names);
	const double started = now_ms(CLOCK_MONOTONIC);
	const double processor = now_ms(CLOCK_PROCESS_CPUTIME_ID);
	execute(to, "BEGIN IMMEDIATE");
	for (size_t table = 0; table < table_count; table++) {
		write_table(to, &tables[table]);
		rows += tables[table].row_count;
	}
	execute(to, "COMMIT");
	printf("{\"ms\": %.1f, \"processor_ms\": %.1f, \"rows\": %zu}\n", now_ms(CLOCK_MONOTONIC) - started,
	       now_ms(CLOCK_PROCESS_CPUTIME_ID) - processor, rows);
	(void)fflush(stdout);
	_exit(0); /* the rows need not be freed one by one */
}
