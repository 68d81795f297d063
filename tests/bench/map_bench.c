/*
 * map_bench: what the reader process does, in this one and without its cage:
 * a file becomes batches, of which a digest and the counts are printed. The
 * digest tells two builds apart that read a feed differently, and the time is
 * that of the reader alone.
 */
#include "base/limits.h"
#include "catalog/batch.h"
#include "run/dialects.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOLDERS_MAX 4
#define DIALECT_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define SEED UINT64_C(1)

struct bench {
	struct batch_encoder batch;
	struct mapper *mapper;
	struct hash128 digest;
	uint64_t last_record;
	uint64_t statements;
	uint64_t complaints;
};

struct arguments {
	struct dialect_folder folders[FOLDERS_MAX];
	size_t folder_count;
	const char *dialect; /* NULL = recognised */
	const char *charset;
	bool is_lenient;
	const char *file;
};

static void flush_batch(struct bench *bench)
{
	bench->digest = hash_chain(bench->digest, batch_encoder_bytes(&bench->batch));
	batch_encoder_clear(&bench->batch);
}

/* As the reader: a batch ends between records. */
static void begin_record(struct bench *bench, uint64_t record)
{
	if (record != bench->last_record && bench->batch.bytes.size >= LIMIT_BATCH_TARGET)
		flush_batch(bench);
	bench->last_record = record;
}

static int take_statement(void *context, const struct statement *statement, struct error *err)
{
	struct bench *bench = context;

	begin_record(bench, statement->record);
	bench->statements++;
	return batch_add_statement(&bench->batch, statement, err);
}

static int take_field(void *context, const struct field_statement *field, struct error *err)
{
	struct bench *bench = context;

	begin_record(bench, field->record);
	return batch_add_field(&bench->batch, field, err);
}

static int take_complaint(void *context, const struct complaint *complaint, struct error *err)
{
	struct bench *bench = context;

	bench->complaints++;
	return batch_add_complaint(&bench->batch, complaint, err);
}

static int take_record_end(void *context, uint64_t record, bool is_mapped, const struct hash128 *fingerprint, struct error *err)
{
	struct bench *bench = context;

	return batch_add_record_end(&bench->batch, record, is_mapped, fingerprint, err);
}

static int take_known(void *context, uint64_t record, uint64_t stream_offset, struct hash128 fingerprint, struct error *err)
{
	(void)context;
	(void)record;
	(void)stream_offset;
	(void)fingerprint;
	return error_set(err, ERROR_KNOWN, "a record was left out, but none is known");
}

static bool is_known(void *context, struct hash128 fingerprint)
{
	(void)context;
	(void)fingerprint;
	return false;
}

static struct hash128 find_scope(void *context)
{
	const struct bench *bench = context;

	return mapper_scope(bench->mapper);
}

static int read_feed(struct bench *bench, const struct dialect_set *dialects, const struct arguments *arguments, int fd,
                     struct error *err)
{
	const struct statement_sink sink = {.context = bench,
	                                    .statement = take_statement,
	                                    .field = take_field,
	                                    .complaint = take_complaint,
	                                    .record_end = take_record_end,
	                                    .known = take_known};
	const struct feed_known known = {.context = bench, .seed = SEED, .is_known = is_known, .scope = find_scope};
	const struct mapper_options mapper_options = {.dialect = slice_from(arguments->dialect)};
	struct feed_options options = {
		.known = &known,
		.is_json_lines = feed_is_named_json_lines(slice_from(arguments->file), (struct slice){NULL, 0}),
		.is_lenient = arguments->is_lenient,
		.http_charset = slice_from(arguments->charset)};
	struct feed_summary summary;
	struct name_table names;
	int result = -1;

	name_table_init(&names);
	bench->mapper = mapper_new(dialects, &mapper_options, &names, sink, err);
	if (bench->mapper == NULL)
		goto release_names;
	options.is_csv = dialect_csv_options(dialects, mapper_options.dialect, &options.csv);
	if (feed_read(byte_source_fd(&fd), &options, &names, mapper_feed_sink(bench->mapper), &summary, err) == 0)
		result = mapper_finish(bench->mapper, err);
release_names:
	name_table_release(&names);
	return result;
}

/* What had been said before a failure counts too. */
static void print(struct bench *bench, int result, const struct error *err)
{
	const struct mapper_counts counts = bench->mapper ? mapper_counts(bench->mapper) : (struct mapper_counts){.records = 0};
	const char *dialect = bench->mapper ? mapper_dialect_name(bench->mapper) : NULL;
	char digest[33];

	flush_batch(bench);
	hash_format(bench->digest, digest);
	printf("%s %s records=%llu mapped=%llu statements=%llu complaints=%llu", digest, dialect ? dialect : "-",
	       (unsigned long long)counts.records, (unsigned long long)counts.mapped, (unsigned long long)bench->statements,
	       (unsigned long long)bench->complaints);
	if (result < 0)
		printf(" failed at %lld:%lld, byte %lld: %s", (long long)err->line, (long long)err->column, (long long)err->byte,
		       err->message);
	putchar('\n');
}

static int run(const struct arguments *arguments)
{
	struct dialect_set *dialects = NULL;
	struct config_problems problems;
	struct dialect_files files;
	struct bench bench = {.mapper = NULL};
	struct error err = ERROR_INIT;
	struct arena arena;
	const int fd = open(arguments->file, O_RDONLY | O_CLOEXEC);
	int status = EXIT_FAILURE;

	config_problems_init(&problems);
	arena_init(&arena, DIALECT_BYTES_MAX);
	batch_encoder_init(&bench.batch);
	if (fd < 0) {
		perror(arguments->file);
	} else if (dialect_files_read(arguments->folders, arguments->folder_count, &arena, &files, &problems, &err) < 0 ||
	           dialect_set_compile(&(struct dialect_texts){.texts = files.texts, .count = files.count}, &dialects, &problems,
	                               &err) < 0) {
		fprintf(stderr, "map_bench: %s\n", err.message);
	} else if (problems.count > 0) {
		config_problems_print(&problems, stderr);
	} else {
		print(&bench, read_feed(&bench, dialects, arguments, fd, &err), &err);
		status = EXIT_SUCCESS;
	}
	mapper_free(bench.mapper);
	dialect_set_free(dialects);
	batch_encoder_release(&bench.batch);
	arena_release(&arena);
	config_problems_release(&problems);
	if (fd >= 0)
		(void)close(fd); /* read only */
	return status;
}

int main(int argc, char **argv)
{
	struct arguments arguments = {.folder_count = 0};
	int option;

	while ((option = getopt(argc, argv, "f:d:c:l")) != -1) {
		if (option == 'f' && arguments.folder_count < FOLDERS_MAX)
			arguments.folders[arguments.folder_count++] = (struct dialect_folder){.path = optarg};
		else if (option == 'd')
			arguments.dialect = optarg;
		else if (option == 'c')
			arguments.charset = optarg;
		else if (option == 'l')
			arguments.is_lenient = true;
		else
			arguments.folder_count = FOLDERS_MAX + 1;
	}
	if (argc != optind + 1 || arguments.folder_count == 0 || arguments.folder_count > FOLDERS_MAX) {
		fputs("usage: map_bench -f FOLDER [-f FOLDER]... [-d DIALECT] [-c CHARSET] [-l] FILE\n"
		      "Reads FILE by the dialects of these folders: a digest of its batches, and counts. -l: lenient.\n",
		      stderr);
		return 2;
	}
	arguments.file = argv[optind];
	return run(&arguments);
}
