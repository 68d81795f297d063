/* Comparing plans by the hashes of their lines, whose order does not matter. */
#include "run/plan_compare.h"

#include "base/hash.h"

#include <inttypes.h>
#include <stdlib.h>

struct entry {
	struct hash128 hash;
	int64_t offset;
	enum plan_kind kind : 8;
	enum plan_action action : 8;
};

struct entries {
	struct entry *entries;
	size_t count;
	size_t capacity;
};

static int add(struct entries *list, const struct entry *entry, struct error *err)
{
	if (list->count == list->capacity) {
		const size_t capacity = list->capacity > 0 ? 2 * list->capacity : 1024;
		struct entry *grown = realloc(list->entries, capacity * sizeof(*grown));

		if (!grown)
			return error_set_memory(err);
		list->entries = grown;
		list->capacity = capacity;
	}
	list->entries[list->count++] = *entry;
	return 0;
}

static int read_entries(struct plan_reader *reader, struct entries *list, struct error *err)
{
	struct slice line;
	int64_t offset = 0;
	int step;

	while ((step = plan_reader_next(reader, &line, err)) == 1) {
		struct entry entry = {.offset = offset};
		enum plan_kind kind;
		enum plan_action action;

		offset = reader->offset;
		if (!plan_line_sort(line, &kind, &action))
			continue;
		entry.hash = hash_bytes(line, 0);
		entry.kind = kind;
		entry.action = action;
		if (add(list, &entry, err) < 0)
			return -1;
	}
	return step;
}

static int compare_hashes(const void *left, const void *right)
{
	const struct hash128 *a = &((const struct entry *)left)->hash;
	const struct hash128 *b = &((const struct entry *)right)->hash;

	if (a->high != b->high)
		return a->high < b->high ? -1 : 1;
	return (a->low > b->low) - (a->low < b->low);
}

static int compare_offsets(const void *left, const void *right)
{
	const int64_t a = ((const struct entry *)left)->offset;
	const int64_t b = ((const struct entry *)right)->offset;

	return (a > b) - (a < b);
}

static void sort(struct entries *list, int (*compare)(const void *, const void *))
{
	if (list->count > 0)
		qsort(list->entries, list->count, sizeof(*list->entries), compare);
}

/* Leave in each list what the other has not; both are sorted by hash. */
static void subtract(struct entries *left, struct entries *right)
{
	size_t left_kept = 0, right_kept = 0, l = 0, r = 0;

	while (l < left->count || r < right->count) {
		const int order = l == left->count    ? 1
		                  : r == right->count ? -1
		                                      : compare_hashes(&left->entries[l], &right->entries[r]);
		if (order == 0) {
			l++;
			r++;
		} else if (order < 0) {
			left->entries[left_kept++] = left->entries[l++];
		} else {
			right->entries[right_kept++] = right->entries[r++];
		}
	}
	left->count = left_kept;
	right->count = right_kept;
}

static int tell(struct plan_reader *reader, struct entries *list, enum plan_side side, struct plan_difference *difference,
                struct error *err)
{
	sort(list, compare_offsets);
	for (size_t i = 0; i < list->count; i++) {
		const struct entry *entry = &list->entries[i];
		struct slice line;

		difference->counts[side][entry->kind][entry->action]++;
		if (difference->sample_counts[side] == PLAN_DIFFERENCE_SAMPLES)
			continue;
		const int step = plan_reader_seek(reader, entry->offset, err) < 0 ? -1 : plan_reader_next(reader, &line, err);
		if (step < 0)
			return -1;
		if (step == 1 && plan_sample_make(line, &difference->samples[side][difference->sample_counts[side]]))
			difference->sample_counts[side]++;
	}
	return 0;
}

static int compare(struct plan_reader readers[PLAN_SIDE_COUNT], struct entries lists[PLAN_SIDE_COUNT],
                   struct plan_difference *difference, struct error *err)
{
	for (int side = 0; side < PLAN_SIDE_COUNT; side++) {
		if (read_entries(&readers[side], &lists[side], err) < 0)
			return -1;
		sort(&lists[side], compare_hashes);
	}
	subtract(&lists[PLAN_THEN], &lists[PLAN_NOW]);
	for (int side = 0; side < PLAN_SIDE_COUNT; side++) {
		if (tell(&readers[side], &lists[side], (enum plan_side)side, difference, err) < 0)
			return -1;
	}
	difference->is_known = true;
	return 0;
}

