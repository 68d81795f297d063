/* The figures of jobs as metrics: a table of samples over the columns of the store's listing. */
#include "notify/metrics.h"

#include "base/arena.h"
#include "base/json_read.h"
#include "base/number.h"
#include "base/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define TEXT_BYTES_MAX ((size_t)256 * 1024 * 1024)
#define ARENA_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define LABEL_BYTES_MAX ((size_t)1024) /* a job's name has up to 64 bytes */
#define PREFIX "feedmill_job_"
#define LOCK_PATIENCE_MS 30000 /* one writes while another one waits: of a hundred thousand jobs it takes seconds */
#define LOCK_PAUSE_MS 10

/* What the listing has of a job, and what follows from that. */
enum figure {
	FIGURE_RUN_ID,
	FIGURE_STARTED,
	FIGURE_FINISHED,
	FIGURE_BYTES,
	FIGURE_READ,
	FIGURE_KNOWN,
	FIGURE_PARSED,
	FIGURE_REJECTED,
	FIGURE_CATEGORIES_CREATED,
	FIGURE_CATEGORIES_UPDATED,
	FIGURE_CATEGORIES_RESTORED,
	FIGURE_CATEGORIES_REMOVED,
	FIGURE_PRODUCTS_CREATED,
	FIGURE_PRODUCTS_UPDATED,
	FIGURE_PRODUCTS_RESTORED,
	FIGURE_PRODUCTS_REMOVED,
	FIGURE_SKUS_CREATED,
	FIGURE_SKUS_UPDATED,
	FIGURE_SKUS_RESTORED,
	FIGURE_SKUS_REMOVED,
	FIGURE_CATEGORIES,
	FIGURE_PRODUCTS,
	FIGURE_SKUS,
	FIGURE_HELD_RUN,
	FIGURE_SUCCEEDED,
	FIGURE_PAUSED_AT,
	FIGURE_PAUSED_UNTIL,
	FIGURE_PROBLEM_AT,
	FIGURE_PROBLEM_RUNS,
	FIGURE_DURATION, /* from here on they follow */
	FIGURE_ONE,
	FIGURE_HELD,
	FIGURE_PAUSED,
	FIGURE_FAILING,
	FIGURE_MISSED,
	FIGURE_COUNT
};

/* Columns of integers. */
static const struct {
	const char *name;
	enum figure figure;
} columns[] = {
	{"run_id", FIGURE_RUN_ID},
	{"started_at_ms", FIGURE_STARTED},
	{"finished_at_ms", FIGURE_FINISHED},
	{"bytes", FIGURE_BYTES},
	{"categories", FIGURE_CATEGORIES},
	{"products", FIGURE_PRODUCTS},
	{"skus", FIGURE_SKUS},
	{"held_run_id", FIGURE_HELD_RUN},
	{"succeeded_at_ms", FIGURE_SUCCEEDED},
	{"paused_at_ms", FIGURE_PAUSED_AT},
	{"paused_until_ms", FIGURE_PAUSED_UNTIL},
	{"problem_at_ms", FIGURE_PROBLEM_AT},
	{"problem_runs", FIGURE_PROBLEM_RUNS},
};

/* Members of objects in the counts, in the order of the figures. */
static const struct {
	const char *object;
	enum figure first;
	const char *members[4];
} counted[] = {
	{"records", FIGURE_READ, {"read", "known", "parsed", "rejected"}},
	{"categories", FIGURE_CATEGORIES_CREATED, {"created", "updated", "restored", "removed"}},
	{"products", FIGURE_PRODUCTS_CREATED, {"created", "updated", "restored", "removed"}},
	{"skus", FIGURE_SKUS_CREATED, {"created", "updated", "restored", "removed"}},
};

/* One job; a figure without its bit in `known` is absent. */
struct job_figures {
	struct slice label;  /* 'job="acme"' */
	const char *outcome; /* NULL = nothing has run */
	int64_t figures[FIGURE_COUNT];
	uint64_t known;
	struct job_figures *next;
};

_Static_assert(FIGURE_COUNT <= 64, "a figure is a bit of job_figures.known");

