/* The reader process from the inside: request, feed, mapper, batches. */
#include "run/reader.h"

#include "base/bytes.h"
#include "base/limits.h"
#include "catalog/batch.h"
#include "probe/prober.h"
#include "run/frame.h"
#include "run/known_file.h"
#include "run/request.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REQUEST_BYTES_MAX (64 * 1024 * 1024)
#define PROBE_BYTES_MAX (64 * 1024 * 1024) /* a report with all its texts */

struct reader {
	struct batch_encoder batch;
	struct mapper *mapper;
	uint64_t bytes_read;
	uint64_t bytes_sent; /* of those, when the last frame was sent */
	uint64_t last_record;
	bool has_known;
	struct known_table asked; /* one table; each remembers where it is in it */
	struct known_table told;
};

/* The spool, with its bytes counted for progress. */
static int read_spool(void *context, char *data, size_t max, size_t *ret_size, struct error *err)
{
	static const int spool_fd = READER_SPOOL_FD;
	struct reader *reader = context;

	if (byte_source_read(byte_source_fd(&spool_fd), data, max, ret_size, err) < 0)
		return error_wrap(err, "reading the spool");
	reader->bytes_read += *ret_size;
	return 0;
}

static int send(struct reader *reader, enum frame_type type, struct slice payload, struct error *err)
{
	struct frame_head head = {
		.magic = FRAME_MAGIC,
		.type = type,
		.size = payload.size,
		.bytes_read = reader->bytes_read,
		.records = reader->mapper ? mapper_counts(reader->mapper).records : 0,
	};

	reader->bytes_sent = reader->bytes_read;
	return frame_write(READER_FRAMES_FD, &head, payload.data, err);
}

static int flush_batch(struct reader *reader, struct error *err)
{
	if (reader->batch.entries == 0)
		return 0;
	if (send(reader, FRAME_BATCH, batch_encoder_bytes(&reader->batch), err) < 0)
		return -1;
	batch_encoder_clear(&reader->batch);
	return 0;
}

/* Is it time for a batch? Records that are known take no room in it, but the writer waits for a sign of life. */
static bool is_batch_due(const struct reader *reader)
{
	return reader->batch.bytes.size >= LIMIT_BATCH_TARGET || reader->bytes_read - reader->bytes_sent >= READER_PROGRESS_BYTES;
}

/* A batch ends between records, so that one record's statements stand together. */
static int begin_record(struct reader *reader, uint64_t record, struct error *err)
{
	if (record != reader->last_record && is_batch_due(reader) && flush_batch(reader, err) < 0)
		return -1;
	reader->last_record = record;
	return 0;
}

static int take_statement(void *context, const struct statement *statement, struct error *err)
{
	struct reader *reader = context;

	/* What is known was remembered when the feed had none. */
	if (statement->action == STATEMENT_PART && reader->has_known)
		return error_set(err, ERROR_KNOWN, "the feed has parts of items now");
	if (begin_record(reader, statement->record, err) < 0)
		return -1;
	return batch_add_statement(&reader->batch, statement, err);
}

static int take_field(void *context, const struct field_statement *field, struct error *err)
{
	struct reader *reader = context;

	if (begin_record(reader, field->record, err) < 0)
		return -1;
	return batch_add_field(&reader->batch, field, err);
}

static int take_complaint(void *context, const struct complaint *complaint, struct error *err)
{
	struct reader *reader = context;

	return batch_add_complaint(&reader->batch, complaint, err);
}

static int take_record_end(void *context, uint64_t record, bool is_mapped, const struct hash128 *fingerprint, struct error *err)
{
	struct reader *reader = context;

	return batch_add_record_end(&reader->batch, record, is_mapped, fingerprint, err);
}

static int take_known(void *context, uint64_t record, uint64_t stream_offset, struct hash128 fingerprint, struct error *err)
{
	struct reader *reader = context;
	uint32_t index;

	if (!known_table_find(&reader->told, fingerprint, &index))
		return error_set(err, ERROR_KNOWN, "a record that is not known was left out");
	if (begin_record(reader, record, err) < 0)
		return -1;
	return batch_add_known(&reader->batch, record, stream_offset, index, err);
}

static bool is_known(void *context, struct hash128 fingerprint)
{
	struct reader *reader = context;
	uint32_t index;

	return reader->has_known && known_table_find(&reader->asked, fingerprint, &index);
}

static struct hash128 find_scope(void *context)
{
	const struct reader *reader = context;

	return mapper_scope(reader->mapper);
}

static int send_done(struct reader *reader, const struct feed_summary *summary, struct error *err)
{
	struct mapper_counts counts = mapper_counts(reader->mapper);
	struct frame_done done = {
		.bytes = summary->bytes,
		.records = counts.records,
		.mapped = counts.mapped,
		.unnamed = counts.unnamed,
		.format = summary->format,
		.is_whole = summary->is_whole,
	};
	const char *dialect = mapper_dialect_name(reader->mapper);

	if (dialect)
		strncpy(done.dialect, dialect, sizeof(done.dialect) - 1);
	strncpy(done.encoding, summary->encoding, sizeof(done.encoding) - 1);
	if (summary->unsifted)
		strncpy(done.unsifted, summary->unsifted, sizeof(done.unsifted) - 1);
	return send(reader, FRAME_DONE, slice_make((const char *)&done, sizeof(done)), err);
}