int plan_compare(const char *path_then, const char *path_now, struct plan_difference *ret_difference, struct error *err)
{
	struct plan_reader readers[PLAN_SIDE_COUNT] = {PLAN_READER_INIT, PLAN_READER_INIT};
	struct entries lists[PLAN_SIDE_COUNT] = {{.entries = NULL}, {.entries = NULL}};
	int result = -1;

	*ret_difference = (struct plan_difference){.is_known = false};
	if (plan_reader_open(&readers[PLAN_THEN], path_then, err) == 0 && plan_reader_open(&readers[PLAN_NOW], path_now, err) == 0)
		result = compare(readers, lists, ret_difference, err);
	for (int side = 0; side < PLAN_SIDE_COUNT; side++) {
		plan_reader_close(&readers[side]);
		free(lists[side].entries);
	}
	return result;
}

/* ---- Telling ---- */

int64_t plan_difference_total(const struct plan_difference *difference, enum plan_side side)
{
	int64_t total = 0;

	for (int kind = 0; kind < PLAN_KIND_COUNT; kind++)
		for (int action = 0; action < PLAN_ACTION_COUNT; action++)
			total += difference->counts[side][kind][action];
	return total;
}

void plan_difference_append_counts(const struct plan_difference *difference, enum plan_side side, struct buffer *buffer)
{
	static const char *const names[PLAN_KIND_COUNT][2] = {[PLAN_CATEGORY] = {"category", "categories"},
	                                                      [PLAN_PRODUCT] = {"product", "products"},
	                                                      [PLAN_SKU] = {"SKU", "SKUs"},
	                                                      [PLAN_FIELD] = {"custom field", "custom fields"}};
	bool is_first = true;

	for (int kind = PLAN_KIND_COUNT - 1; kind >= 0; kind--) {
		for (int action = 0; action < PLAN_ACTION_COUNT; action++) {
			const int64_t count = difference->counts[side][kind][action];

			if (count == 0)
				continue;
			(void)buffer_append_format(buffer, "%s%" PRId64 " %s %s", is_first ? "" : ", ", count,
			                           names[kind][count != 1], plan_action_name((enum plan_action)action));
			is_first = false;
		}
	}
	if (is_first)
		(void)buffer_append_text(buffer, "nothing"); /* failure sticks */
}

static void append_side(const struct plan_difference *difference, enum plan_side side, struct json_writer *json)
{
	json_object_begin(json);
	for (int kind = 0; kind < PLAN_KIND_COUNT; kind++) {
		json_key(json, plan_kind_name((enum plan_kind)kind));
		json_object_begin(json);
		for (int action = 0; action < PLAN_ACTION_COUNT; action++)
			json_member_integer(json, plan_action_name((enum plan_action)action),
			                    difference->counts[side][kind][action]);
		json_object_end(json);
	}
	json_object_end(json);
}

void plan_difference_append_json(const struct plan_difference *difference, struct json_writer *json)
{
	static const char *const sides[] = {[PLAN_THEN] = "then", [PLAN_NOW] = "now"};

	json_object_begin(json);
	for (int side = 0; side < PLAN_SIDE_COUNT; side++) {
		json_key(json, sides[side]);
		append_side(difference, (enum plan_side)side, json);
	}
	json_key(json, "samples");
	json_array_begin(json);
	for (int side = 0; side < PLAN_SIDE_COUNT; side++) {
		for (size_t i = 0; i < difference->sample_counts[side]; i++) {
			const struct plan_sample *sample = &difference->samples[side][i];

			json_object_begin(json);
			json_member_text(json, "only", sides[side]);
			json_member_text(json, "kind", plan_kind_name(sample->kind));
			json_member_text(json, "item_id", sample->id);
			json_member_text(json, "action", plan_action_name(sample->action));
			json_member_text(json, "what", sample->what[0] ? sample->what : NULL);
			json_object_end(json);
		}
	}
	json_array_end(json);
	json_object_end(json);
}
