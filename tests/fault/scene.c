/* Building, copying and judging the scene. */
#include "scene.h"

#include "base/buffer.h"
#include "run/run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TWO_DAYS_MS INT64_C(172800000)
#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<yml_catalog date=\"2026-01-01 00:00\"><shop><name>Shop</name>"
#define OFFER(id, price, more)                                                           \
	"<offer id=\"" id "\" available=\"true\"><name>Thing " id "</name><price>" price \
	"</price><currencyId>EUR</currencyId><categoryId>1</categoryId>" more "</offer>"
#define FEED(categories, offers) HEAD "<categories>" categories "</categories><offers>" offers "</offers></shop></yml_catalog>\n"
#define THINGS "<category id=\"1\">Things</category>"
#define PICTURE "<picture>https://shop.example/1.jpg</picture><param name=\"Colour\">red</param>"

static const char first_feed[] = FEED(THINGS "<category id=\"2\">Goes</category>",
                                      OFFER("A", "10", "") OFFER("B", "20", PICTURE) OFFER("C", "30", "") OFFER("D", "40", ""));
static const char second_feed[] = FEED("<category id=\"1\">Other things</category><category id=\"3\">Comes</category>",
                                       OFFER("A", "11", PICTURE) OFFER("B", "20", PICTURE) OFFER("C", "dear", "")
                                               OFFER("E", "50", ""));

/* ---- Files ---- */

static const char *scene_path(const struct scene *scene, const char *name)
{
	static char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", scene->folder, name);
	return path;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

static void remove_folder(const char *path)
{
	(void)nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS); /* it need not be there */
}

static void copy_entry(int from, int to, const char *name)
{
	const int source = openat(from, name, O_RDONLY | O_CLOEXEC);
	struct stat status;
	ssize_t size;

	assert_true(source >= 0);
	assert_int_equal(fstat(source, &status), 0);
	const int target = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, status.st_mode & 0777);
	assert_true(target >= 0);
	/* Some file systems give less than what was asked for. */
	while ((size = sendfile(target, source, NULL, (size_t)1 << 30)) > 0)
		continue;
	assert_int_equal(size, 0);
	assert_int_equal(futimens(target, (struct timespec[]){status.st_atim, status.st_mtim}), 0);
	assert_int_equal(close(target), 0);
	assert_int_equal(close(source), 0);
}

static void copy_folder(int from_parent, const char *from, int to_parent, const char *to)
{
	assert_int_equal(mkdirat(to_parent, to, 0700), 0);
	const int target = openat(to_parent, to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *source = fdopendir(openat(from_parent, from, O_RDONLY | O_DIRECTORY | O_CLOEXEC));

	assert_true(target >= 0);
	assert_non_null(source);
	for (const struct dirent *entry = readdir(source); entry != NULL; entry = readdir(source)) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (entry->d_type == DT_DIR)
			copy_folder(dirfd(source), entry->d_name, target, entry->d_name);
		else
			copy_entry(dirfd(source), target, entry->d_name);
	}
	(void)closedir(source);
	(void)close(target);
}

/* ---- What is in a store ---- */

static sqlite3 *open_store(const struct scene *scene)
{
	sqlite3 *database;

	if (sqlite3_open_v2(scene_path(scene, "case/market.db"), &database, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		fail_msg("the store cannot be opened: %s", sqlite3_errmsg(database));
	return database;
}

static void append_rows(struct buffer *text, sqlite3 *database, const char *sql)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(database));
	while (sqlite3_step(statement) == SQLITE_ROW) {
		for (int column = 0; column < sqlite3_column_count(statement); column++) {
			const char *value = (const char *)sqlite3_column_text(statement, column);

			if (strcmp(sqlite3_column_name(statement, column), "created_run_id") != 0)
				(void)buffer_append_format(text, "%s|", value != NULL ? value : "-");
		}
		(void)buffer_append_byte(text, '\n');
	}
	assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
}

