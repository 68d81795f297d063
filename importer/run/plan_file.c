/* Plans line by line. */
#include "run/plan_file.h"

#include "base/json_read.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[] = {
	[PLAN_CATEGORY] = "category", [PLAN_PRODUCT] = "product", [PLAN_SKU] = "sku", [PLAN_FIELD] = "field"};
static const char *const action_names[] = {
	[PLAN_CREATED] = "created", [PLAN_UPDATED] = "updated", [PLAN_RESTORED] = "restored", [PLAN_REMOVED] = "removed"};

const char *plan_kind_name(enum plan_kind kind)
{
	assert(kind < PLAN_KIND_COUNT);
	return kind_names[kind];
}

const char *plan_action_name(enum plan_action action)
{
	assert(action < PLAN_ACTION_COUNT);
	return action_names[action];
}

int plan_reader_open(struct plan_reader *reader, const char *path, struct error *err)
{
	*reader = (struct plan_reader){.stream = fopen(path, "re")};
	if (reader->stream)
		return 0;
	if (errno == ENOENT)
		return error_set(err, ERROR_NOT_FOUND, "there is no plan '%s'", path);
	return error_set_system(err, errno, "cannot read the plan '%s'", path);
}

void plan_reader_close(struct plan_reader *reader)
{
	if (reader->stream)
		(void)fclose(reader->stream); /* read only */
	free(reader->line);
	*reader = (struct plan_reader){.stream = NULL};
}

int plan_reader_next(struct plan_reader *reader, struct slice *ret_line, struct error *err)
{
	const ssize_t size = getline(&reader->line, &reader->capacity, reader->stream);

	if (size < 0)
		return ferror(reader->stream) ? error_set_system(err, errno, "cannot read a plan") : 0;
	reader->offset += size;
	*ret_line = slice_make(reader->line, (size_t)size);
	if (size > 0 && reader->line[size - 1] == '\n')
		ret_line->size--;
	return 1;
}

int plan_reader_seek(struct plan_reader *reader, int64_t offset, struct error *err)
{
	if (fseeko(reader->stream, (off_t)offset, SEEK_SET) != 0)
		return error_set_system(err, errno, "cannot read a plan");
	reader->offset = offset;
	return 0;
}

/* ---- Lines ---- */

static bool take(struct slice *rest, const char *text)
{
	if (!slice_starts_with(*rest, text))
		return false;
	*rest = slice_make(rest->data + strlen(text), rest->size - strlen(text));
	return true;
}

/* One of `names` and the quote behind it. */
static bool take_name(struct slice *rest, const char *const *names, unsigned count, unsigned *ret_index)
{
	for (unsigned index = 0; index < count; index++) {
		if (take(rest, names[index])) {
			*ret_index = index;
			return take(rest, "\"");
		}
	}
	return false;
}

bool plan_line_is_complaint(struct slice line)
{
	return slice_starts_with(line, "{\"plan\":\"complaint\",");
}

/* The plan's writer puts the members in this order; inside of the id a quote would have a backslash before it. */
bool plan_line_sort(struct slice line, enum plan_kind *ret_kind, enum plan_action *ret_action)
{
	static const struct slice action = SLICE("\",\"action\":\"");
	unsigned kind_index;
	unsigned action_index;

	if (slice_starts_with(line, "{\"plan\":\"field\",")) {
		*ret_kind = PLAN_FIELD;
		*ret_action = PLAN_UPDATED;
		return true;
	}
	if (!take(&line, "{\"plan\":\"change\",\"kind\":\"") || !take_name(&line, kind_names, PLAN_FIELD, &kind_index))
		return false;
	const size_t at = slice_find(line, action);
	if (at == SIZE_MAX)
		return false;
	line = slice_make(line.data + at + action.size, line.size - at - action.size);
	if (!take_name(&line, action_names, PLAN_ACTION_COUNT, &action_index))
		return false;
	*ret_kind = (enum plan_kind)kind_index;
	*ret_action = (enum plan_action)action_index;
	return true;
}

static struct slice member(struct slice line, const char *name)
{
	struct slice value;

	return json_find(line, name, &value) && !slice_equal_text(value, "null") ? value : (struct slice){NULL, 0};
}

bool plan_change_read(struct slice line, struct plan_change *ret_change)
{
	struct plan_change change;
	struct json_walk walk;

	if (!plan_line_sort(line, &change.kind, &change.action) || !json_walk_begin(&walk, line))
		return false;
	change.item_id = member(line, change.kind == PLAN_FIELD ? "field_id" : "item_id");
	change.before = member(line, "before");
	change.after = member(line, "after");
	*ret_change = change;
	return true;
}