/* ---- What there is ---- */

enum unit {
	UNIT_PLAIN,
	UNIT_SECONDS,
	UNIT_CHANGES, /* plain, and zeros are left out: most would be, and of many jobs they are a third of the text */
};

struct sample {
	const char *labels; /* beside the job; NULL = none, "outcome" = that of the run */
	enum figure figure;
};

#define SAMPLES_MAX 12

struct metric {
	const char *name; /* behind 'feedmill_job_' */
	const char *help;
	enum unit unit;
	struct sample samples[SAMPLES_MAX]; /* up to the first one of FIGURE_COUNT or the end */
	size_t sample_count;
};

#define ITEM_LABELS(kind, change) "kind=\"" kind "\",change=\"" change "\""

static const struct metric metrics[] = {
	{"last_run_outcome",
         "1 for how the last run ended; dry runs and undos are no runs here",
         UNIT_PLAIN,
         {{"outcome", FIGURE_ONE}},
         1},
	{"last_run_id", "number of the last run", UNIT_PLAIN, {{NULL, FIGURE_RUN_ID}}, 1},
	{"last_run_start_timestamp_seconds", "when the last run began", UNIT_SECONDS, {{NULL, FIGURE_STARTED}}, 1},
	{"last_run_duration_seconds", "how long the last run took", UNIT_SECONDS, {{NULL, FIGURE_DURATION}}, 1},
	{"last_run_fetched_bytes", "size of the feed that the last run fetched", UNIT_PLAIN, {{NULL, FIGURE_BYTES}}, 1},
	{"last_run_records",
         "records of the last run's feed; absent where it was not read",
         UNIT_PLAIN,
         {{"state=\"read\"", FIGURE_READ},
          {"state=\"known\"", FIGURE_KNOWN},
          {"state=\"parsed\"", FIGURE_PARSED},
          {"state=\"rejected\"", FIGURE_REJECTED}},
         4},
	{"last_run_items",
         "what the last run changed; absent where that is nothing",
         UNIT_CHANGES,
         {{ITEM_LABELS("category", "created"), FIGURE_CATEGORIES_CREATED},
          {ITEM_LABELS("category", "updated"), FIGURE_CATEGORIES_UPDATED},
          {ITEM_LABELS("category", "restored"), FIGURE_CATEGORIES_RESTORED},
          {ITEM_LABELS("category", "removed"), FIGURE_CATEGORIES_REMOVED},
          {ITEM_LABELS("product", "created"), FIGURE_PRODUCTS_CREATED},
          {ITEM_LABELS("product", "updated"), FIGURE_PRODUCTS_UPDATED},
          {ITEM_LABELS("product", "restored"), FIGURE_PRODUCTS_RESTORED},
          {ITEM_LABELS("product", "removed"), FIGURE_PRODUCTS_REMOVED},
          {ITEM_LABELS("sku", "created"), FIGURE_SKUS_CREATED},
          {ITEM_LABELS("sku", "updated"), FIGURE_SKUS_UPDATED},
          {ITEM_LABELS("sku", "restored"), FIGURE_SKUS_RESTORED},
          {ITEM_LABELS("sku", "removed"), FIGURE_SKUS_REMOVED}},
         12},
	{"items_present",
         "items of the job in the store that are not missing",
         UNIT_PLAIN,
         {{"kind=\"category\"", FIGURE_CATEGORIES}, {"kind=\"product\"", FIGURE_PRODUCTS}, {"kind=\"sku\"", FIGURE_SKUS}},
         3},
	{"last_success_timestamp_seconds",
         "when a run last ended well: applied, or unchanged",
         UNIT_SECONDS,
         {{NULL, FIGURE_SUCCEEDED}},
         1},
	{"held", "1 where a held run waits for an approval", UNIT_PLAIN, {{NULL, FIGURE_HELD}}, 1},
	{"paused", "1 where the job is paused", UNIT_PLAIN, {{NULL, FIGURE_PAUSED}}, 1},
	{"failing", "1 where the last run failed, for now or until somebody helps", UNIT_PLAIN, {{NULL, FIGURE_FAILING}}, 1},
	{"missed", "1 where a run was due and has not come", UNIT_PLAIN, {{NULL, FIGURE_MISSED}}, 1},
	{"problem_runs", "runs in a row that did not end well", UNIT_PLAIN, {{NULL, FIGURE_PROBLEM_RUNS}}, 1},
	{"problem_start_timestamp_seconds", "when the first of them began", UNIT_SECONDS, {{NULL, FIGURE_PROBLEM_AT}}, 1},
};

