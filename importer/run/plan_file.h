/*
 * Plans as they lie beside the spool: one JSON object a line, written by
 * apply_write_plan(). Read back for people, and to say how a plan differs
 * from another. The files are ours, but lines are checked before they are told.
 */
#pragma once

#include "base/error.h"
#include "base/slice.h"

#include <stdint.h>
#include <stdio.h>

enum plan_kind { PLAN_CATEGORY, PLAN_PRODUCT, PLAN_SKU, PLAN_FIELD, PLAN_KIND_COUNT };
enum plan_action { PLAN_CREATED, PLAN_UPDATED, PLAN_RESTORED, PLAN_REMOVED, PLAN_ACTION_COUNT };

const char *plan_kind_name(enum plan_kind kind);
const char *plan_action_name(enum plan_action action);

struct plan_reader {
	FILE *stream; /* NULL = none */
	char *line;
	size_t capacity;
	int64_t offset; /* where the next line begins */
};

#define PLAN_READER_INIT       \
	{                      \
		.stream = NULL \
	}

/* -1: ERROR_NOT_FOUND where there is no such plan, ERROR_SYSTEM. */
must_use int plan_reader_open(struct plan_reader *reader, const char *path, struct error *err);
void plan_reader_close(struct plan_reader *reader);

/* The next line without its end, valid until the next call: 1, 0 at the end, or -1 where the file cannot be read. */
must_use int plan_reader_next(struct plan_reader *reader, struct slice *ret_line, struct error *err);

/* Go to where a line begins. */
must_use int plan_reader_seek(struct plan_reader *reader, int64_t offset, struct error *err);

/* What a line changes, by its first members only: fast, and for counting. False where it is a complaint, or unknown. */
must_use bool plan_line_sort(struct slice line, enum plan_kind *ret_kind, enum plan_action *ret_action);

/* Is this a complaint? */
bool plan_line_is_complaint(struct slice line);

/* A change, as it is written: values are JSON, empty where they are absent or null. */
struct plan_change {
	enum plan_kind kind;
	enum plan_action action;
	struct slice item_id;
	struct slice before;
	struct slice after;
};

/* False where the line is no change, or no valid JSON. It borrows from `line`. */
must_use bool plan_change_read(struct slice line, struct plan_change *ret_change);