/* A feed on its way through a mapper. */
struct mapping {
	const struct reader_request *request;
	const struct dialect_set *dialects;
	struct mapper_options options;
	struct statement_sink sink;
	struct byte_source source;
	struct name_table names;
	struct feed_summary summary;
};

/* The reader's mapper is the caller's to free, in any case. */
static int map_feed(struct reader *reader, struct mapping *mapping, struct error *err)
{
	const struct reader_request *request = mapping->request;
	const struct feed_known known = {.context = reader, .seed = request->seed, .is_known = is_known, .scope = find_scope};
	struct feed_options options = {
		.known = request->takes_fingerprints ? &known : NULL,
		.http_charset = request->http_charset,
		.is_json_lines = request->is_json_lines,
		.is_lenient = request->is_lenient,
	};

	reader->mapper = mapper_new(mapping->dialects, &mapping->options, &mapping->names, mapping->sink, err);
	if (!reader->mapper)
		return -1;
	options.is_csv = dialect_csv_options(mapping->dialects, request->mapper.dialect, &options.csv);
	if (feed_read(mapping->source, &options, &mapping->names, mapper_feed_sink(reader->mapper), &mapping->summary, err) < 0)
		return -1;
	return mapper_finish(reader->mapper, err);
}

/* The names of records that were left out are not counted: with as many as this, they might have been too many. */
static int check_names(const struct reader *reader, const struct mapping *mapping, struct error *err)
{
	if (mapper_counts(reader->mapper).known == 0 || mapping->names.count <= LIMIT_KNOWN_NAMES)
		return 0;
	return error_set(err, ERROR_KNOWN, "the feed has %u different names", mapping->names.count);
}

static void free_mapper(struct reader *reader)
{
	mapper_free(reader->mapper);
	reader->mapper = NULL;
}

static int read_feed(struct reader *reader, const struct reader_request *request, const struct dialect_set *dialects,
                     struct error *err)
{
	struct mapping mapping = {
		.request = request,
		.dialects = dialects,
		.options = request->mapper,
		.sink =
			{
				.context = reader,
				.statement = take_statement,
				.field = take_field,
				.complaint = take_complaint,
				.record_end = take_record_end,
				.known = take_known,
			},
		.source = {.context = reader, .read = read_spool},
	};
	int result = -1;

	name_table_init(&mapping.names);
	if (map_feed(reader, &mapping, err) == 0 && check_names(reader, &mapping, err) == 0 && flush_batch(reader, err) == 0)
		result = send_done(reader, &mapping.summary, err);
	free_mapper(reader);
	name_table_release(&mapping.names);
	return result;
}

/* The spool for tasks that have nothing else to send while they read. */
static int read_spool_alive(void *context, char *data, size_t max, size_t *ret_size, struct error *err)
{
	struct reader *reader = context;
	const uint64_t before = reader->bytes_read;

	if (read_spool(reader, data, max, ret_size, err) < 0)
		return -1;
	if (before / READER_PROGRESS_BYTES == reader->bytes_read / READER_PROGRESS_BYTES)
		return 0;
	return send(reader, FRAME_PROGRESS, (struct slice){NULL, 0}, err);
}

static int send_explanation(struct reader *reader, const struct mapping *mapping, struct explanation *explanation,
                            struct error *err)
{
	struct buffer bytes;
	int result = -1;

	explanation->encoding = slice_from(mapping->summary.encoding);
	explanation->dialect = slice_from(mapper_dialect_name(reader->mapper));
	buffer_init(&bytes, LIMIT_BATCH_BYTES);
	if (explanation_encode(explanation, &bytes, err) == 0)
		result = send(reader, FRAME_EXPLAINED, buffer_slice(&bytes), err);
	buffer_release(&bytes);
	return result;
}

static int explain_feed(struct reader *reader, const struct reader_request *request, const struct dialect_set *dialects,
                        struct error *err)
{
	struct explainer *explainer = explainer_new(&request->wish, err);
	struct mapping mapping = {
		.request = request,
		.dialects = dialects,
		.options = request->mapper,
		.source = {.context = reader, .read = read_spool_alive},
	};
	int result = -1;

	if (!explainer)
		return -1;
	mapping.options.trace = explainer_trace(explainer);
	mapping.sink = explainer_sink(explainer);
	name_table_init(&mapping.names);
	if (map_feed(reader, &mapping, err) == 0 || explainer_is_done(explainer)) {
		error_clear(err);
		result = send_explanation(reader, &mapping, explainer_result(explainer), err);
	}
	free_mapper(reader);
	name_table_release(&mapping.names);
	explainer_free(explainer);
	return result;
}

