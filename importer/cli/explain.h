/* feedmill skus get ID --explain: where each field of an item came from. */
#pragma once

#include "cli/setting.h"
#include "store/store.h"

/* Explain the item that `selection` asks for; an exit status. */
must_use int explain_item(const struct invocation *invocation, struct setting *setting, struct store *store, enum item_kind kind,
                          const struct store_selection *selection);
