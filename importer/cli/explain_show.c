/* An explanation as one JSON object, or as lines: a field, where its texts stood, what was done to them, by which rule. */
#include "cli/explain_show.h"

#include "base/json.h"
#include "base/utf8.h"
#include "cli/output.h"

#include <string.h>

#define TEXT_BYTES_MAX (64 * 1024 * 1024)
#define CELL_BYTES_MAX 56

static const struct {
	enum mapper_step step;
	const char *word; /* for programs */
	const char *text; /* for people */
} step_table[] = {
	{MAPPER_STEP_CONSTANT, "constant", "constant"},
	{MAPPER_STEP_FEED, "feed", "of the feed"},
	{MAPPER_STEP_JOINED, "joined", "joined"},
	{MAPPER_STEP_DEFAULT, "default", "default"},
	{MAPPER_STEP_SPLIT, "split", "split"},
	{MAPPER_STEP_HTML, "html", "HTML taken out"},
	{MAPPER_STEP_REPLACED, "replaced", "replaced"},
	{MAPPER_STEP_CASE, "case", "letter case"},
	{MAPPER_STEP_EMPTIED, "empty_when", "stands for nothing"},
	{MAPPER_STEP_WORD, "words", "word mapped"},
};
#define STEP_COUNT (sizeof(step_table) / sizeof(step_table[0]))

static bool is_micros(enum field_id field)
{
	return field == FIELD_PRICE || field == FIELD_OLD_PRICE || field == FIELD_QUANTITY;
}

static bool has_value(const struct explained_field *field)
{
	return field->presence == PRESENCE_VALUE;
}

/* Does a rule's value belong to this field? What only leads to others (a sale's price and dates) belongs to none. */
static bool is_of(const struct explained_value *value, enum field_id field)
{
	return slice_equal_text(value->field, field_definition(field)->name);
}

static bool is_of_none(const struct explained_value *value)
{
	return field_find(value->field) == FIELD_COUNT;
}

static bool has_texts(const struct explanation *explanation, enum field_id field)
{
	for (uint32_t i = 0; i < explanation->value_count; i++) {
		if (is_of(&explanation->values[i], field))
			return true;
	}
	return false;
}

/* The field as the store has it, for people: decimals instead of millionths. */
static void append_stored(struct buffer *buffer, enum field_id field, const struct explained_field *value)
{
	if (!has_value(value))
		(void)buffer_append_text(buffer, value->presence == PRESENCE_EMPTY ? "(empty)" : ""); /* failure sticks */
	else if (is_micros(field))
		number_append_micros(buffer, value->integer, 0);
	else if (field_definition(field)->type == FIELD_TYPE_INTEGER)
		number_append_integer(buffer, value->integer);
	else
		(void)buffer_append_slice(buffer, value->text);
}

/* Why a field has a value that no rule has read. */
static const char *reason_of(enum field_id field, const struct explanation *explanation)
{
	switch (field) {
	case FIELD_PRODUCT_ID:
		return explanation->link == PRODUCT_LINK_SELF || explanation->link == PRODUCT_LINK_ALONE ||
		                       explanation->link == PRODUCT_LINK_LISTED
		               ? "the SKU's own id"
		               : "the record around it";
	case FIELD_CURRENCY:
		return "with the price, or the job's default_currency";
	case FIELD_EXTRA:
		return "what no rule takes";
	case FIELD_PARENT_ID:
		return "the category around it, or before it in the path";
	default:
		return explanation->is_by_path ? "by its path" : "from other fields";
	}
}

static struct slice file_name(struct slice path)
{
	size_t start = path.size;

	while (start > 0 && path.data[start - 1] != '/')
		start--;
	return slice_make(path.data + start, path.size - start);
}

/* --- for programs --- */

static void write_text(struct json_writer *json, const char *name, struct slice text, bool is_there)
{
	json_key(json, name);
	if (is_there)
		json_string(json, text);
	else
		json_null(json);
}

