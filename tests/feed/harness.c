/* A sink that writes down what it is told. */
#include "feed_tests.h"

#include "base/utf8.h"
#include "path_selection.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COLUMNS_MAX 4

struct teller {
	struct buffer *told;
	struct name_table names;
	const char *paths;
	size_t fail_at_record;
	bool tells_sample;
	bool is_sifted;
	const char *group_columns;
	const char *json_columns;
	uint32_t columns[2][COLUMNS_MAX];
	uint64_t mended;
	struct slice stream; /* where the input is UTF-8: what offsets are of */
	enum feed_format format;
	size_t records;
	struct path_selection selection;
};

static void tell_name(struct teller *teller, uint32_t local, uint32_t space)
{
	buffer_append_slice(teller->told, name_text(&teller->names, local));
	if (space == NAME_NONE)
		return;
	buffer_append_byte(teller->told, '[');
	buffer_append_slice(teller->told, name_text(&teller->names, space));
	buffer_append_byte(teller->told, ']');
}

static void tell_node(struct teller *teller, const struct record *record, uint32_t index);

static void tell_children(struct teller *teller, const struct record *record, uint32_t index, const char *separator)
{
	const struct record_node *node = &record->nodes[index];
	uint32_t expected_child = index + 1;

	for (uint32_t child = node->first_child; child != RECORD_NONE; child = record->nodes[child].next_sibling) {
		assert_int_equal(child, expected_child);
		assert_int_equal(record->nodes[child].parent, index);
		expected_child = record->nodes[child].end;
		buffer_append_text(teller->told, separator);
		tell_node(teller, record, child);
		separator = " ";
	}
	assert_int_equal(node->end, expected_child);
}

static void tell_json_node(struct teller *teller, const struct record *record, uint32_t index)
{
	const struct record_node *node = &record->nodes[index];
	const char *brackets = node->type == RECORD_OBJECT ? "{}" : node->type == RECORD_ARRAY ? "[]" : "\"\"";

	tell_name(teller, node->local, node->space);
	assert_int_equal(node->attribute_count, 0);
	if (node->type == RECORD_NUMBER || node->type == RECORD_BOOL || node->type == RECORD_NULL) {
		assert_int_equal(node->end, index + 1);
		assert_true(node->type != RECORD_NULL || node->text.size == 0);
		buffer_append_byte(teller->told, '=');
		buffer_append_slice(teller->told, node->type == RECORD_NULL ? slice_from("null") : node->text);
		return;
	}
	buffer_append_byte(teller->told, brackets[0]);
	utf8_append_printable(teller->told, node->text);
	tell_children(teller, record, index, "");
	buffer_append_byte(teller->told, brackets[1]);
}

static void tell_node(struct teller *teller, const struct record *record, uint32_t index)
{
	const struct record_node *node = &record->nodes[index];

	if (node->type != RECORD_ELEMENT) {
		tell_json_node(teller, record, index);
		return;
	}
	buffer_append_byte(teller->told, '(');
	tell_name(teller, node->local, node->space);
	assert_true(node->first_attribute + node->attribute_count <= record->attribute_count);
	for (uint32_t i = 0; i < node->attribute_count; i++) {
		const struct record_attribute *attribute = &record->attributes[node->first_attribute + i];

		buffer_append_text(teller->told, " @");
		tell_name(teller, attribute->local, attribute->space);
		buffer_append_byte(teller->told, '=');
		utf8_append_printable(teller->told, attribute->value);
	}
	if (node->text.size > 0) {
		buffer_append_text(teller->told, " \"");
		utf8_append_printable(teller->told, node->text);
		buffer_append_byte(teller->told, '"');
	}
	tell_children(teller, record, index, " ");
	buffer_append_byte(teller->told, ')');
}

static size_t name_columns(struct teller *teller, const char *names, uint32_t columns[COLUMNS_MAX])
{
	static const struct slice bar = SLICE("|");
	struct slice_splitter splitter = slice_split(slice_from(names), bar);
	struct slice name;
	size_t count = 0;

	while (names != NULL && slice_split_next(&splitter, &name)) {
		assert_true(count < COLUMNS_MAX);
		columns[count++] = name_intern(&teller->names, name);
	}
	return count;
}

