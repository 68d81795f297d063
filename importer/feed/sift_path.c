/* Selectors over raw names. */
#include "feed/sift_path.h"

void sift_path_init(struct sift_path *path, const struct name_table *names, const struct encoding *encoding)
{
	*path = (struct sift_path){.names = names};
	decoder_init(&path->decoder, encoding);
}

void sift_path_release(struct sift_path *path)
{
	selection_release(&path->selection);
}

static bool asks_for_space(const struct feed_selector *selector)
{
	for (size_t i = 0; i < selector->step_count; i++) {
		if (selector->steps[i].space != NAME_NONE)
			return true;
	}
	return false;
}

int sift_path_select(struct sift_path *path, const struct feed_selection *selection, struct error *err)
{
	for (size_t i = 0; i < selection->selector_count; i++)
		path->has_spaces |= asks_for_space(&selection->selectors[i]);
	return selection_init(&path->selection, *selection, err);
}

bool sift_path_decode(struct sift_path *path, struct slice raw, struct slice *ret_name)
{
	if (raw.size > LIMIT_NAME_BYTES)
		return false;
	*ret_name = decoder_decode(&path->decoder, raw, path->room);
	return ret_name->size <= LIMIT_NAME_BYTES;
}

/* Who reads the element's attributes, or all of it for the feed's sake, must see it. */
static struct sift_match read_ended(const struct sift_path *path)
{
	const struct selection *selection = &path->selection;
	struct sift_match match = {.match = SELECTION_ENDED, .may_drop = selection_next(selection, 0, true) == SIZE_MAX};

	for (size_t i = 0; i < selection->word_count; i++)
		match.selectors = (match.selectors ^ selection->ended[i]) * UINT64_C(0x9E3779B97F4A7C15);
	for (size_t i = selection_next(selection, 0, false); i != SIZE_MAX; i = selection_next(selection, i + 1, false)) {
		if (selection->wanted.selectors[i].may_be_known)
			match.is_record = true;
		else
			match.may_drop = false;
	}
	match.may_drop &= match.is_record;
	/* Where only its attributes are wanted, what is wanted of its content is to be found yet. */
	if (selection_next(selection, 0, false) == SIZE_MAX)
		match.match = SELECTION_PASSED;
	return match;
}

struct sift_match sift_path_enter(struct sift_path *path, struct feed_step step)
{
	const enum selection_match match = selection_enter(&path->selection, path->depth + 1, step);

	return match == SELECTION_ENDED ? read_ended(path) : (struct sift_match){.match = match};
}