static void write_value(struct json_writer *json, const struct explained_value *value)
{
	json_object_begin(json);
	write_text(json, "path", value->path, value->path.size > 0);
	write_text(json, "raw", value->raw, value->path.size > 0);
	write_text(json, "text", value->text, value->presence == PRESENCE_VALUE);
	json_member_bool(json, "part", value->is_part);
	json_key(json, "steps");
	json_array_begin(json);
	for (size_t i = 0; i < STEP_COUNT; i++) {
		if ((value->steps & step_table[i].step) != 0)
			json_text(json, step_table[i].word);
	}
	json_array_end(json);
	write_text(json, "feed_value", value->feed, value->feed.size > 0);
	json_member_string(json, "file", value->file);
	json_member_integer(json, "line", value->line);
	json_object_end(json);
}

static void write_stored(struct json_writer *json, enum field_id field, const struct explained_field *value)
{
	const enum field_type type = field_definition(field)->type;

	json_key(json, "value");
	if (!has_value(value))
		json_null(json);
	else if (type == FIELD_TYPE_INTEGER)
		json_integer(json, value->integer);
	else
		json_string(json, value->text);
}

static void write_field(struct json_writer *json, const struct explanation *explanation, enum field_id field)
{
	json_object_begin(json);
	json_member_text(json, "field", field_definition(field)->name);
	json_member_text(json, "column", field_definition(field)->column);
	write_stored(json, field, &explanation->fields[field]);
	json_key(json, "from");
	json_array_begin(json);
	for (uint32_t i = 0; i < explanation->value_count; i++) {
		if (is_of(&explanation->values[i], field))
			write_value(json, &explanation->values[i]);
	}
	json_array_end(json);
	json_key(json, "reason");
	if (has_value(&explanation->fields[field]) && !has_texts(explanation, field))
		json_text(json, reason_of(field, explanation));
	else
		json_null(json);
	json_object_end(json);
}

static void write_others(struct json_writer *json, const struct explanation *explanation)
{
	json_key(json, "inputs");
	json_array_begin(json);
	for (uint32_t i = 0; i < explanation->value_count; i++) {
		const struct explained_value *value = &explanation->values[i];
		if (!is_of_none(value))
			continue;
		json_object_begin(json);
		json_member_string(json, "name", value->field);
		json_key(json, "from");
		write_value(json, value);
		json_object_end(json);
	}
	json_array_end(json);
}

static void write_json(struct buffer *buffer, const struct explain_subject *subject, const struct explanation *explanation,
                       const struct feed_position *position)
{
	struct json_writer json;

	json_writer_init(&json, buffer);
	json_object_begin(&json);
	json_member_text(&json, "kind", item_kind_name(subject->kind));
	json_member_text(&json, "id", subject->id);
	json_member_text(&json, "catalog", subject->catalog);
	json_member_text(&json, "job", subject->job);
	json_member_bool(&json, "configured", subject->is_configured);
	json_member_integer(&json, "run", subject->run_id);
	json_member_text(&json, "spool", subject->spool);
	json_member_string(&json, "dialect", explanation->dialect);
	json_member_string(&json, "encoding", explanation->encoding);
	json_member_integer(&json, "record", (int64_t)explanation->record);
	json_member_integer(&json, "line", position->line);
	json_member_integer(&json, "column", position->column);
	json_member_integer(&json, "byte", position->byte);
	json_member_bool(&json, "by_path", explanation->is_by_path);
	json_member_bool(&json, "rejected", explanation->action == STATEMENT_REJECTED);
	json_member_bool(&json, "cut", explanation->is_cut);
	json_key(&json, "fields");
	json_array_begin(&json);
	for (int field = 0; field < FIELD_COUNT; field++) {
		if (explanation->fields[field].presence != PRESENCE_ABSENT || has_texts(explanation, (enum field_id)field))
			write_field(&json, explanation, (enum field_id)field);
	}
	json_array_end(&json);
	write_others(&json, explanation);
	json_object_end(&json);
	(void)buffer_append_byte(buffer, '\n'); /* failure sticks and is seen at the end */
}

/* --- for people --- */