static int take_root(void *context, const struct feed_root *root, struct feed_selection *ret_selection, struct error *err)
{
	struct teller *teller = context;

	(void)err;
	buffer_append_text(teller->told, "root ");
	teller->format = root->format;
	assert_true((root->format == FEED_XML) == (root->local != NAME_NONE));
	if (root->format != FEED_XML)
		buffer_append_text(teller->told, feed_format_name(root->format));
	tell_name(teller, root->local, root->space);
	for (size_t i = 0; i < root->declared_space_count; i++) {
		buffer_append_text(teller->told, i == 0 ? " spaces=" : ",");
		buffer_append_slice(teller->told, name_text(&teller->names, root->declared_spaces[i]));
	}
	buffer_append_byte(teller->told, '\n');
	if (teller->tells_sample) {
		buffer_append_text(teller->told, "sample ");
		if (root->sample != NULL)
			tell_node(teller, root->sample, 0);
		buffer_append_byte(teller->told, '\n');
	}
	path_selection_make(&teller->selection, &teller->names, teller->paths);
	for (size_t i = 0; i < teller->selection.count; i++)
		teller->selection.selectors[i].may_be_known |= teller->is_sifted;
	ret_selection->selectors = teller->selection.selectors;
	ret_selection->selector_count = teller->selection.count;
	ret_selection->group_columns = teller->columns[0];
	ret_selection->group_column_count = name_columns(teller, teller->group_columns, teller->columns[0]);
	ret_selection->json_columns = teller->columns[1];
	ret_selection->json_column_count = name_columns(teller, teller->json_columns, teller->columns[1]);
	return 0;
}

/*
 * The bytes that a value of JSON stands at are those of the value; a container for attributes only is its bracket, and
 * the array that JSON Lines are has none.
 */
static void check_place(const struct teller *teller, const struct record *record)
{
	static const char *const ends[] = {[RECORD_OBJECT] = "{}", [RECORD_ARRAY] = "[]", [RECORD_STRING] = "\"\""};
	const struct record_node *node = &record->nodes[0];
	const enum record_type type = node->type;
	struct slice bytes;

	if (teller->format == FEED_XML || teller->format == FEED_CSV || teller->stream.size == 0 ||
	    (teller->format == FEED_JSON_LINES && node->parent == RECORD_NONE && record->stream_offset == 0))
		return;
	assert_true(record->stream_offset + record->stream_size <= teller->stream.size);
	bytes = slice_make(teller->stream.data + record->stream_offset, (size_t)record->stream_size);
	if (type == RECORD_NULL)
		assert_true(slice_equal_text(bytes, "null"));
	else if (type == RECORD_NUMBER || type == RECORD_BOOL)
		assert_true(slice_equal(bytes, node->text));
	else
		assert_true(bytes.data[0] == ends[type][0] && (bytes.data[bytes.size - 1] == ends[type][1] || bytes.size == 1));
}

static int take_record(void *context, size_t selector, const struct record *record, struct error *err)
{
	struct teller *teller = context;

	buffer_append_format(teller->told, "record %zu %llu+%llu ", selector, (unsigned long long)record->stream_offset,
	                     (unsigned long long)record->stream_size);
	tell_node(teller, record, 0);
	buffer_append_byte(teller->told, '\n');
	check_place(teller, record);
	teller->records++;
	if (teller->records == teller->fail_at_record)
		return error_set(err, ERROR_STORE, "the sink is full");
	return 0;
}

static int take_oversize(void *context, size_t selector, uint64_t stream_offset, const struct record *head, const char *text,
                         struct error *err)
{
	struct teller *teller = context;

	(void)err;
	buffer_append_format(teller->told, "oversize %zu %llu %s ", selector, (unsigned long long)stream_offset, text);
	assert_true(head->stream_offset == stream_offset);
	tell_node(teller, head, 0);
	buffer_append_byte(teller->told, '\n');
	return 0;
}

static int take_fault(void *context, enum feed_fault fault, uint64_t stream_offset, struct slice text, struct error *err)
{
	static const char *const words[] = {
		[FEED_FAULT_MENDED] = "mended",
		[FEED_FAULT_KEY_REPEATED] = "repeated",
		[FEED_FAULT_ROW_LENGTH] = "row",
		[FEED_FAULT_CELL_INVALID] = "cell",
	};
	struct teller *teller = context;

	(void)err;
	teller->mended += fault == FEED_FAULT_MENDED;
	buffer_append_format(teller->told, "fault %s %llu ", words[fault], (unsigned long long)stream_offset);
	buffer_append_slice(teller->told, text);
	buffer_append_byte(teller->told, '\n');
	return 0;
}

