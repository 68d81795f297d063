/*
 * Selections from blank-separated paths like "/rss/channel/item". '@' before
 * one: attributes only; '+': its records may be known; '*' as a step: any name;
 * 'name|uri': in that namespace; '#': an item without a name.
 */
#pragma once

#include "feed/feed.h"

#define PATH_SELECTORS_MAX 80
#define PATH_STEPS_MAX 16

struct path_selection {
	struct feed_step steps[PATH_SELECTORS_MAX][PATH_STEPS_MAX];
	struct feed_selector selectors[PATH_SELECTORS_MAX];
	size_t count;
};

/* Aborts where `paths` is none. */
void path_selection_make(struct path_selection *selection, struct name_table *names, const char *paths);