/* How the field's own type read the text. */
static const char *reading_of(enum field_id field, const struct explained_value *value, const struct explained_field *stored)
{
	switch (field) {
	case FIELD_PRICE:
	case FIELD_OLD_PRICE:
		return "read as money";
	case FIELD_QUANTITY:
	case FIELD_POSITION:
		return "read as a number";
	case FIELD_WEIGHT:
		return "read as grams";
	case FIELD_AVAILABILITY:
	case FIELD_CONDITION:
	case FIELD_STATUS:
	case FIELD_CURRENCY:
		return slice_equal(value->text, stored->text) ? NULL : "read as a word";
	case FIELD_ID:
	case FIELD_PRODUCT_ID:
	case FIELD_PARENT_ID:
	case FIELD_REFERENCE:
		return slice_equal(value->text, stored->text) ? NULL : "prefixed";
	default:
		return NULL;
	}
}

static void append_word(struct buffer *how, const char *word)
{
	if (word == NULL)
		return;
	(void)buffer_append_text(how, how->size > 0 ? ", " : ""); /* failure sticks and is seen at the end */
	(void)buffer_append_text(how, word);
}

/* `field` is FIELD_COUNT for what belongs to none. */
static void append_how(struct buffer *how, enum field_id field, const struct explained_value *value,
                       const struct explained_field *stored)
{
	for (size_t i = 0; i < STEP_COUNT; i++) {
		if ((value->steps & step_table[i].step) == 0)
			continue;
		append_word(how, step_table[i].text);
		if (step_table[i].step != MAPPER_STEP_FEED)
			continue;
		(void)buffer_append_byte(how, ' '); /* as above */
		utf8_append_printable(how, value->feed);
	}
	if (value->is_part)
		append_word(how, "part");
	else if (field != FIELD_COUNT && value->presence == PRESENCE_VALUE)
		append_word(how, has_value(stored) ? reading_of(field, value, stored) : "not usable");
}

struct lines {
	struct output output;
	struct store_row_sink sink;
	struct buffer stored;
	struct buffer how;
	struct buffer rule;
};

/* Long texts are for --json. */
static struct store_value text_cell(const char *name, struct slice text)
{
	text = utf8_cut(text, CELL_BYTES_MAX);
	return (struct store_value){.name = name, .type = text.size > 0 ? STORE_TEXT : STORE_NULL, .text = text};
}

static int add_line(struct lines *lines, const char *field, struct slice where, struct slice raw, struct error *err)
{
	const struct store_value cells[] = {
		text_cell("field", slice_from(field)),
		text_cell("value", buffer_slice(&lines->stored)),
		text_cell("where", where),
		text_cell("as it stood there", raw),
		text_cell("how", buffer_slice(&lines->how)),
		text_cell("rule", buffer_slice(&lines->rule)),
	};

	if (lines->stored.failed || lines->how.failed || lines->rule.failed)
		return error_set_memory(err);
	return lines->sink.row(lines->sink.context, cells, sizeof(cells) / sizeof(cells[0]), err);
}

static int add_value(struct lines *lines, const char *name, enum field_id field, const struct explained_value *value,
                     const struct explained_field *stored, struct error *err)
{
	const struct slice file = file_name(value->file);

	buffer_clear(&lines->how);
	buffer_clear(&lines->rule);
	append_how(&lines->how, field, value, stored);
	utf8_append_printable(&lines->rule, file);
	(void)buffer_append_format(&lines->rule, ":%u", (unsigned)value->line); /* failure sticks and is seen by add_line() */
	return add_line(lines, name, value->path, value->path.size > 0 ? value->raw : value->text, err);
}