static char *query(sqlite3 *database, const char *const *statements)
{
	struct buffer text;

	buffer_init(&text, 1 << 20);
	for (; *statements != NULL; statements++)
		append_rows(&text, database, *statements);
	char *copy = strdup(buffer_text(&text) != NULL ? text.data : "");
	assert_non_null(copy);
	buffer_release(&text);
	return copy;
}

static char *catalogue_text(sqlite3 *database)
{
	static const char *const statements[] = {"SELECT * FROM category ORDER BY 1, 2",
	                                         "SELECT * FROM product ORDER BY 1, 2",
	                                         "SELECT * FROM product_category ORDER BY 1, 2, 3",
	                                         "SELECT * FROM sku ORDER BY 1, 2",
	                                         "SELECT * FROM price ORDER BY 1, 2, 3",
	                                         "SELECT * FROM stock ORDER BY 1, 2, 3",
	                                         "SELECT * FROM text ORDER BY 1, 2, 3",
	                                         NULL};

	return query(database, statements);
}

static char *read_catalogue(const struct scene *scene)
{
	sqlite3 *database = open_store(scene);
	char *text = catalogue_text(database);

	assert_int_equal(sqlite3_close(database), SQLITE_OK);
	return text;
}

static void assert_rows(sqlite3 *database, const char *sql, const char *expected, const char *label)
{
	const char *const statements[] = {sql, NULL};
	char *rows = query(database, statements);

	if (strcmp(rows, expected) != 0)
		fail_msg("%s: %s: '%s' instead of '%s'", label, sql, rows, expected);
	free(rows);
}

/* ---- The import ---- */

static int64_t steady_now(void *context)
{
	static int64_t now_ms;

	(void)context;
	return now_ms += 1;
}

/* The machine's, by which files have their times too. */
static int64_t plain_now(void *context)
{
	const struct scene_wish *wish = context;
	const struct clock clock = clock_system();

	return clock_now_ms(&clock) + (wish->is_later ? TWO_DAYS_MS : 0);
}

/* Years ahead and back at each look. */
static int64_t jumping_now(void *context)
{
	static int looks;
	static const int64_t jumps[] = {0, INT64_C(900000000000), -INT64_C(900000000000), 5, -INT64_C(1700000000000)};

	return plain_now(context) + jumps[looks++ % 5];
}

static void limit_files(long bytes)
{
	const struct rlimit limit = {.rlim_cur = (rlim_t)bytes, .rlim_max = (rlim_t)bytes};

	(void)signal(SIGXFSZ, SIG_IGN);
	(void)setrlimit(RLIMIT_FSIZE, &limit);
}

/* What every import takes, read once: its process is a copy of this one. */
struct scene_job {
	struct arena arena;
	struct dialect_files dialects; /* that of the job */
	struct job_config config;
	char store[128];
	char state[128];
};

static struct scene_job *job_make(const struct scene *scene)
{
	const struct dialect_folder folder = {.path = FEEDMILL_SOURCE_DIR "/schema/dialects"};
	struct scene_job *job = calloc(1, sizeof(*job));
	struct config_problems problems;
	struct dialect_files files;
	struct error err = ERROR_INIT;

	assert_non_null(job);
	arena_init(&job->arena, (size_t)16 << 20);
	config_problems_init(&problems);
	(void)snprintf(job->store, sizeof(job->store), "sqlite:%s/case/market.db", scene->folder);
	(void)snprintf(job->state, sizeof(job->state), "%s/case", scene->folder);
	job_config_init(&job->config, "acme");
	job->config.source = job->state; /* any: an import has its own */
	job->config.dialect = "yml";
	job->config.missing = MISSING_DELETE;
	job->config.missing_is_said = true;
	assert_int_equal(dialect_files_read(&folder, 1, &job->arena, &files, &problems, &err), 0);
	assert_int_equal(dialect_files_of_job(&files, &job->config, &job->arena, &job->dialects, &err), 0);
	assert_int_equal(job_config_set(&job->config, "guards", slice_from("off"), &job->arena, &err), 0);
	assert_int_equal(job_config_seal(&job->config, &job->arena, &err), 0);
	assert_int_equal(fetch_init(&err), 0);
	config_problems_release(&problems);
	return job;
}