static int take_undefined_bytes(void *context, uint64_t count, uint64_t stream_offset, struct error *err)
{
	struct teller *teller = context;

	(void)err;
	buffer_append_format(teller->told, "undefined %llu %llu\n", (unsigned long long)count, (unsigned long long)stream_offset);
	return 0;
}

static bool none_is_known(void *context, struct hash128 fingerprint)
{
	(void)context;
	(void)fingerprint;
	return false;
}

int read_told(const struct read_case *read_case, struct buffer *told, struct error *err)
{
	static const char *const origins[] = {"by mark", "by declaration", "by HTTP", "by default"};
	static const struct feed_known none = {.is_known = none_is_known};
	struct teller *teller = calloc(1, sizeof(*teller));
	struct byte_block block = {.rest = read_case->input, .piece_max = read_case->source_piece_max};
	struct byte_source source = read_case->source ? *read_case->source : byte_source_block(&block);
	struct feed_options options = {
		.http_charset = slice_from(read_case->http_charset),
		.piece_max = read_case->piece_max,
		.is_json_lines = read_case->is_json_lines,
		.is_csv = read_case->is_csv,
		.is_lenient = read_case->is_lenient,
		.csv = read_case->csv,
		.known = read_case->is_sifted ? &none : NULL,
	};
	struct feed_summary summary;
	int result;

	assert_non_null(teller);
	*teller = (struct teller){.told = told,
	                          .paths = read_case->paths,
	                          .fail_at_record = read_case->fail_at_record,
	                          .group_columns = read_case->group_columns,
	                          .json_columns = read_case->json_columns,
	                          .tells_sample = read_case->tells_sample,
	                          .is_sifted = read_case->is_sifted};
	if (read_case->input.size > 0 && utf8_is_valid(read_case->input) &&
	    memchr(read_case->input.data, '\0', read_case->input.size) == NULL)
		teller->stream = read_case->input;
	if (slice_starts_with(teller->stream, "\xEF\xBB\xBF"))
		teller->stream = slice_make(teller->stream.data + 3, teller->stream.size - 3);
	name_table_init(&teller->names);
	*err = (struct error)ERROR_INIT;
	result = feed_read(source, &options, &teller->names,
	                   (struct feed_sink){
				   .context = teller,
				   .root = take_root,
				   .record = take_record,
				   .oversize = take_oversize,
				   .fault = take_fault,
				   .undefined_bytes = take_undefined_bytes,
			   },
	                   &summary, err);
	assert_true(result < 0 || summary.mended == teller->mended);
	assert_true((summary.is_whole || summary.may_be_lines) ==
	                    (result == 0 && (summary.format == FEED_XML || summary.format == FEED_JSON)) ||
	            (summary.may_be_lines && !summary.is_whole) || err->code == ERROR_STORE);
	if (result == 0 && summary.format != FEED_XML)
		buffer_append_format(told, "done %s %s %s %s %llu\n", feed_format_name(summary.format),
		                     summary.is_whole ? "whole" : "unproven", summary.encoding, origins[summary.encoding_origin],
		                     (unsigned long long)summary.bytes);
	else if (result == 0)
		buffer_append_format(told, "done %s %s %llu\n", summary.encoding, origins[summary.encoding_origin],
		                     (unsigned long long)summary.bytes);
	else
		buffer_append_format(told, "error %s %s %lld:%lld:%lld\n", error_code_name(err->code), err->message,
		                     (long long)err->line, (long long)err->column, (long long)err->byte);
	assert_false(told->failed);
	name_table_release(&teller->names);
	free(teller);
	return result;
}

/* Ways of cutting: of the source, of the parser's pieces. */
static const struct cut {
	size_t source_piece_max;
	size_t piece_max;
} cuts[] = {{0, 0}, {0, 7}, {0, 1}, {7, 0}, {1, 3}, {0, 64}};

