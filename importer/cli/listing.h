/* What the listing commands share: open the store, select, print. */
#pragma once

#include "cli/output.h"
#include "cli/setting.h"

/* The common filters of `invocation` into a selection. EXIT_DONE, or EXIT_USAGE after printing what is wrong. */
must_use int listing_filters(const struct invocation *invocation, enum store_list list, struct store_selection *ret_selection);

/* Select and print from an open store; an item that was asked for by id and is not there is an error. An exit status. */
must_use int listing_print(const struct invocation *invocation, struct store *store, const struct store_selection *selection);

/* Load the setting, open its store for reading; an exit status. */
must_use int listing_open(const struct invocation *invocation, struct setting *ret_setting, struct store **ret_store);
void listing_close(struct setting *setting, struct store *store);

/* Say so where changes or complaints of a run were there and are kept no longer; what cannot be told is left unsaid. */
void listing_tell_gone(const struct invocation *invocation, struct store *store, const struct store_selection *selection);
