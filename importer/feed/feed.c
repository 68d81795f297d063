/* From a byte source through the decoder to the reader of the feed's format. */
#include "feed/feed.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "feed/csv.h"
#include "feed/encoding.h"
#include "feed/json.h"
#include "feed/json_check.h"
#include "feed/lenient_reader.h"
#include "feed/lenient_text.h"
#include "feed/reader.h"
#include "feed/sample.h"
#include "feed/sifting.h"
#include "feed/sniff.h"
#include "feed/xml.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN_BYTES_MAX 60

const char *feed_format_name(enum feed_format format)
{
	static const char *const names[] = {
		[FEED_XML] = "XML", [FEED_JSON] = "JSON", [FEED_JSON_LINES] = "JSON Lines", [FEED_CSV] = "CSV"};

	return names[format];
}

static bool ends_with(struct slice text, const char *end)
{
	const struct slice wanted = slice_from(end);

	return text.size >= wanted.size && slice_equal_folded(slice_make(text.data + text.size - wanted.size, wanted.size), wanted);
}

bool feed_is_named_json_lines(struct slice source, struct slice media_type)
{
	static const char *const types[] = {"application/jsonl", "application/x-jsonlines", "application/jsonlines",
	                                    "application/x-ndjson", "application/ndjson"};
	const size_t query = slice_find(source, slice_from("?"));

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (slice_equal_text(media_type, types[i]))
			return true;
	if (query != SIZE_MAX)
		source.size = query;
	return ends_with(source, ".jsonl") || ends_with(source, ".ndjson");
}

struct reading {
	struct byte_source source;
	const struct feed_options *options;
	struct feed_summary *summary;
	size_t piece_max;
	char *raw; /* bytes as read */
	size_t raw_size;
	size_t raw_capacity; /* LIMIT_READ_PIECE, or more while a first line is held back */
	char *decoded;       /* room for what LIMIT_READ_PIECE bytes can become */
	bool at_end;         /* of the source */
	struct sniffed sniffed;
	struct slice head;   /* decoded */
	struct slice unread; /* raw bytes that a failure kept from being pushed */
	struct decoder decoder;
	struct feed_reader reader;
	struct sifting *sifting; /* NULL = everything is read */
};

static struct slice skip(struct slice bytes, size_t count)
{
	return slice_make(bytes.data + count, bytes.size - count);
}

static int read_more(struct reading *reading, struct error *err)
{
	const size_t room = reading->raw_capacity - reading->raw_size;
	size_t size;

	if (byte_source_read(reading->source, reading->raw + reading->raw_size, room < LIMIT_READ_PIECE ? room : LIMIT_READ_PIECE,
	                     &size, err) < 0)
		return -1;
	reading->at_end = size == 0;
	reading->raw_size += size;
	reading->summary->bytes += size;
	return 0;
}

/* As much of the feed as sniffing wants to see. */
static int read_head(struct reading *reading, struct error *err)
{
	while (!reading->at_end && reading->raw_size < SNIFF_BYTES) {
		if (read_more(reading, err) < 0)
			return -1;
	}
	return 0;
}

static struct slice raw_bytes(const struct reading *reading)
{
	return slice_make(reading->raw, reading->raw_size);
}

/* What is decoded of the head; nothing else may be decoded while it is used. */
static struct slice decode_head(struct reading *reading)
{
	struct slice bytes = raw_bytes(reading);
	struct decoder decoder;

	bytes.size = bytes.size < SNIFF_BYTES ? bytes.size : SNIFF_BYTES;
	decoder_init(&decoder, reading->sniffed.encoding);
	return decoder_decode(&decoder, skip(bytes, reading->sniffed.mark_size), reading->decoded);
}

/* --- JSON or JSON Lines --- */

static int hold_back_more(struct reading *reading, struct error *err)
{
	if (reading->raw_size == reading->raw_capacity) {
		char *raw = realloc(reading->raw, reading->raw_capacity * 2);

		if (raw == NULL)
			return error_set_memory(err);
		reading->raw = raw;
		reading->raw_capacity *= 2;
	}
	return read_more(reading, err);
}

/* Has the first line shown what it is, or is there no more to be seen? */
static bool is_settled(const struct reading *reading, const struct json_check *check)
{
	return check->shape != JSON_SHAPE_OPEN || reading->at_end || reading->raw_size >= LIMIT_JSON_LINE_BYTES;
}

