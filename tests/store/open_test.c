/* Opening stores: new ones, those of others, damaged ones, and several programs at once. */
#include "store_support.h"
#include "store_tests.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void a_new_store_is_its_owners_alone(void **state)
{
	struct folder folder;
	struct stat status;
	struct store *store;

	(void)state;
	folder_make(&folder);
	(void)umask(022);
	store = open_well(folder_location(&folder, "state/deep/market.db"), STORE_CREATE);
	assert_int_equal(stat(folder_file(&folder, "state"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	assert_int_equal(stat(folder_file(&folder, "state/deep"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	assert_int_equal(stat(folder_file(&folder, "state/deep/market.db"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(stat(folder_file(&folder, "state/deep/market.db-wal"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	store_close(store);
	folder_remove(&folder);
}

static void a_store_has_its_settings(void **state)
{
	static const struct {
		const char *pragma;
		int64_t value;
	} rows[] = {
		{"PRAGMA application_id", 0x66646d6c},
		{"PRAGMA user_version", 1},
		{"PRAGMA page_size", 16384},
		{"PRAGMA synchronous", 1},
		{"PRAGMA temp_store", 1},
		{"PRAGMA foreign_keys", 0},
		{"PRAGMA trusted_schema", 0},
		{"PRAGMA mmap_size", 0},
		{"PRAGMA cell_size_check", 1},
		{"PRAGMA cache_size", -16384},
		{"PRAGMA secure_delete", 0},
		{"PRAGMA journal_size_limit", 67108864},
		{"SELECT count(*) FROM run", 0},
	};
	struct error err = ERROR_INIT;
	struct world world;

	(void)state;
	world_open(&world);
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		int64_t value;

		assert_int_equal(sqlite_integer(world.store, rows[row].pragma, &value, &err), 0);
		if (value != rows[row].value)
			fail_msg("%s is %lld", rows[row].pragma, (long long)value);
	}
	assert_query(&world, "PRAGMA journal_mode", "wal");
	assert_query(&world,
	             "SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name)",
	             "category category_tree price product product_category sku sku_now stock text_quoted");
	assert_query(&world, "PRAGMA integrity_check", "ok");
	/* Defensive: the schema is not to be written to by hand. */
	assert_int_equal(sqlite_execute(world.store, "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema", &err), -1);
	assert_int_equal(sqlite_execute(world.store, "SELECT load_extension('x')", &err), -1);
	world_close(&world);
}

static void a_store_keeps_its_seed_and_shares_it_with_no_other(void **state)
{
	struct folder folder;
	struct store *first, *second;
	uint64_t seed;

	(void)state;
	folder_make(&folder);
	first = open_well(folder_location(&folder, "1.db"), STORE_CREATE);
	second = open_well(folder_location(&folder, "2.db"), STORE_CREATE);
	assert_int_not_equal(store_seed(first), store_seed(second));
	seed = store_seed(first);
	store_close(first);
	store_close(second);
	for (int access = STORE_CREATE; access <= STORE_READ; access++) {
		first = open_well(folder_location(&folder, "1.db"), (enum store_access)access);
		assert_int_equal(store_seed(first), seed);
		store_close(first);
	}
	store_close(NULL);
	folder_remove(&folder);
}

static void locations_of_another_form_are_refused(void **state)
{
	static const char *const locations[] = {"", "market.db", "sqlite:", "sqlite", "postgresql://host/db", "SQLITE:x"};
	char *path;

	(void)state;
	for (size_t index = 0; index < sizeof(locations) / sizeof(locations[0]); index++)
		assert_open_fails(locations[index], STORE_CREATE, ERROR_CONFIG, "sqlite:PATH");
	path = malloc(PATH_MAX + 64);
	assert_non_null(path);
	memset(path, 'x', PATH_MAX + 63);
	memcpy(path, "sqlite:/", 8);
	path[PATH_MAX + 63] = '\0';
	assert_open_fails(path, STORE_CREATE, ERROR_CONFIG, "too long");
	free(path);
}

static void names_that_sqlite_reads_otherwise_are_files(void **state)
{
	static const char *const names[] = {":memory:",   "file:x?mode=memory", "a%20b?c#d&e=f",
	                                    "with blank", "caf\xC3\xA9.db",     "-x"};
	struct folder folder;
	char before[PATH_MAX], location[256];

	(void)state;
	folder_make(&folder);
	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(chdir(folder.path), 0);
	for (size_t index = 0; index < sizeof(names) / sizeof(names[0]); index++) {
		(void)snprintf(location, sizeof(location), "sqlite:%s", names[index]);
		store_close(open_well(location, STORE_CREATE));
		assert_int_equal(access(folder_file(&folder, names[index]), F_OK), 0);
		store_close(open_well(location, STORE_READ));
	}
	assert_int_equal(chdir(before), 0);
	folder_remove(&folder);
}

static void a_store_that_is_not_there_is_made_only_when_asked(void **state)
{
	struct folder folder;

	(void)state;
	folder_make(&folder);
	assert_open_fails(folder_location(&folder, "market.db"), STORE_READ, ERROR_NOT_FOUND, "market.db' does not exist");
	assert_open_fails(folder_location(&folder, "market.db"), STORE_WRITE, ERROR_NOT_FOUND, "market.db' does not exist");
	assert_int_equal(access(folder_file(&folder, "market.db"), F_OK), -1);
	file_write(folder_file(&folder, "file"), "x", 1);
	assert_open_fails(folder_location(&folder, "file/market.db"), STORE_CREATE, ERROR_STORE, "file/market.db");
	folder_remove(&folder);
}

static void an_empty_file_counts_as_new(void **state)
{
	struct folder folder;
	struct store *store;

	(void)state;
	folder_make(&folder);
	file_write(folder_file(&folder, "market.db"), "", 0);
	assert_open_fails(folder_location(&folder, "market.db"), STORE_READ, ERROR_NOT_FOUND, "market.db' is empty");
	store = open_well(folder_location(&folder, "market.db"), STORE_WRITE);
	assert_list(store, &(struct store_selection){.list = STORE_LIST_RUNS}, "run_id", "");
	store_close(store);
	folder_remove(&folder);
}

static void make_text(const char *path)
{
	static const char text[] = "hello, this is a text file and no database at all\n";

	file_write(path, text, sizeof(text) - 1);
}

static void make_byte(const char *path)
{
	file_write(path, "x", 1);
}

static void make_customers(const char *path)
{
	file_execute(path, "CREATE TABLE customer (name TEXT)");
}

static void make_customers_in_wal(const char *path)
{
	file_execute(path, "PRAGMA journal_mode = WAL; CREATE TABLE run (run_id)");
}

static void make_marked(const char *path)
{
	file_execute(path, "PRAGMA application_id = 252006674");
}

static void make_numbered(const char *path)
{
	file_execute(path, "PRAGMA user_version = 1");
}

static void make_newer(const char *path)
{
	file_execute(path, "PRAGMA application_id = 1717857644; PRAGMA user_version = 2; CREATE TABLE store_info (seed)");
}

static void make_impossible(const char *path)
{
	file_execute(path, "PRAGMA application_id = 1717857644; PRAGMA user_version = -3");
}

static void make_unnumbered(const char *path)
{
	file_execute(path, "PRAGMA application_id = 1717857644; CREATE TABLE store_info (seed)");
}

static void make_header_only(const char *path)
{
	char header[600] = "SQLite format 3";

	file_write(path, header, sizeof(header));
}

static void what_is_not_ours_is_named_and_left_alone(void **state)
{
	static const struct {
		void (*make)(const char *path);
		const char *words;
	} rows[] = {
		{make_byte, "no database"},          {make_text, "no database"},
		{make_customers, "another program"}, {make_customers_in_wal, "another program"},
		{make_marked, "another program"},    {make_numbered, "another program"},
		{make_newer, "newer version 2"},     {make_impossible, "version -3"},
		{make_unnumbered, "version 0"},      {make_header_only, "no database"},
	};
	struct folder folder;

	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		size_t before_size, after_size;
		char *before, *after;

		folder_make(&folder);
		rows[row].make(folder_file(&folder, "market.db"));
		before = file_read(folder_file(&folder, "market.db"), &before_size);
		for (int access = STORE_CREATE; access <= STORE_READ; access++) {
			assert_open_fails(folder_location(&folder, "market.db"), (enum store_access)access, ERROR_STORE_FOREIGN,
			                  rows[row].words);
			assert_open_fails(folder_location(&folder, "market.db"), (enum store_access)access, ERROR_STORE_FOREIGN,
			                  "market.db");
		}
		after = file_read(folder_file(&folder, "market.db"), &after_size);
		assert_int_equal(after_size, before_size);
		assert_memory_equal(after, before, before_size);
		free(before);
		free(after);
		folder_remove(&folder);
	}
}

static void what_is_no_file_is_refused(void **state)
{
	struct folder folder;

	(void)state;
	folder_make(&folder);
	assert_int_equal(mkdir(folder_file(&folder, "folder.db"), 0700), 0);
	assert_int_equal(mkfifo(folder_file(&folder, "pipe.db"), 0600), 0);
	for (int access = STORE_CREATE; access <= STORE_READ; access++) {
		assert_open_fails(folder_location(&folder, "folder.db"), (enum store_access)access, ERROR_STORE_FOREIGN,
		                  "folder.db' is a folder");
		assert_open_fails(folder_location(&folder, "pipe.db"), (enum store_access)access, ERROR_STORE_FOREIGN,
		                  "pipe.db' is no regular file");
	}
	folder_remove(&folder);
}

/* A store with a row in every table that a listing reads, closed. */
static void make_filled(const struct folder *folder)
{
	struct world world;

	world.store = open_well(folder_location(folder, "market.db"), STORE_CREATE);
	world_execute(
		&world,
		"INSERT INTO catalog_name VALUES (1, 'main'); INSERT INTO job_name VALUES (1, 'acme');"
		"INSERT INTO run (job, catalog, trigger, started_at_ms, outcome) VALUES ('acme', 'main', 'manual', 1, 'applied');"
		"INSERT INTO category_data (catalog_key, category_id, status, job_key, created_run_id)"
		" SELECT 1, 'c' || value, 'active', 1, 1 FROM json_each('[1,2,3,4,5,6,7,8,9]');"
		"INSERT INTO product_data (catalog_key, product_id, origin, status, job_key, created_run_id, name)"
		" SELECT 1, 'p' || value, 'stated', 'active', 1, 1, printf('%300d', value) FROM json_each('[1,2,3,4,5,6,7,8,9]');"
		"INSERT INTO sku_data (catalog_key, sku_id, product_id, product_link, status, job_key, offer_job_key, stock_job_key,"
		" created_run_id, description) SELECT 1, 's' || value, 'p' || value, 0, 'active', 1, 1, 1, 1,"
		" printf('%3000d', value) FROM json_each('[1,2,3,4,5,6,7,8,9]');"
		"INSERT INTO offer_data (sku_key, price_micros) SELECT sku_key, sku_key FROM sku_data;"
		"INSERT INTO price_data SELECT sku_key, 'sale', '', 0, '', 0, 9223372036854775807, 1 FROM sku_data;"
		"INSERT INTO complaint (run_id, severity, code, text) VALUES (1, 'note', 'price_zero', 'x')");
	store_close(world.store);
}

static int ignore_row(void *context, const struct store_value *values, size_t count, struct error *err)
{
	(void)context;
	(void)values;
	(void)count;
	(void)err;
	return 0;
}

/* Every listing; what it says does not matter, but that it ends. */
static void read_everything(const char *location, enum store_access access)
{
	struct error err = ERROR_INIT;
	struct store *store;

	if (store_open(location, access, &store, &err) < 0) {
		assert_int_not_equal(err.code, ERROR_NONE);
		return;
	}
	for (int list = STORE_LIST_RUNS; list <= STORE_LIST_SKUS; list++) {
		struct store_selection selection = {
			.list = (enum store_list)list,
			.run_id = list == STORE_LIST_COMPLAINTS || list == STORE_LIST_CHANGES ? 1 : 0,
		};
		(void)!store_select(store, &selection, (struct store_row_sink){.row = ignore_row}, &err);
		selection.id = "s1";
		if (list >= STORE_LIST_CATEGORIES)
			(void)!store_select(store, &selection, (struct store_row_sink){.row = ignore_row}, &err);
	}
	store_close(store);
}

static void a_store_cut_short_is_an_error(void **state)
{
	static const size_t sizes[] = {1, 99, 100, 511, 512, 4096, 8191, 8192, 16383, 16384, 16385, 40000};
	struct folder folder;
	size_t size;
	char *whole;

	(void)state;
	folder_make(&folder);
	make_filled(&folder);
	whole = file_read(folder_file(&folder, "market.db"), &size);
	assert_true(size > 40000);
	for (size_t index = 0; index < sizeof(sizes) / sizeof(sizes[0]); index++) {
		struct error err = ERROR_INIT;
		struct store *store = NULL;

		file_write(folder_file(&folder, "market.db"), whole, sizes[index]);
		read_everything(folder_location(&folder, "market.db"), STORE_READ);
		if (sizes[index] < 16384) {
			assert_int_equal(store_open(folder_location(&folder, "market.db"), STORE_WRITE, &store, &err), -1);
			assert_true(err.code == ERROR_STORE || err.code == ERROR_STORE_FOREIGN);
			assert_non_null(strstr(err.message, "market.db"));
		}
	}
	free(whole);
	folder_remove(&folder);
}

static void a_store_with_hostile_bytes_never_crashes_us(void **state)
{
	struct folder folder;
	uint64_t random = 42;
	size_t size;
	char *whole;

	(void)state;
	folder_make(&folder);
	make_filled(&folder);
	whole = file_read(folder_file(&folder, "market.db"), &size);
	for (int round = 0; round < 300; round++) {
		char *damaged = malloc(size);

		assert_non_null(damaged);
		memcpy(damaged, whole, size);
		for (int change = 0; change < 1 + round % 8; change++) {
			random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
			damaged[(random >> 33) % size] = (char)(random >> 25);
		}
		file_write(folder_file(&folder, "market.db"), damaged, size);
		free(damaged);
		(void)unlink(folder_file(&folder, "market.db-wal"));
		(void)unlink(folder_file(&folder, "market.db-shm"));
		read_everything(folder_location(&folder, "market.db"), round % 2 == 0 ? STORE_READ : STORE_WRITE);
	}
	free(whole);
	folder_remove(&folder);
}

static void a_store_without_its_seed_is_damaged(void **state)
{
	struct folder folder;

	(void)state;
	folder_make(&folder);
	store_close(open_well(folder_location(&folder, "market.db"), STORE_CREATE));
	file_execute(folder_file(&folder, "market.db"), "DELETE FROM store_info");
	assert_open_fails(folder_location(&folder, "market.db"), STORE_WRITE, ERROR_STORE, "market.db' is damaged");
	file_execute(folder_file(&folder, "market.db"), "DROP TABLE store_info");
	assert_open_fails(folder_location(&folder, "market.db"), STORE_READ, ERROR_STORE, "store_info");
	folder_remove(&folder);
}

static int create_and_run(const char *location, int number)
{
	struct error err = ERROR_INIT;
	struct run_start start = make_start(1000);
	struct run_ticket ticket;
	struct store *store;
	char job[16];

	(void)snprintf(job, sizeof(job), "job%d", number);
	start.job = job;
	if (store_open(location, STORE_CREATE, &store, &err) < 0 || store_run_begin(store, &start, &ticket, &err) < 0) {
		(void)fprintf(stderr, "creator %d: %s\n", number, err.message);
		return 1;
	}
	store_close(store);
	return 0;
}

static void programs_that_make_one_store_at_once_all_succeed(void **state)
{
	struct folder folder;
	struct store *store;

	(void)state;
	for (int round = 0; round < 12; round++) {
		int pids[6];

		folder_make(&folder);
		for (int number = 0; number < 6; number++) {
			pids[number] = fork();
			if (pids[number] == 0)
				_exit(create_and_run(folder_location(&folder, "state/market.db"), number));
		}
		for (int number = 0; number < 6; number++)
			assert_child_succeeds(pids[number]);
		store = open_well(folder_location(&folder, "state/market.db"), STORE_READ);
		assert_list(store, &(struct store_selection){.list = STORE_LIST_JOBS}, "job", "job0\njob1\njob2\njob3\njob4\njob5");
		store_close(store);
		folder_remove(&folder);
	}
}

static void a_reader_sees_the_store_while_another_writes(void **state)
{
	struct world world;
	struct store *reader;
	char location[128];

	(void)state;
	world_open(&world);
	(void)snprintf(location, sizeof(location), "sqlite:%s/market.db", world.folder);
	(void)world_ticket(&world, "acme", "main");
	world_execute(&world, "BEGIN IMMEDIATE; DELETE FROM run");
	reader = open_well(location, STORE_READ);
	assert_list(reader, &(struct store_selection){.list = STORE_LIST_RUNS}, "job outcome", "acme|running");
	store_close(reader);
	world_execute(&world, "ROLLBACK");
	world_close(&world);
}

static void a_store_opened_for_reading_cannot_be_written(void **state)
{
	struct error err = ERROR_INIT;
	struct run_start start = make_start(1);
	struct run_ticket ticket;
	struct folder folder;
	struct store *store;

	(void)state;
	folder_make(&folder);
	store_close(open_well(folder_location(&folder, "market.db"), STORE_CREATE));
	store = open_well(folder_location(&folder, "market.db"), STORE_READ);
	assert_true(store->is_read_only);
	assert_int_equal(store_run_begin(store, &start, &ticket, &err), -1);
	assert_error(&err, ERROR_STORE, "may not be written");
	store_close(store);
	folder_remove(&folder);
}

static void a_writer_that_does_not_end_is_worth_a_retry(void **state)
{
	struct error err = ERROR_INIT;
	struct run_start start = make_start(1);
	struct run_ticket ticket;
	struct world world;
	struct store *other;
	char location[128];

	(void)state;
	world_open(&world);
	(void)snprintf(location, sizeof(location), "sqlite:%s/market.db", world.folder);
	other = open_well(location, STORE_WRITE);
	world_execute(&world, "BEGIN IMMEDIATE");
	assert_int_equal(sqlite3_busy_timeout(other->database, 1), SQLITE_OK);
	assert_int_equal(store_run_begin(other, &start, &ticket, &err), -1);
	assert_error(&err, ERROR_STORE_BUSY, "another program");
	assert_true(error_is_temporary(&err));
	assert_int_equal(err.source, ERROR_FROM_SQLITE);
	world_execute(&world, "ROLLBACK");
	assert_int_equal(store_run_begin(other, &start, &ticket, &err), 0);
	store_close(other);
	world_close(&world);
}

int open_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_store_is_its_owners_alone),
		cmocka_unit_test(a_store_has_its_settings),
		cmocka_unit_test(a_store_keeps_its_seed_and_shares_it_with_no_other),
		cmocka_unit_test(locations_of_another_form_are_refused),
		cmocka_unit_test(names_that_sqlite_reads_otherwise_are_files),
		cmocka_unit_test(a_store_that_is_not_there_is_made_only_when_asked),
		cmocka_unit_test(an_empty_file_counts_as_new),
		cmocka_unit_test(what_is_not_ours_is_named_and_left_alone),
		cmocka_unit_test(what_is_no_file_is_refused),
		cmocka_unit_test(a_store_cut_short_is_an_error),
		cmocka_unit_test(a_store_with_hostile_bytes_never_crashes_us),
		cmocka_unit_test(a_store_without_its_seed_is_damaged),
		cmocka_unit_test(programs_that_make_one_store_at_once_all_succeed),
		cmocka_unit_test(a_reader_sees_the_store_while_another_writes),
		cmocka_unit_test(a_store_opened_for_reading_cannot_be_written),
		cmocka_unit_test(a_writer_that_does_not_end_is_worth_a_retry),
	};

	return cmocka_run_group_tests_name("open", tests, NULL, NULL);
}