static int rewind_spool(void *context, struct error *err)
{
	(void)context;
	if (lseek(READER_SPOOL_FD, 0, SEEK_SET) < 0)
		return error_set_system(err, errno, "cannot read the spool again");
	return 0;
}

static int probe_feed(struct reader *reader, const struct reader_request *request, const struct dialect_set *dialects,
                      struct error *err)
{
	const struct prober_source source = {
		.bytes = {.context = reader, .read = read_spool_alive},
		.rewind = rewind_spool,
	};
	const struct feed_options options = {.http_charset = request->http_charset, .is_json_lines = request->is_json_lines};
	struct probe_report report;
	struct arena arena;
	struct buffer bytes;
	int result = -1;

	arena_init(&arena, PROBE_BYTES_MAX);
	buffer_init(&bytes, LIMIT_BATCH_BYTES);
	if (probe_read(&source, &options, dialects, &arena, &report, err) == 0 && probe_report_encode(&report, &bytes, err) == 0)
		result = send(reader, FRAME_PROBE, buffer_slice(&bytes), err);
	buffer_release(&bytes);
	arena_release(&arena);
	return result;
}

/* Those that came with the request. */
static int find_zone(void *context, const char *name, const struct zone **ret_zone, struct error *err)
{
	const struct reader_request *request = context;

	for (const struct dialect_zone *zone = request->zones; zone; zone = zone->next) {
		if (slice_equal_text(zone->name, name)) {
			*ret_zone = zone->zone;
			return 0;
		}
	}
	return error_set(err, ERROR_NOT_FOUND, "the time zone '%s' is not in the request", name);
}

static int compile_and_read(struct reader *reader, const struct reader_request *request, struct error *err)
{
	const struct dialect_texts texts = {
		.texts = request->dialects,
		.count = request->dialect_count,
		.zones = {.context = (void *)(uintptr_t)request, .find = find_zone},
	};
	struct dialect_set *dialects = NULL;
	struct config_problems problems;
	int result = -1;

	config_problems_init(&problems);
	if (dialect_set_compile(&texts, &dialects, &problems, err) < 0)
		goto release_problems;
	if (problems.count > 0)
		error_set(err, ERROR_CONFIG, "%zu mistakes in the dialects, the first: %s", problems.count,
		          problems.first ? problems.first->message : "");
	else if (request->task == READER_PROBE)
		result = probe_feed(reader, request, dialects, err);
	else if (request->task == READER_EXPLAIN)
		result = explain_feed(reader, request, dialects, err);
	else
		result = read_feed(reader, request, dialects, err);
	dialect_set_free(dialects);
release_problems:
	config_problems_release(&problems);
	return result;
}

static int read_request(struct buffer *bytes, struct error *err)
{
	static const int request_fd = READER_REQUEST_FD;
	struct byte_source source = byte_source_fd(&request_fd);
	char piece[4096];
	size_t size = 0;

	do {
		if (byte_source_read(source, piece, sizeof(piece), &size, err) < 0)
			return -1;
		if (buffer_append(bytes, piece, size) < 0)
			return error_set_memory(err);
	} while (size > 0);
	return 0;
}

/* Signals that are not the reader's own affair. */
static void settle_signals(void)
{
	(void)signal(SIGPIPE, SIG_IGN); /* a writer that is gone is an error of write() */
	/* What a terminal or a service manager sends to all processes is the run's to handle. */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
}

/* While files can still be mapped. */
static int map_known(struct reader *reader, struct known_file *file, struct error *err)
{
	if (known_file_open(READER_KNOWN_FD, file, err) < 0 || known_table_open(file->bytes, &reader->asked, err) < 0)
		return -1;
	reader->told = reader->asked;
	reader->has_known = true;
	return 0;
}

int reader_main(void)
{
	struct known_file known = KNOWN_FILE_INIT;
	struct reader reader = {0};
	struct reader_request request;
	struct buffer bytes;
	struct arena arena;
	struct error err = ERROR_INIT;
	int result = -1;

	settle_signals();
	arena_init(&arena, REQUEST_BYTES_MAX);
	buffer_init(&bytes, REQUEST_BYTES_MAX);
	batch_encoder_init(&reader.batch);
	if (read_request(&bytes, &err) == 0 && reader_request_decode(buffer_slice(&bytes), &arena, &request, &err) == 0 &&
	    (!request.has_known || map_known(&reader, &known, &err) == 0) &&
	    reader_enter_cage(request.is_cage_required, known.bytes.size, &err) == 0)
		result = compile_and_read(&reader, &request, &err);
	if (result < 0) {
		struct error sent = err;
		struct error ignored = ERROR_INIT;
		(void)send(&reader, FRAME_FAILED, slice_make((const char *)&sent, sizeof(sent)),
		           &ignored); /* nobody is left to tell */
	}
	batch_encoder_release(&reader.batch);
	known_file_release(&known);
	buffer_release(&bytes);
	arena_release(&arena);
	return result < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
