/*
 * Fuzz target: any bytes as a dialect. What compiles is used on a feed of its
 * format; whatever it says must be fit for a batch.
 */
#include "catalog/batch.h"
#include "config/yaml.h"
#include "dialect/dialect.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const feeds[] = {
	"<a x='1' xmlns:g='urn:g'><b><c id='1' k='v'><d>t</d><d y='2'>u<e/></d><g:f>5 EUR</g:f></c><c id='2'/></b><b n='m'><c/></b></a>",
	"{\"a\":[{\"id\":1,\"b\":[{\"c\":\"x\"},{\"c\":null}],\"d\":{\"e\":1.5,\"f\":true}},{\"id\":\"2\",\"b\":[],\"d\":[[1]]}],\"g\":\"h\"}",
	"[{\"id\":1,\"b\":[1,2]},{\"id\":{\"x\":1}}]",
	"id,a b,a_c,json,\"*\"\n1,x,y,\"{\"\"a\"\":[1,{\"\"b\"\":2}]}\",s\n1,,z,,\n2,x\n",
};

/* A batch takes every statement that a mapper makes, and gives it back. */
static int prove(void *context, const struct statement *statement, struct error *err)
{
	struct batch_encoder *encoder = context;
	struct batch_decoder decoder;
	struct batch_entry entry;

	batch_encoder_clear(encoder);
	if (batch_add_statement(encoder, statement, err) != 0)
		return -1;
	if (batch_decoder_init(&decoder, batch_encoder_bytes(encoder), err) != 0 ||
	    batch_decoder_next(&decoder, &entry, err) != BATCH_ENTRY)
		abort();
	return 0;
}

static int prove_field(void *context, const struct field_statement *field, struct error *err)
{
	struct batch_encoder *encoder = context;
	struct batch_decoder decoder;
	struct batch_entry entry;

	batch_encoder_clear(encoder);
	if (batch_add_field(encoder, field, err) != 0)
		return -1;
	if (batch_decoder_init(&decoder, batch_encoder_bytes(encoder), err) != 0 ||
	    batch_decoder_next(&decoder, &entry, err) != BATCH_ENTRY)
		abort();
	return 0;
}

static int ignore_complaint(void *context, const struct complaint *complaint, struct error *err)
{
	(void)context;
	(void)complaint;
	(void)err;
	return 0;
}

static int ignore_end(void *context, uint64_t record, bool is_mapped, const struct hash128 *fingerprint, struct error *err)
{
	(void)context;
	(void)record;
	(void)is_mapped;
	(void)fingerprint;
	(void)err;
	return 0;
}

static void map(const struct dialect_set *set, const char *feed, enum mapper_unknown policy)
{
	struct byte_block block = {.rest = slice_from(feed)};
	struct feed_options feed_options = {.piece_max = 0};
	struct error err = ERROR_INIT;
	struct batch_encoder encoder;
	struct feed_summary summary;
	struct name_table names;
	struct mapper *mapper;
	const struct mapper_options options = {.dialect = SLICE("d"), .unknown_fields = policy};
	const struct statement_sink sink = {.context = &encoder,
	                                    .statement = prove,
	                                    .field = prove_field,
	                                    .complaint = ignore_complaint,
	                                    .record_end = ignore_end};

	batch_encoder_init(&encoder);
	name_table_init(&names);
	mapper = mapper_new(set, &options, &names, sink, &err);
	if (mapper != NULL) {
		feed_options.is_csv = dialect_csv_options(set, options.dialect, &feed_options.csv);
		if (feed_read(byte_source_block(&block), &feed_options, &names, mapper_feed_sink(mapper), &summary, &err) == 0 &&
		    mapper_finish(mapper, &err) != 0)
			abort();
	}
	mapper_free(mapper);
	name_table_release(&names);
	batch_encoder_release(&encoder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dialect_text text = {.file = "d.yaml", .name = SLICE("d")};
	struct dialect_set *set = NULL;
	struct config_problems problems;
	struct error err = ERROR_INIT;

	if (size < 1 || size > 8192)
		return 0;
	text.yaml = slice_make((const char *)data + 1, size - 1);
	config_problems_init(&problems);
	if (dialect_set_compile(&(struct dialect_texts){.texts = &text, .count = 1}, &set, &problems, &err) == 0) {
		for (size_t i = 0; problems.count == 0 && i < sizeof feeds / sizeof feeds[0]; i++)
			map(set, feeds[i], (enum mapper_unknown)(data[0] % 4));
		dialect_set_free(set);
	}
	config_problems_release(&problems);
	return 0;
}