/* ---- Labels ---- */

/* A label; of its value, backslash, quote and line feed are escaped. */
static void append_label(struct buffer *text, const char *name, const char *value)
{
	(void)buffer_append_text(text, name); /* failure sticks, here and below */
	(void)buffer_append_text(text, "=\"");
	while (*value != '\0') {
		const size_t plain = strcspn(value, "\\\"\n");

		(void)buffer_append(text, value, plain);
		value += plain;
		if (*value == '\0')
			break;
		(void)buffer_append_byte(text, '\\');
		(void)buffer_append_byte(text, *value == '\n' ? 'n' : *value);
		value++;
	}
	(void)buffer_append_byte(text, '"');
}

/* Once, for the many samples of a job. -1: ERROR_MEMORY. */
static int make_label(struct arena *arena, const char *job, struct slice *ret_label, struct error *err)
{
	struct buffer text;

	buffer_init(&text, LABEL_BYTES_MAX);
	append_label(&text, "job", job);
	const bool is_made = !text.failed && arena_copy(arena, buffer_slice(&text), ret_label);
	buffer_release(&text);
	return is_made ? 0 : error_set_memory(err);
}

/* ---- The store's rows ---- */

/* Rows of configured jobs, in order. */
struct gathering {
	const struct config *config;
	struct arena arena;
	struct job_figures *first;
	struct job_figures **end;
	int64_t now_ms;
};

static void set_figure(struct job_figures *job, enum figure figure, int64_t value)
{
	job->figures[figure] = value;
	job->known |= UINT64_C(1) << figure;
}

static bool has_figure(const struct job_figures *job, enum figure figure)
{
	return (job->known >> figure & 1) != 0;
}

/* What follows from the columns; `problem` is the job's. */
static void derive(struct job_figures *job, struct slice problem, int64_t now_ms)
{
	const bool is_paused = has_figure(job, FIGURE_PAUSED_AT) &&
	                       (!has_figure(job, FIGURE_PAUSED_UNTIL) || job->figures[FIGURE_PAUSED_UNTIL] > now_ms);

	if (has_figure(job, FIGURE_STARTED) && has_figure(job, FIGURE_FINISHED))
		set_figure(job, FIGURE_DURATION, job->figures[FIGURE_FINISHED] - job->figures[FIGURE_STARTED]);
	if (job->outcome != NULL)
		set_figure(job, FIGURE_ONE, 1);
	set_figure(job, FIGURE_HELD, has_figure(job, FIGURE_HELD_RUN));
	set_figure(job, FIGURE_PAUSED, is_paused);
	set_figure(job, FIGURE_FAILING, slice_equal_text(problem, "failed") || slice_equal_text(problem, "temporary"));
	set_figure(job, FIGURE_MISSED, slice_equal_text(problem, "missed"));
	if (!has_figure(job, FIGURE_PROBLEM_RUNS))
		set_figure(job, FIGURE_PROBLEM_RUNS, 0);
	if (job->outcome != NULL && strcmp(job->outcome, "applied") == 0)
		return;
	/* Numbers of a plan that was not applied would be read as done. */
	for (enum figure figure = FIGURE_CATEGORIES_CREATED; figure <= FIGURE_SKUS_REMOVED; figure++)
		job->known &= ~(UINT64_C(1) << figure);
}

/* Members of an object of the counts. Returns its member 'stock', which has more of them, or nothing. */
static struct slice read_members(struct job_figures *job, size_t object, struct slice text)
{
	struct json_walk walk;
	struct slice name, value;
	struct slice stock = {NULL, 0};

