#include "support.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/zone.h"
#include "catalog/batch.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHIPPED_MAX 64

#define RECORDING_BYTES ((size_t)256 * 1024 * 1024)

/* --- dialects --- */

char *read_whole(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "rb");
	struct buffer buffer;
	char piece[4096];
	size_t size;

	if (file == NULL)
		fail_msg("cannot open %s", path);
	buffer_init(&buffer, 1024 * 1024);
	while ((size = fread(piece, 1, sizeof piece, file)) > 0)
		assert_int_equal(buffer_append(&buffer, piece, size), 0);
	assert_int_equal(fclose(file), 0);
	*ret_size = buffer.size;
	assert_non_null(buffer_text(&buffer));
	return buffer.data;
}

/* From the system; they live as long as the tests do. */
static int find_zone(void *context, const char *name, const struct zone **ret_zone, struct error *err)
{
	static struct zones zones;

	(void)context;
	if (zones.folder == NULL)
		zones_init(&zones, NULL);
	return zones_find(&zones, name, ret_zone, err);
}

static struct dialect_set *compile_all(const struct dialect_text *texts, size_t count)
{
	struct dialect_set *set = NULL;
	struct config_problems problems;
	struct error err = ERROR_INIT;

	config_problems_init(&problems);
	if (dialect_set_compile(&(struct dialect_texts){.texts = texts, .count = count, .zones = {.find = find_zone}}, &set,
	                        &problems, &err) != 0)
		fail_msg("%s", err.message);
	if (problems.count > 0) {
		config_problems_print(&problems, stderr);
		fail_msg("%zu mistakes in a dialect of the test", problems.count);
	}
	config_problems_release(&problems);
	return set;
}

struct dialect_set *shipped_dialects(const struct dialect_text *more, size_t count)
{
	static const char *const names[] = {"facebook", "google", "yml"};
	struct dialect_text texts[8];
	char paths[3][512];
	char *contents[3];
	struct dialect_set *set;

	assert_true(count <= 5);
	for (size_t i = 0; i < 3; i++) {
		size_t size;

		(void)snprintf(paths[i], sizeof paths[i], "%s/schema/dialects/%s.yaml", FEEDMILL_SOURCE_DIR, names[i]);
		contents[i] = read_whole(paths[i], &size);
		texts[i] = (struct dialect_text){
			.file = paths[i], .name = slice_from(names[i]), .yaml = slice_make(contents[i], size)};
	}
	for (size_t i = 0; i < count; i++)
		texts[3 + i] = more[i];
	set = compile_all(texts, 3 + count);
	for (size_t i = 0; i < 3; i++)
		free(contents[i]);
	return set;
}

struct dialect_set *all_shipped_dialects(void)
{
	struct dialect_text texts[SHIPPED_MAX];
	struct dialect_set *set;
	size_t shipped;
	glob_t found;

	assert_int_equal(glob(FEEDMILL_SOURCE_DIR "/schema/dialects/*.yaml", 0, NULL, &found), 0);
	shipped = found.gl_pathc;
	assert_true(shipped <= SHIPPED_MAX);
	for (size_t i = 0; i < shipped; i++) {
		const char *const name = strrchr(found.gl_pathv[i], '/') + 1;
		size_t size;
		char *const content = read_whole(found.gl_pathv[i], &size);

		texts[i] = (struct dialect_text){.file = found.gl_pathv[i],
		                                 .name = slice_make(name, strlen(name) - strlen(".yaml")),
		                                 .yaml = slice_make(content, size)};
	}
	set = compile_all(texts, shipped);
	for (size_t i = 0; i < shipped; i++)
		free((void *)(uintptr_t)texts[i].yaml.data);
	globfree(&found);
	return set;
}

struct dialect_set *test_dialect(const char *yaml)
{
	const struct dialect_text text = {.file = "test.yaml", .name = SLICE("test"), .yaml = slice_from(yaml)};

	return compile_all(&text, 1);
}

/* --- recording --- */

void recording_init(struct recording *recording)
{
	*recording = (struct recording){.err = ERROR_INIT};
	buffer_init(&recording->statements, RECORDING_BYTES);
	buffer_init(&recording->complaints, RECORDING_BYTES);
}

void recording_release(struct recording *recording)
{
	buffer_release(&recording->statements);
	buffer_release(&recording->complaints);
}

/* What the writer's side would make of it: the decoder refuses whatever is not in its normal form. */
static void prove_by_batch(const struct statement *statement)
{
	struct batch_encoder encoder;
	struct batch_decoder decoder;
	struct batch_entry entry;
	struct error err = ERROR_INIT;

	batch_encoder_init(&encoder);
	if (batch_add_statement(&encoder, statement, &err) != 0)
		fail_msg("a statement does not fit a batch: %s", err.message);
	if (batch_decoder_init(&decoder, batch_encoder_bytes(&encoder), &err) != 0 ||
	    batch_decoder_next(&decoder, &entry, &err) != BATCH_ENTRY)
		fail_msg("the batch refuses a statement about '%.*s': %s", (int)statement_text(statement, FIELD_ID).size,
		         statement_text(statement, FIELD_ID).data, err.message);
	batch_encoder_release(&encoder);
}

