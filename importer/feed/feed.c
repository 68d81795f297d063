/* From a byte source through the decoder to the XML reader. */
#include "feed/feed.h"

#include "base/limits.h"
#include "feed/encoding.h"
#include "feed/reader.h"
#include "feed/sniff.h"
#include "feed/xml.h"

#include <stdlib.h>
#include <string.h>

const char *feed_format_name(enum feed_format format)
{
	static const char *const names[] = {
		[FEED_XML] = "XML", [FEED_JSON] = "JSON", [FEED_JSON_LINES] = "JSON Lines", [FEED_CSV] = "CSV"};

	return names[format];
}

struct reading {
	struct byte_source source;
	const struct feed_options *options;
	struct feed_summary *summary;
	size_t piece_max;
	char *raw;     /* LIMIT_READ_PIECE bytes as read */
	char *decoded; /* room for what they can become */
	size_t raw_size;
	bool at_end; /* of the source */
	struct sniffed sniffed;
	struct slice head; /* decoded */
	struct decoder decoder;
	struct feed_reader reader;
};

static int read_more(struct reading *reading, struct error *err)
{
	size_t size;

	if (byte_source_read(reading->source, reading->raw + reading->raw_size, LIMIT_READ_PIECE - reading->raw_size, &size, err) <
	    0)
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

static struct slice raw_head(const struct reading *reading)
{
	return slice_make(reading->raw, reading->raw_size);
}

static struct slice without_mark(const struct reading *reading)
{
	return slice_make(reading->raw + reading->sniffed.mark_size, reading->raw_size - reading->sniffed.mark_size);
}

static int sniff(struct reading *reading, struct slice http_charset, struct error *err)
{
	struct decoder decoder;

	if (sniff_container(raw_head(reading), err) < 0 ||
	    sniff_encoding(raw_head(reading), http_charset, &reading->sniffed, err) < 0)
		return -1;
	reading->summary->encoding_origin = reading->sniffed.origin;
	memcpy(reading->summary->encoding, reading->sniffed.encoding->name, strlen(reading->sniffed.encoding->name));
	decoder_init(&decoder, reading->sniffed.encoding);
	reading->head = decoder_decode(&decoder, without_mark(reading), reading->decoded);
	return sniff_text(reading->head, err);
}

static int push(struct reading *reading, struct slice raw, struct error *err)
{
	while (raw.size > 0) {
		const size_t size = raw.size < reading->piece_max ? raw.size : reading->piece_max;
		const struct slice text = decoder_decode(&reading->decoder, slice_make(raw.data, size), reading->decoded);

		if (reading->reader.push(reading->reader.context, text, err) < 0)
			return -1;
		raw = slice_make(raw.data + size, raw.size - size);
	}
	return 0;
}

static int parse(struct reading *reading, struct error *err)
{
	if (push(reading, without_mark(reading), err) < 0)
		return -1;
	while (!reading->at_end) {
		reading->raw_size = 0;
		if (read_more(reading, err) < 0 || push(reading, raw_head(reading), err) < 0)
			return -1;
	}
	if (reading->reader.push(reading->reader.context, decoder_finish(&reading->decoder, reading->decoded), err) < 0)
		return -1;
	return reading->reader.finish(reading->reader.context, err);
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
	if (reading->decoder.undefined_count == 0)
		return 0;
	return sink.undefined_bytes(sink.context, reading->decoder.undefined_count, reading->decoder.undefined_first, err);
}

static int open_reader(struct reading *reading, struct recorder *recorder, struct error *err)
{
	const struct reader_setup setup = {
		.format = reading->summary->format,
		.recorder = recorder,
		.options = reading->options,
		.summary = reading->summary,
		.encoding_claim = encoding_claim(reading->sniffed.origin),
		.head = reading->head,
	};

	return xml_reader_new(&setup, &reading->reader, err);
}

static int read_document(struct reading *reading, struct name_table *names, struct feed_sink sink, struct error *err)
{
	struct recorder recorder = {.names = names, .sink = sink};
	int result = -1;

	if (open_reader(reading, &recorder, err) < 0)
		return -1;
	decoder_init(&reading->decoder, reading->sniffed.encoding);
	if (parse(reading, err) == 0)
		result = report_undefined(reading, sink, err);
	reading->reader.free(reading->reader.context);
	recorder_release(&recorder);
	return result;
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
		.decoded = malloc(DECODER_ROOM(LIMIT_READ_PIECE)),
	};
	int result = -1;

	*ret_summary = (struct feed_summary){.format = FEED_XML};
	if (reading.raw == NULL || reading.decoded == NULL)
		error_set_memory(err);
	else if (read_head(&reading, err) == 0 && sniff(&reading, options->http_charset, err) == 0)
		result = read_document(&reading, names, sink, err);
	free(reading.decoded);
	free(reading.raw);
	return result;
}