	if (!json_walk_begin(&walk, text) || !walk.has_names)
		return stock;
	while (json_walk_next(&walk, &name, &value)) {
		int64_t number;

		if (slice_equal_text(name, "stock"))
			stock = value;
		for (size_t i = 0; i < 4; i++) {
			if (slice_equal_text(name, counted[object].members[i]) &&
			    number_parse_integer(value, 0, INT64_MAX, &number))
				set_figure(job, (enum figure)(counted[object].first + i), number);
		}
	}
	return stock;
}

static void read_counts(struct job_figures *job, struct slice counts)
{
	struct json_walk walk;
	struct slice name, value;

	if (!json_walk_begin(&walk, counts) || !walk.has_names)
		return;
	while (json_walk_next(&walk, &name, &value)) {
		for (size_t i = 0; i < sizeof(counted) / sizeof(counted[0]); i++) {
			/* What is removed stands with what else became of the stock. */
			if (slice_equal_text(name, counted[i].object))
				(void)read_members(job, i, read_members(job, i, value));
		}
	}
}

static void read_column(struct job_figures *job, const struct store_value *value)
{
	if (value->type == STORE_JSON && strcmp(value->name, "counts") == 0)
		read_counts(job, value->text);
	for (size_t column = 0; value->type == STORE_INTEGER && column < sizeof(columns) / sizeof(columns[0]); column++) {
		if (strcmp(columns[column].name, value->name) == 0)
			set_figure(job, columns[column].figure, value->integer);
	}
}

static int take_row(void *context, const struct store_value *values, size_t count, struct error *err)
{
	struct gathering *gathering = context;
	struct slice problem = {0};
	struct slice outcome = {0};
	const struct job_config *config = NULL;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(values[i].name, "job") == 0)
			config = config_job(gathering->config, values[i].text);
		else if (strcmp(values[i].name, "problem") == 0)
			problem = values[i].text;
		else if (strcmp(values[i].name, "outcome") == 0)
			outcome = values[i].text;
	}
	if (config == NULL)
		return 0;
	struct job_figures *job = arena_alloc(&gathering->arena, sizeof(*job));
	if (job == NULL)
		return error_set_memory(err);
	*job = (struct job_figures){.known = 0};
	if (make_label(&gathering->arena, config->name, &job->label, err) < 0)
		return -1;
	if (outcome.size > 0) {
		job->outcome = arena_text(&gathering->arena, outcome);
		if (job->outcome == NULL)
			return error_set_memory(err);
	}
	for (size_t i = 0; i < count; i++)
		read_column(job, &values[i]);
	derive(job, problem, gathering->now_ms);
	*gathering->end = job;
	gathering->end = &job->next;
	return 0;
}

/* ---- The text ---- */

static void append_value(struct buffer *text, enum unit unit, int64_t value)
{
	const int64_t size = value < 0 ? -(value % 1000) : value % 1000;
	const char decimals[] = {'.', (char)('0' + size / 100), (char)('0' + size / 10 % 10), (char)('0' + size % 10)};

	(void)buffer_append_byte(text, ' ');
	if (unit == UNIT_SECONDS && value < 0 && value > -1000)
		(void)buffer_append_byte(text, '-');
	number_append_integer(text, unit == UNIT_SECONDS ? value / 1000 : value);
	if (unit == UNIT_SECONDS)
		(void)buffer_append(text, decimals, sizeof(decimals));
	(void)buffer_append_byte(text, '\n');
}

static void append_sample(struct buffer *text, const struct metric *metric, const struct sample *sample,
                          const struct job_figures *job)
{
	(void)buffer_append(text, PREFIX, sizeof(PREFIX) - 1);
	(void)buffer_append_text(text, metric->name);
	(void)buffer_append_byte(text, '{');
	(void)buffer_append_slice(text, job->label);
	if (sample->labels != NULL) {
		(void)buffer_append_byte(text, ',');
		if (strcmp(sample->labels, "outcome") == 0)
			append_label(text, "outcome", job->outcome);
		else
			(void)buffer_append_text(text, sample->labels);
	}
	(void)buffer_append_byte(text, '}');
	append_value(text, metric->unit, job->figures[sample->figure]);
}