/* A fault leaves the shape open and is the reader's to tell. */
static int sniff_json(struct reading *reading, struct error *err)
{
	struct error fault = ERROR_INIT;
	struct json_check check;
	struct decoder decoder;
	size_t seen = reading->sniffed.mark_size;

	json_check_init(&check, false, "");
	decoder_init(&decoder, reading->sniffed.encoding);
	for (;;) {
		const struct slice rest = skip(raw_bytes(reading), seen);
		const size_t size = rest.size < LIMIT_READ_PIECE ? rest.size : LIMIT_READ_PIECE;
		const struct slice text = decoder_decode(&decoder, slice_make(rest.data, size), reading->decoded);

		seen += size;
		if (json_check_push(&check, text, &fault) < text.size)
			break;
		if (seen < reading->raw_size)
			continue;
		if (is_settled(reading, &check))
			break;
		if (hold_back_more(reading, err) < 0)
			return -1;
	}
	if (check.shape == JSON_SHAPE_LINES || (check.shape == JSON_SHAPE_OPEN && reading->options->is_json_lines))
		reading->summary->format = FEED_JSON_LINES;
	else
		reading->summary->may_be_lines = check.shape == JSON_SHAPE_OPEN;
	return 0;
}

/* --- sniffing --- */

/* Where what stands before the XML declaration is to be dropped, it counts from there on. */
static int find_encoding(struct reading *reading, struct error *err)
{
	const struct slice bytes = raw_bytes(reading);
	const struct slice http_charset = reading->options->http_charset;
	size_t declaration;

	if (sniff_encoding(bytes, http_charset, &reading->sniffed, err) < 0)
		return -1;
	if (!reading->options->is_lenient || reading->sniffed.origin == ENCODING_FROM_BOM)
		return 0;
	declaration = lenient_declaration_offset(bytes);
	return declaration == SIZE_MAX ? 0 : sniff_encoding(skip(bytes, declaration), http_charset, &reading->sniffed, err);
}

static int refuse_text(struct slice head, struct error *err)
{
	const struct slice shown = utf8_cut(head, SHOWN_BYTES_MAX);

	if (lenient_declaration_offset(head) != SIZE_MAX)
		return error_set(err, ERROR_FEED,
		                 "this is no XML: it begins with '%.*s'; set lenient: true to drop what stands before the XML "
		                 "declaration",
		                 (int)shown.size, shown.data);
	return error_set(err, ERROR_FEED, "this is neither XML nor JSON nor a table: it begins with '%.*s'", (int)shown.size,
	                 shown.data);
}

/* Text that begins neither as XML nor as JSON does. */
static int sniff_table(struct slice head, const struct feed_options *options, enum feed_format *ret_format, struct error *err)
{
	const bool has_declaration = lenient_declaration_offset(head) != SIZE_MAX;
	int is_plausible = options->is_csv;

	if (!options->is_csv && !has_declaration)
		is_plausible = csv_is_plausible(head, &options->csv, err);
	if (is_plausible != 0)
		return is_plausible < 0 ? -1 : 0;
	if (!options->is_lenient || lenient_prolog_offset(head) == 0)
		return refuse_text(head, err);
	*ret_format = FEED_XML;
	return 0;
}

static int sniff(struct reading *reading, struct error *err)
{
	struct feed_summary *summary = reading->summary;
	struct slice head;

	if (sniff_container(raw_bytes(reading), err) < 0 || find_encoding(reading, err) < 0)
		return -1;
	summary->encoding_origin = reading->sniffed.origin;
	memcpy(summary->encoding, reading->sniffed.encoding->name, strlen(reading->sniffed.encoding->name));
	head = decode_head(reading);
	if (sniff_text(head, &summary->format, err) < 0 ||
	    (summary->format == FEED_CSV && sniff_table(head, reading->options, &summary->format, err) < 0))
		return -1;
	if (summary->format == FEED_JSON && sniff_json(reading, err) < 0)
		return -1;
	reading->head = decode_head(reading);
	return 0;
}

/* --- reading --- */

static int push(void *context, struct slice raw, struct error *err)
{
	struct reading *reading = context;

	while (raw.size > 0) {
		const size_t size = raw.size < reading->piece_max ? raw.size : reading->piece_max;
		const struct slice text = decoder_decode(&reading->decoder, slice_make(raw.data, size), reading->decoded);

		raw = skip(raw, size);
		if (reading->reader.push(reading->reader.context, text, err) < 0) {
			reading->unread = raw;
			return -1;
		}
	}
	return 0;
}