/* What was told, or as much of it as a sifted feed tells: a failure without its place. */
static void assert_like(const char *told, const char *expected, bool is_sifted)
{
	const char *failure = strstr(expected, "\nerror ");
	const char *place = failure != NULL ? strrchr(expected, ' ') : NULL;

	if (!is_sifted || place == NULL)
		assert_string_equal(told, expected);
	else
		assert_memory_equal(told, expected, (size_t)(place - expected) + 1);
}

void assert_case_told(const struct read_case *read_case, const char *expected)
{
	const size_t cut_count = sizeof(cuts) / sizeof(cuts[0]);

	for (size_t way = 0; way < 2 * cut_count; way++) {
		const size_t i = way % cut_count;
		struct read_case cut_case = *read_case;
		struct error err;
		struct buffer told;

		cut_case.is_sifted = way >= cut_count;
		cut_case.source_piece_max = cuts[i].source_piece_max;
		cut_case.piece_max = cuts[i].piece_max;
		buffer_init(&told, TOLD_BYTES_MAX);
		(void)read_told(&cut_case, &told, &err); /* the last line tells */
		assert_like(buffer_text(&told), expected, cut_case.is_sifted);
		buffer_release(&told);
	}
}

void assert_told(struct slice input, const char *paths, const char *expected)
{
	assert_case_told(&(struct read_case){.input = input, .paths = paths}, expected);
}

void assert_case_refused(const struct read_case *read_case, enum error_code code, const char *words)
{
	const size_t cut_count = sizeof(cuts) / sizeof(cuts[0]);

	for (size_t way = 0; way < 2 * cut_count; way++) {
		const size_t i = way % cut_count;
		struct read_case cut_case = *read_case;
		struct error err;
		struct buffer told;

		cut_case.is_sifted = way >= cut_count;
		cut_case.source_piece_max = cuts[i].source_piece_max;
		cut_case.piece_max = cuts[i].piece_max;
		buffer_init(&told, TOLD_BYTES_MAX);
		assert_int_equal(read_told(&cut_case, &told, &err), -1);
		if (strstr(err.message, words) == NULL)
			fail_msg("'%s' does not hold '%s' (pieces of %zu)", err.message, words, cuts[i].piece_max);
		assert_string_equal(error_code_name(err.code), error_code_name(code));
		buffer_release(&told);
	}
}

void assert_refused(struct slice input, const char *paths, enum error_code code, const char *words)
{
	assert_case_refused(&(struct read_case){.input = input, .paths = paths}, code, words);
}

static bool next_part(struct repeated *repeated)
{
	switch (repeated->state) {
	case 0:
		repeated->rest = repeated->head;
		repeated->state = 1;
		return true;
	case 1:
		if (repeated->count > 0) {
			repeated->count--;
			repeated->rest = repeated->unit;
			return true;
		}
		repeated->rest = repeated->tail;
		repeated->state = 2;
		return true;
	default:
		return false;
	}
}

static int read_repeated(void *context, char *data, size_t max, size_t *ret_size, struct error *err)
{
	struct repeated *repeated = context;
	size_t size = 0;

	(void)err;
	while (size < max && (repeated->rest.size > 0 || next_part(repeated))) {
		const size_t take = repeated->rest.size < max - size ? repeated->rest.size : max - size;

		if (take == 0)
			continue;
		memcpy(data + size, repeated->rest.data, take);
		repeated->rest = slice_make(repeated->rest.data + take, repeated->rest.size - take);
		size += take;
	}
	*ret_size = size;
	return 0;
}

struct byte_source repeated_source(struct repeated *repeated)
{
	return (struct byte_source){.context = repeated, .read = read_repeated};
}

const char *feeds_folder(void)
{
	const char *named = getenv("FEEDMILL_FEEDS");
	const char *folder = named ? named : FEEDMILL_SOURCE_DIR "/../shared/feeds";
	DIR *directory = opendir(folder);

	if (directory == NULL) {
		print_message("no real feeds in '%s' (FEEDMILL_FEEDS)\n", folder);
		return NULL;
	}
	closedir(directory);
	return folder;
}

void read_file(const char *path, struct buffer *content)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	char piece[4096];
	ssize_t size;

	buffer_init(content, TOLD_BYTES_MAX);
	assert_true(fd >= 0);
	while ((size = read(fd, piece, sizeof(piece))) > 0)
		buffer_append(content, piece, (size_t)size);
	assert_true(size == 0 && !content->failed);
	close(fd);
}