/* Where there is no sample, there is no metric. */
static void append_metric(struct buffer *text, const struct metric *metric, const struct job_figures *first)
{
	const size_t before = text->size;

	(void)buffer_append_format(text, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s gauge\n", metric->name, metric->help,
	                           metric->name);
	const size_t head = text->size;
	for (size_t i = 0; i < metric->sample_count; i++) {
		const struct sample *sample = &metric->samples[i];

		for (const struct job_figures *job = first; job != NULL; job = job->next) {
			if (has_figure(job, sample->figure) && (metric->unit != UNIT_CHANGES || job->figures[sample->figure] != 0))
				append_sample(text, metric, sample, job);
		}
	}
	if (text->size == head)
		text->size = before;
}

int metrics_append(struct buffer *text, const struct config *config, struct store *store, int64_t now_ms, struct error *err)
{
	const struct store_selection selection = {.list = STORE_LIST_FIGURES};
	struct gathering gathering = {.config = config, .now_ms = now_ms};

	arena_init(&gathering.arena, ARENA_BYTES_MAX);
	gathering.end = &gathering.first;
	int result = store_select(store, &selection, (struct store_row_sink){.context = &gathering, .row = take_row}, err);
	for (size_t i = 0; result == 0 && i < sizeof(metrics) / sizeof(metrics[0]); i++)
		append_metric(text, &metrics[i], gathering.first);
	(void)buffer_append_text(
		text, "# HELP feedmill_metrics_timestamp_seconds when these figures were taken\n"
		      "# TYPE feedmill_metrics_timestamp_seconds gauge\nfeedmill_metrics_timestamp_seconds"); /* as above */
	append_value(text, UNIT_SECONDS, now_ms);
	arena_release(&gathering.arena);
	if (result == 0 && text->failed)
		result = error_set(err, ERROR_LIMIT, "the metrics need more than %zu bytes, or there is no memory", text->max);
	return result;
}

/* ---- The file ---- */

/* The folder's lock: who holds it looks at the store and writes. A descriptor, closing which gives it back; or -1. */
static int lock_folder(const char *path, const struct clock *clock, struct error *err)
{
	char folder[PATH_MAX];

	if (file_path_make(path, NULL, folder, err) < 0)
		return -1;
	const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_set_system(err, errno, "the folder '%s' cannot be opened", folder);
	const int64_t end_ms = clock_steady_ms(clock) + LOCK_PATIENCE_MS;
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		const int number = errno;
		if (number == EWOULDBLOCK && clock_steady_ms(clock) < end_ms) {
			(void)poll(NULL, 0, LOCK_PAUSE_MS); /* a lock has no descriptor to wait on with a limit */
			continue;
		}
		(void)close(fd); /* opened for reading */
		return error_set_system(err, number, "the folder '%s' cannot be locked", folder);
	}
	return fd;
}

static int write_file(const struct config *config, struct store *store, int64_t now_ms, struct error *err)
{
	struct buffer text;

	buffer_init(&text, TEXT_BYTES_MAX);
	int result = metrics_append(&text, config, store, now_ms, err);
	if (result == 0) {
		const struct file_replacement replacement = {
			.path = config->metrics,
			.bytes = buffer_slice(&text),
			.rights = 0644, /* node_exporter is another user */
			.user = (uid_t)-1,
			.group = (gid_t)-1,
		};
		result = file_replace(&replacement, err);
	}
	buffer_release(&text);
	return result;
}

int metrics_write(const struct config *config, const char *location, struct clock clock, struct error *err)
{
	struct store *store = NULL;
	int result = 0;
	int fd = -1;

	if (config->metrics == NULL)
		return 0;
	if (store_open(location, STORE_READ, &store, err) < 0)
		result = -1;
	else if (store_survey_announce(store))
		result = fd = lock_folder(config->metrics, &clock, err);
	if (fd >= 0) {
		store_survey_begin(store);
		result = write_file(config, store, clock_now_ms(&clock), err);
	}
	store_close(store);
	if (fd >= 0)
		(void)close(fd); /* opened for reading */
	return result < 0 ? error_wrap(err, "the metrics '%s'", config->metrics) : 0;
}