static void prove_definition_by_batch(const struct field_statement *field)
{
	struct batch_encoder encoder;
	struct batch_decoder decoder;
	struct batch_entry entry;
	struct error err = ERROR_INIT;

	batch_encoder_init(&encoder);
	if (batch_add_field(&encoder, field, &err) != 0 || batch_decoder_init(&decoder, batch_encoder_bytes(&encoder), &err) != 0 ||
	    batch_decoder_next(&decoder, &entry, &err) != BATCH_ENTRY)
		fail_msg("a batch refuses the definition of '%.*s': %s", (int)field->field_id.size, field->field_id.data,
		         err.message);
	batch_encoder_release(&encoder);
}

static void write_field(struct json_writer *json, const struct statement *statement, enum field_id field)
{
	const struct field_definition *definition = field_definition(field);
	const struct field_value *value = &statement->fields[field];

	if (value->presence == PRESENCE_ABSENT)
		return;
	json_key(json, definition->name);
	if (value->presence == PRESENCE_EMPTY)
		json_null(json);
	else if (definition->type == FIELD_TYPE_TEXT)
		json_string(json, value->text);
	else if (definition->type == FIELD_TYPE_INTEGER)
		json_integer(json, value->integer);
	else
		json_raw(json, value->text);
}

static int on_statement(void *context, const struct statement *statement, struct error *err)
{
	static const char *const actions[] = {"stated", "derived", "rejected", "part"};
	static const char *const links[] = {"self", "group", "named", "alone", "listed"};
	struct recording *recording = context;
	struct json_writer json;

	(void)err;
	prove_by_batch(statement);
	recording->statement_count++;
	json_writer_init(&json, &recording->statements);
	json_object_begin(&json);
	json_member_integer(&json, "record", (int64_t)statement->record);
	json_member_text(&json, "kind", item_kind_name(statement->kind));
	json_member_text(&json, "action", actions[statement->action]);
	if (statement->kind == ITEM_SKU && statement->action == STATEMENT_STATED)
		json_member_text(&json, "link", links[statement->product_link]);
	for (int field = 0; field < FIELD_COUNT; field++)
		write_field(&json, statement, (enum field_id)field);
	json_object_end(&json);
	return buffer_append_byte(&recording->statements, '\n');
}

static int on_field(void *context, const struct field_statement *field, struct error *err)
{
	struct recording *recording = context;
	struct json_writer json;

	(void)err;
	prove_definition_by_batch(field);
	json_writer_init(&json, &recording->statements);
	json_object_begin(&json);
	json_member_integer(&json, "record", (int64_t)field->record);
	json_member_string(&json, "field", field->field_id);
	json_member_text(&json, "entity", item_kind_name(field->entity));
	json_member_string(&json, "name", field->name);
	json_member_string(&json, "value_type", field->value_type);
	json_member_bool(&json, "required", field->is_required);
	if (field->default_value.size > 0) {
		json_key(&json, "default_value");
		json_raw(&json, field->default_value);
	}
	if (field->enum_values.size > 0) {
		json_key(&json, "enum_values");
		json_raw(&json, field->enum_values);
	}
	json_object_end(&json);
	return buffer_append_byte(&recording->statements, '\n');
}

static int on_complaint(void *context, const struct complaint *complaint, struct error *err)
{
	struct recording *recording = context;
	struct json_writer json;

	(void)err;
	recording->complaint_count++;
	json_writer_init(&json, &recording->complaints);
	json_object_begin(&json);
	json_member_integer(&json, "record", (int64_t)complaint->record);
	json_member_text(&json, "code", complaint_definition(complaint->code)->name);
	json_member_text(&json, "kind", item_kind_name(complaint->kind));
	json_member_string(&json, "id", complaint->item_id);
	json_member_string(&json, "field", complaint->field);
	json_member_string(&json, "text", complaint->text);
	json_member_integer(&json, "offset", (int64_t)complaint->stream_offset);
	json_object_end(&json);
	return buffer_append_byte(&recording->complaints, '\n');
}

static int on_record_end(void *context, uint64_t record, bool is_mapped, const struct hash128 *fingerprint, struct error *err)
{
	struct recording *recording = context;

	(void)fingerprint;
	(void)err;
	return buffer_append_format(&recording->statements, "{\"end\":%llu,\"mapped\":%s}\n", (unsigned long long)record,
	                            is_mapped ? "true" : "false");
}