static int add_field(struct lines *lines, const struct explanation *explanation, enum field_id field, struct error *err)
{
	const struct explained_field *stored = &explanation->fields[field];
	const char *name = field_definition(field)->name;

	buffer_clear(&lines->stored);
	append_stored(&lines->stored, field, stored);
	for (uint32_t i = 0; i < explanation->value_count; i++) {
		if (!is_of(&explanation->values[i], field))
			continue;
		if (add_value(lines, name, field, &explanation->values[i], stored, err) < 0)
			return -1;
		name = ""; /* only once */
		buffer_clear(&lines->stored);
	}
	if (name[0] == '\0' || stored->presence == PRESENCE_ABSENT)
		return 0;
	buffer_clear(&lines->how);
	buffer_clear(&lines->rule);
	(void)buffer_append_text(&lines->how, reason_of(field, explanation)); /* as above */
	return add_line(lines, name, (struct slice){NULL, 0}, (struct slice){NULL, 0}, err);
}

static int add_lines(struct lines *lines, const struct explanation *explanation, struct error *err)
{
	for (int field = 0; field < FIELD_COUNT; field++) {
		if (add_field(lines, explanation, (enum field_id)field, err) < 0)
			return -1;
	}
	buffer_clear(&lines->stored);
	for (uint32_t i = 0; i < explanation->value_count; i++) {
		const struct explained_value *value = &explanation->values[i];
		char name[64];

		if (!is_of_none(value))
			continue;
		(void)snprintf(name, sizeof(name), "(%.*s)", (int)(value->field.size < 60 ? value->field.size : 60),
		               value->field.data);
		if (add_value(lines, name, FIELD_COUNT, value, NULL, err) < 0)
			return -1;
	}
	return 0;
}

static void print_head(const struct invocation *invocation, const struct explain_subject *subject,
                       const struct explanation *explanation, const struct feed_position *position)
{
	struct buffer buffer;

	buffer_init(&buffer, TEXT_BYTES_MAX);
	(void)buffer_append_format(&buffer, "%s ", item_kind_name(subject->kind)); /* failure sticks and is seen below */
	utf8_append_printable(&buffer, slice_from(subject->id));
	(void)buffer_append_text(&buffer, " of the job ");
	utf8_append_printable(&buffer, slice_from(subject->job));
	(void)buffer_append_format(&buffer, ": record %llu of the feed of run %lld, line %lld, column %lld%s\n",
	                           (unsigned long long)explanation->record, (long long)subject->run_id, (long long)position->line,
	                           (long long)position->column, explanation->is_by_path ? ", named there by its path" : "");
	(void)buffer_append_format(&buffer, "  feed     %s\n  dialect  ", subject->spool);
	utf8_append_printable(&buffer, explanation->dialect);
	if (!subject->is_configured)
		(void)buffer_append_text(&buffer, ", without options: the job has no file that says more");
	(void)buffer_append_text(&buffer, "\n\n");
	if (buffer.failed)
		fputs("feedmill: out of memory while writing the explanation\n", invocation->errors);
	else
		(void)fwrite(buffer.data, 1, buffer.size, invocation->out); /* checked when the output is flushed */
	buffer_release(&buffer);
}

static int print_lines(const struct invocation *invocation, const struct explanation *explanation, struct error *err)
{
	struct lines lines;

	output_init(&lines.output, invocation, false);
	lines.sink = output_sink(&lines.output);
	buffer_init(&lines.stored, TEXT_BYTES_MAX);
	buffer_init(&lines.how, TEXT_BYTES_MAX);
	buffer_init(&lines.rule, TEXT_BYTES_MAX);
	const int result = add_lines(&lines, explanation, err);
	output_finish(&lines.output);
	buffer_release(&lines.rule);
	buffer_release(&lines.how);
	buffer_release(&lines.stored);
	return result;
}

int explain_show(const struct invocation *invocation, const struct explain_subject *subject, const struct explanation *explanation,
                 const struct feed_position *position, struct error *err)
{
	struct buffer buffer;
	int result = 0;

	if (!option_given(invocation, OPTION_JSON)) {
		print_head(invocation, subject, explanation, position);
		return print_lines(invocation, explanation, err);
	}
	buffer_init(&buffer, TEXT_BYTES_MAX);
	write_json(&buffer, subject, explanation, position);
	if (buffer.failed)
		result = error_set_memory(err);
	else
		(void)fwrite(buffer.data, 1, buffer.size, invocation->out); /* checked when the output is flushed */
	buffer_release(&buffer);
	return result;
}
