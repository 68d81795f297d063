/*
 * Where the fields of one item came from: gathered in the reader process
 * while it maps the feed, sent as one flat text, checked by who receives it.
 */
#pragma once

#include "base/arena.h"
#include "base/buffer.h"
#include "dialect/dialect.h"

#define EXPLANATION_VALUES_MAX 2000
#define EXPLANATION_TEXT_MAX 2000 /* bytes of one text; longer ones are cut */

/* A text that a rule of the dialect has read. */
struct explained_value {
	struct slice field; /* 'price' */
	struct slice file;  /* of the rule */
	uint32_t line;
	bool is_part;      /* of a value that comes later */
	struct slice path; /* in the record; empty where it did not stand there */
	struct slice feed; /* the name of a value of the whole feed */
	struct slice raw;
	struct slice text;
	uint32_t presence; /* enum presence */
	uint32_t steps;    /* bits of enum mapper_step */
};

/* What the record states of the item in the end. */
struct explained_field {
	uint32_t presence;
	int64_t integer;
	struct slice text;
};

struct explanation {
	bool is_found;
	bool is_by_path; /* a category that an item names by its path */
	uint64_t record; /* ordinal */
	uint64_t stream_offset;
	uint32_t action; /* enum statement_action */
	uint32_t link;   /* enum product_link */
	bool is_cut;     /* there were more values than are kept */
	struct slice encoding;
	struct slice dialect;
	struct explained_field fields[FIELD_COUNT];
	uint32_t value_count;
	struct explained_value *values;
};

/* Write or read; ERROR_MEMORY, ERROR_READER. Text that is read borrows from `bytes`. */
must_use int explanation_encode(const struct explanation *explanation, struct buffer *buffer, struct error *err);
must_use int explanation_decode(struct slice bytes, struct arena *arena, struct explanation *ret_explanation, struct error *err);

/* What is looked for. */
struct explanation_wish {
	enum item_kind kind;
	struct slice id; /* as the store has it, prefix included */
	bool wants_last; /* of several records the last one, not the first */
};

/*
 * Gathers: give `trace` to the mapper's options and `sink` to the mapper. The
 * explanation is complete when the feed has been read, or when explainer_is_done()
 * says so: the sink ended the reading with ERROR_CANCELLED then.
 */
struct explainer;
struct explainer *explainer_new(const struct explanation_wish *wish, struct error *err);
void explainer_free(struct explainer *explainer);
const struct mapper_trace *explainer_trace(const struct explainer *explainer);
struct statement_sink explainer_sink(struct explainer *explainer);
bool explainer_is_done(const struct explainer *explainer);

/* Valid as long as the explainer. */
struct explanation *explainer_result(struct explainer *explainer);