static void job_release(struct scene_job *job)
{
	fetch_release();
	arena_release(&job->arena);
	free(job);
}

/* In the child. */
static struct scene_end import(const struct scene *scene, const struct scene_wish *wish, const char *feed)
{
	struct scene_wish kept = *wish;
	struct job_config job = scene->job->config;
	struct scene_end end = {.is_told = true};
	struct run_report report;
	struct store *store;
	char source[128];

	(void)snprintf(source, sizeof(source), "%s/%s", scene->folder, feed);
	job.source = source;
	const struct run_request request = {
		.job = &job,
		.dialects = &scene->job->dialects,
		.store = scene->job->store,
		.state_folder = scene->job->state,
		.trigger = "manual",
		.version = "fault",
		.is_dry = wish->is_dry,
		.clock = {.context = &kept, .now_ms = wish->clock_jumps ? jumping_now : plain_now, .steady_ms = steady_now},
	};
	if (wish->file_bytes_max > 0)
		limit_files(wish->file_bytes_max);
	fault_arm(&wish->fault);
	if (wish->kill_after_us > 0)
		fault_kill_after(wish->kill_after_us, wish->kills_reader);
	run_execute(&request, &report, &store);
	store_close(store);
	fault_disarm();
	end.outcome = (int)report.outcome;
	end.code = (int)report.error.code;
	(void)snprintf(end.message, sizeof(end.message), "%s", report.error.message);
	for (int step = 0; step < FAULT_STEP_COUNT; step++)
		end.counts[step] = fault_count((enum fault_step)step);
	return end;
}

static struct scene_end import_apart(const struct scene *scene, const struct scene_wish *wish, const char *feed)
{
	struct scene_end end = {.is_told = false};
	int ends[2], status;

	assert_int_equal(pipe(ends), 0);
	const pid_t pid = fork();
	if (pid == 0) {
		end = import(scene, wish, feed);
		_exit(write(ends[1], &end, sizeof(end)) == (ssize_t)sizeof(end) ? 0 : 1);
	}
	assert_true(pid > 0);
	(void)close(ends[1]);
	if (read(ends[0], &end, sizeof(end)) != (ssize_t)sizeof(end))
		end.is_told = false;
	(void)close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!end.is_told && WIFEXITED(status))
		fail_msg("the import could not be begun, or ended of itself with status %d", WEXITSTATUS(status));
	return end;
}

struct scene_end scene_import(const struct scene *scene, const struct scene_wish *wish)
{
	return import_apart(scene, wish, "second.xml");
}

/* ---- The scene ---- */