struct statement_sink recording_sink(struct recording *recording)
{
	return (struct statement_sink){.context = recording,
	                               .statement = on_statement,
	                               .field = on_field,
	                               .complaint = on_complaint,
	                               .record_end = on_record_end};
}

void read_feed(const struct dialect_set *set, const struct mapper_options *options, struct slice feed, size_t piece_max,
               struct recording *recording)
{
	struct byte_block block = {.rest = feed, .piece_max = piece_max};
	struct feed_options feed_options = {.piece_max = 0};
	struct feed_summary summary;
	struct name_table names;
	struct mapper *mapper;

	name_table_init(&names);
	mapper = mapper_new(set, options, &names, recording_sink(recording), &recording->err);
	recording->result = -1;
	if (mapper != NULL) {
		feed_options.is_csv = dialect_csv_options(set, options->dialect, &feed_options.csv);
		recording->result = feed_read(byte_source_block(&block), &feed_options, &names, mapper_feed_sink(mapper), &summary,
		                              &recording->err);
		if (recording->result == 0)
			recording->result = mapper_finish(mapper, &recording->err);
		recording->counts = mapper_counts(mapper);
		if (mapper_dialect_name(mapper) != NULL)
			(void)snprintf(recording->dialect, sizeof recording->dialect, "%s", mapper_dialect_name(mapper));
	}
	mapper_free(mapper);
	name_table_release(&names);
}

void read_with(const char *yaml, const char *feed, struct recording *recording)
{
	struct dialect_set *set = test_dialect(yaml);
	const struct mapper_options options = {.dialect = SLICE("test")};

	read_feed(set, &options, slice_from(feed), 0, recording);
	if (recording->result != 0)
		fail_msg("%s", recording->err.message);
	dialect_set_free(set);
}

/* --- expectations --- */

bool recording_has(const struct buffer *lines, const char *first, const char *second)
{
	struct slice_splitter splitter = slice_split(buffer_slice(lines), (struct slice)SLICE("\n"));
	struct slice line;

	while (slice_split_next(&splitter, &line))
		if (slice_find(line, slice_from(first)) != SIZE_MAX &&
		    (second == NULL || slice_find(line, slice_from(second)) != SIZE_MAX))
			return true;
	return false;
}

void expect_text(const char *what, struct slice actual, const char *expected)
{
	if (!slice_equal_text(actual, expected))
		fail_msg("%s:\n  expected %s\n  found    %.*s", what, expected, (int)actual.size,
		         actual.size > 0 ? actual.data : "");
}

const char *item_dialect(char *space, size_t size, const char *fields)
{
	const int length = snprintf(space, size,
	                            "namespaces: {g: 'urn:g'}\n"
	                            "feed: {currency: /feed/@currency}\n"
	                            "records:\n"
	                            "  item:\n"
	                            "    path: /feed/item\n"
	                            "    kind: sku\n"
	                            "    fields:\n"
	                            "      id: '@id'\n"
	                            "%s",
	                            fields);

	assert_true(length > 0 && (size_t)length < size);
	return space;
}

/* The offset behind the JSON value at `at`. */
static size_t skip_value(struct slice line, size_t at)
{
	bool in_string = false;
	int depth = 0;

	for (; at < line.size; at++) {
		const char byte = line.data[at];

		if (in_string) {
			if (byte == '\\')
				at++;
			else if (byte == '"')
				in_string = false;
		} else if (byte == '"') {
			in_string = true;
		} else if (byte == '[' || byte == '{') {
			depth++;
		} else if (depth > 0 && (byte == ']' || byte == '}')) {
			depth--;
		} else if (depth == 0 && (byte == ',' || byte == ':' || byte == '}')) {
			break;
		}
	}
	return at;
}

/* The JSON value of the object's member `name`, as it is written. */
static struct slice member_value(struct slice line, const char *name)
{
	size_t at = 1;

	while (at < line.size) {
		const size_t colon = skip_value(line, at);
		const size_t end = skip_value(line, colon + 1);

		if (colon - at == strlen(name) + 2 && memcmp(line.data + at + 1, name, strlen(name)) == 0)
			return slice_make(line.data + colon + 1, end - colon - 1);
		at = end + 1;
	}
	return slice_from("absent");
}

void expect_field(const char *fields, const char *item, const char *name, const char *expected)
{
	char dialect[DIALECT_SPACE];
	char feed[DIALECT_SPACE];
	struct recording recording;
	struct slice lines;

	recording_init(&recording);
	(void)snprintf(feed, sizeof feed, "<feed xmlns:g='urn:g' xmlns:o='urn:o' currency='EUR'>%s</feed>", item);
	read_with(item_dialect(dialect, sizeof dialect, fields), feed, &recording);
	lines = buffer_slice(&recording.statements);
	lines.size = slice_find(lines, slice_from("\n"));
	expect_text(item, member_value(lines, name), expected);
	recording_release(&recording);
}