static int push_sifted(struct reading *reading, struct slice raw, struct error *err)
{
	if (reading->sifting == NULL)
		return push(reading, raw, err);
	while (raw.size > 0) {
		const size_t size = raw.size < reading->piece_max ? raw.size : reading->piece_max;

		if (sifting_push(reading->sifting, slice_make(raw.data, size), err) < 0)
			return -1;
		raw = skip(raw, size);
	}
	return 0;
}

/* What held a first line back. */
static void give_back(struct reading *reading)
{
	char *raw = reading->raw_capacity > LIMIT_READ_PIECE ? realloc(reading->raw, LIMIT_READ_PIECE) : NULL;

	if (raw == NULL)
		return;
	reading->raw = raw;
	reading->raw_capacity = LIMIT_READ_PIECE;
}

static int finish(struct reading *reading, struct error *err)
{
	if (reading->sifting != NULL && sifting_finish(reading->sifting, err) < 0)
		return -1;
	if (reading->reader.push(reading->reader.context, decoder_finish(&reading->decoder, reading->decoded), err) < 0 ||
	    reading->reader.finish(reading->reader.context, err) < 0)
		return -1;
	return reading->sifting != NULL ? sifting_check(reading->sifting, err) : 0;
}

static int parse(struct reading *reading, struct error *err)
{
	if (push_sifted(reading, skip(raw_bytes(reading), reading->sniffed.mark_size), err) < 0)
		return -1;
	give_back(reading);
	while (!reading->at_end) {
		reading->raw_size = 0;
		if (read_more(reading, err) < 0 || push_sifted(reading, raw_bytes(reading), err) < 0)
			return -1;
	}
	return finish(reading, err);
}

static const char *encoding_claim(enum feed_encoding_origin origin)
{
	switch (origin) {
	case ENCODING_FROM_BOM:
		return "the feed begins with the byte order mark of UTF-8";
	case ENCODING_FROM_DECLARATION:
		return "the feed declares UTF-8";
	case ENCODING_FROM_HTTP:
		return "the HTTP header says UTF-8";
	case ENCODING_BY_DEFAULT:
		break;
	}
	return "that is the default of a feed that declares no encoding";
}

static int report_undefined(const struct reading *reading, struct feed_sink sink, struct error *err)
{
	const struct decoder *decoder = &reading->decoder;

	if (decoder->undefined_count == 0 || sink.undefined_bytes == NULL)
		return 0;
	return sink.undefined_bytes(
		sink.context, decoder->undefined_count,
		reading->sifting != NULL ? sifting_undefined_offset(reading->sifting) : decoder->undefined_first, err);
}

/* Reading has failed: what follows may say more of it. That it cannot be read to its end is not told. */
static void explain(struct reading *reading, struct error *err)
{
	const struct feed_reader *reader = &reading->reader;
	struct slice raw = reading->unread;
	struct slice text = {.data = NULL};
	struct error ignored = ERROR_INIT;

	if (reading->sifting != NULL) {
		sifting_locate(reading->sifting, err);
		return;
	}
	if (reader->push_rest == NULL || reader->explain == NULL)
		return;
	while (reader->push_rest(reader->context, text)) {
		if (raw.size == 0) {
			reading->raw_size = 0;
			if (reading->at_end || read_more(reading, &ignored) < 0 || reading->raw_size == 0)
				break;
			raw = raw_bytes(reading);
		}
		const size_t size = raw.size < LIMIT_READ_PIECE ? raw.size : LIMIT_READ_PIECE;

		text = decoder_decode(&reading->decoder, slice_make(raw.data, size), reading->decoded);
		raw = skip(raw, size);
	}
	reader->explain(reader->context, err);
}

static reader_new_function *const readers[] = {
	[FEED_XML] = lenient_reader_new,
	[FEED_JSON] = json_reader_new,
	[FEED_JSON_LINES] = json_reader_new,
	[FEED_CSV] = csv_reader_new,
};