static void copy_scene(const struct scene *scene, const char *from, const char *to)
{
	const int folder = open(scene->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(folder >= 0);
	copy_folder(folder, from, folder, to);
	(void)close(folder);
}

void scene_init(struct scene *scene)
{
	const struct scene_wish plain = {.kill_after_us = 0};
	struct scene_end end;
	sqlite3 *database;

	/* In memory where there is such a place: a case is mostly waiting for a disk. */
	(void)snprintf(scene->folder, sizeof(scene->folder), "%s/feedmill-fault-XXXXXX",
	               access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(scene->folder));
	write_file(scene_path(scene, "first.xml"), first_feed);
	write_file(scene_path(scene, "second.xml"), second_feed);
	assert_int_equal(mkdir(scene_path(scene, "case"), 0700), 0);
	scene->job = job_make(scene);
	end = import_apart(scene, &plain, "first.xml");
	if (!end.is_told || end.outcome != RUN_APPLIED)
		fail_msg("the first import failed: %s", end.message);
	scene->before = read_catalogue(scene);
	copy_scene(scene, "case", "kept");
	end = scene_import(scene, &plain);
	if (!end.is_told || end.outcome != RUN_APPLIED)
		fail_msg("the second import failed: %s", end.message);
	database = open_store(scene);
	scene->after = catalogue_text(database);
	assert_string_not_equal(scene->before, scene->after);
	assert_rows(database, "SELECT DISTINCT action FROM change WHERE run_id = 2 ORDER BY 1", "removed|\nupdated|\n",
	            "the scene");
	assert_rows(database, "SELECT count(*) > 0 FROM complaint WHERE run_id = 2", "1|\n", "the scene");
	assert_rows(database, "SELECT count(*) FROM sku WHERE created_run_id = 2", "1|\n", "the scene");
	assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

void scene_release(struct scene *scene)
{
	remove_folder(scene->folder);
	job_release(scene->job);
	free(scene->before);
	free(scene->after);
}

void scene_reset(const struct scene *scene)
{
	remove_folder(scene_path(scene, "case"));
	copy_scene(scene, "kept", "case");
}

/* ---- Judging ---- */

/* Temporary files of the spool; those that are left must be old enough to go with the next run. */
static int count_incoming(const struct scene *scene)
{
	DIR *folder = opendir(scene_path(scene, "case/spool"));
	int count = 0;

	assert_non_null(folder);
	for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
		count += strncmp(entry->d_name, ".incoming-", strlen(".incoming-")) == 0;
	(void)closedir(folder);
	return count;
}

static void check_store(const struct scene *scene, const struct scene_end *end, const char *label)
{
	sqlite3 *database = open_store(scene);
	char *found = catalogue_text(database);
	const bool is_before = strcmp(found, scene->before) == 0;
	const bool is_after = strcmp(found, scene->after) == 0;

	if (!is_before && !is_after)
		fail_msg("%s: the catalogue is neither as before nor as after: %s", label, found);
	if (end->is_told && (end->outcome == RUN_APPLIED) != is_after)
		fail_msg("%s: the run said '%s' (%s), and the catalogue is as %s", label,
		         run_outcome_name((enum run_outcome)end->outcome), end->message, is_after ? "after" : "before");
	free(found);
	assert_rows(database, "PRAGMA integrity_check", "ok|\n", label);
	assert_rows(database, "SELECT count(*) FROM run WHERE run_id = 2 AND outcome = 'applied'", is_after ? "1|\n" : "0|\n",
	            label);
	assert_rows(database,
	            "SELECT count(*) FROM run WHERE run_id > 2 OR outcome NOT IN ('applied', 'running', 'failed', 'planned')",
	            "0|\n", label);
	assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

void scene_check(const struct scene *scene, const struct scene_end *end, const char *label)
{
	const struct scene_wish later = {.is_later = true};

	check_store(scene, end, label);
	const struct scene_end next = scene_import(scene, &later);
	if (!next.is_told || (next.outcome != RUN_APPLIED && next.outcome != RUN_UNCHANGED))
		fail_msg("%s: the next run failed: %s", label, next.message);
	sqlite3 *database = open_store(scene);
	char *found = catalogue_text(database);
	if (strcmp(found, scene->after) != 0)
		fail_msg("%s: the next run made another catalogue: %s", label, found);
	free(found);
	assert_rows(database, "SELECT count(*) FROM run WHERE outcome = 'running'", "0|\n", label);
	assert_rows(database, "SELECT count(*) FROM job_lease WHERE run_id IS NOT NULL", "0|\n", label);
	assert_rows(database, "PRAGMA integrity_check", "ok|\n", label);
	assert_int_equal(sqlite3_close(database), SQLITE_OK);
	if (count_incoming(scene) > 0)
		fail_msg("%s: the spool has temporary files that nobody cleans away", label);
}
