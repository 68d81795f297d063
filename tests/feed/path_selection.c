/* Paths to selectors. */
#include "path_selection.h"

#include <stdlib.h>
#include <string.h>

static struct feed_step make_step(struct name_table *names, struct slice text)
{
	static const struct slice bar = SLICE("|");
	struct slice_splitter parts = slice_split(text, bar);
	struct feed_step step = {.local = NAME_NONE};
	struct slice part;

	if (!slice_split_next(&parts, &part))
		abort();
	if (slice_equal_text(part, "#"))
		step.local = FEED_STEP_ITEM;
	else if (!slice_equal_text(part, "*"))
		step.local = name_intern(names, part);
	if (slice_split_next(&parts, &part))
		step.space = name_intern(names, part);
	return step;
}

static void add_selector(struct path_selection *selection, struct name_table *names, struct slice path)
{
	static const struct slice slash = SLICE("/");
	const size_t index = selection->count++;
	struct feed_selector *selector = &selection->selectors[index];
	struct slice_splitter steps;
	struct slice step;

	if (index >= PATH_SELECTORS_MAX)
		abort();
	*selector = (struct feed_selector){.steps = selection->steps[index]};
	for (; slice_starts_with(path, "@") || slice_starts_with(path, "+"); path = slice_make(path.data + 1, path.size - 1)) {
		selector->attributes_only |= path.data[0] == '@';
		selector->may_be_known |= path.data[0] == '+';
	}
	if (!slice_starts_with(path, "/"))
		abort();
	steps = slice_split(slice_make(path.data + 1, path.size - 1), slash);
	while (slice_split_next(&steps, &step)) {
		if (selector->step_count == PATH_STEPS_MAX)
			abort();
		selection->steps[index][selector->step_count++] = make_step(names, step);
	}
}

void path_selection_make(struct path_selection *selection, struct name_table *names, const char *paths)
{
	static const struct slice blank = SLICE(" ");
	struct slice_splitter splitter = slice_split(slice_from(paths), blank);
	struct slice path;

	selection->count = 0;
	while (slice_split_next(&splitter, &path))
		add_selector(selection, names, path);
}
