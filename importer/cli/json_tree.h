/* JSON that this program wrote (counts of the ledger, plans), read back as a tree. */
#pragma once

#include "feed/record.h"

#include "base/error.h"

struct json_tree_sink {
	void *context;
	/* The document; valid during the call. 0, or -1 with `err`. */
	int (*document)(void *context, const struct record *document, struct error *err);
};

/* Read one JSON object and hand it over; the errors of feed_read(). */
must_use int json_tree_read(struct slice text, struct json_tree_sink sink, struct error *err);

/* The member of an object, or RECORD_NONE. */
uint32_t json_tree_member(const struct record *document, uint32_t object, const char *name);

/* The text of a member, empty where there is none. */
struct slice json_tree_text(const struct record *document, uint32_t object, const char *name);