/* A filter of faulty XML changes what stands in tags, which the sift would take as they came. */
static int start_sifting(struct reading *reading, const struct reader_setup *setup, struct error *err)
{
	const struct feed_options *options = reading->options;
	const struct sifting_setup sifting = {
		.known = options->known,
		.encoding = reading->sniffed.encoding,
		.mark_size = reading->sniffed.mark_size,
		.head = reading->head,
		.format = setup->format,
		.csv = &options->csv,
		.recorder = setup->recorder,
		.decoder = &reading->decoder,
		.push = push,
		.context = reading,
	};

	if (options->known == NULL)
		return 0;
	reading->summary->unsifted = "it is read leniently";
	if (setup->format == FEED_XML && options->is_lenient)
		return 0;
	reading->sifting = sifting_new(&sifting, err);
	return reading->sifting != NULL ? 0 : -1;
}

/* Text tables tell their columns and first rows themselves. */
static int make_sample(const struct reader_setup *setup, struct sample *sample, struct error *err)
{
	*sample = (struct sample){.record = {.nodes = NULL}};
	return setup->format == FEED_CSV ? 0 : sample_make(sample, readers[setup->format], setup, err);
}

static int read_document(struct reading *reading, struct name_table *names, struct feed_sink sink, struct error *err)
{
	struct recorder recorder = {.names = names, .sink = sink};
	const struct reader_setup setup = {
		.format = reading->summary->format,
		.recorder = &recorder,
		.options = reading->options,
		.summary = reading->summary,
		.encoding_claim = encoding_claim(reading->sniffed.origin),
		.head = reading->head,
	};
	struct sample sample;
	int result = -1;

	if (make_sample(&setup, &sample, err) < 0)
		goto release_sample;
	recorder.sample = sample.record.node_count > 0 ? &sample.record : NULL;
	decoder_init(&reading->decoder, reading->sniffed.encoding);
	if (start_sifting(reading, &setup, err) < 0 || readers[setup.format](&setup, &reading->reader, err) < 0)
		goto free_sifting;
	if (parse(reading, err) == 0)
		result = report_undefined(reading, sink, err);
	else
		explain(reading, err);
	reading->reader.free(reading->reader.context);
	if (reading->sifting != NULL)
		reading->summary->unsifted = sift_blindness_text(sifting_blindness(reading->sifting));
	recorder_release(&recorder);
free_sifting:
	sifting_free(reading->sifting);
release_sample:
	sample_release(&sample);
	return result;
}

void feed_prepare(void)
{
	xml_prepare();
}

int feed_read(struct byte_source source, const struct feed_options *options, struct name_table *names, struct feed_sink sink,
              struct feed_summary *ret_summary, struct error *err)
{
	struct reading reading = {
		.source = source,
		.options = options,
		.summary = ret_summary,
		.piece_max = options->piece_max > 0 && options->piece_max < LIMIT_READ_PIECE ? options->piece_max
	                                                                                     : LIMIT_READ_PIECE,
		.raw = malloc(LIMIT_READ_PIECE),
		.raw_capacity = LIMIT_READ_PIECE,
		.decoded = malloc(DECODER_ROOM(LIMIT_READ_PIECE)),
	};
	int result = -1;

	*ret_summary = (struct feed_summary){.format = FEED_XML};
	if (reading.raw == NULL || reading.decoded == NULL)
		error_set_memory(err);
	else if (read_head(&reading, err) == 0 && sniff(&reading, err) == 0)
		result = read_document(&reading, names, sink, err);
	free(reading.decoded);
	free(reading.raw);
	return result;
}

/* --- the root alone --- */

struct sampling {
	struct feed_sink sink;
	bool is_told;
};

static int tell_root(void *context, const struct feed_root *root, struct feed_selection *ret_selection, struct error *err)
{
	struct sampling *sampling = context;

	if (sampling->sink.root(sampling->sink.context, root, ret_selection, err) < 0)
		return -1;
	sampling->is_told = true;
	return error_set(err, ERROR_CANCELLED, "the root is all that was asked for");
}

int feed_sample(struct byte_source source, const struct feed_options *options, struct name_table *names, struct feed_sink sink,
                struct feed_summary *ret_summary, struct error *err)
{
	struct sampling sampling = {.sink = sink};
	const struct feed_sink own = {.context = &sampling, .root = tell_root};
	const int result = feed_read(source, options, names, own, ret_summary, err);

	if (!sampling.is_told)
		return result;
	error_clear(err);
	return 0;
}
