/*
 * The guards of a job and their limits: one table is the source of parser,
 * messages, defaults, manual and schema. What a guard does stands in run/guard.h.
 *
 * Shares are hundredths of a percent, so that '2.5' is 250.
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"

#include <stdint.h>

/* In the order in which findings are told. */
enum guard_kind {
	GUARD_RECORDS,
	GUARD_UNDONE_FEED,
	GUARD_REMOVED,
	GUARD_IDS,
	GUARD_REMOVED_BY_CATEGORY,
	GUARD_REMOVED_BY_BRAND,
	GUARD_REJECTED,
	GUARD_CONFLICTING,
	GUARD_PRICES,
	GUARD_CURRENCY,
	GUARD_OUT_OF_STOCK,
	GUARD_KIND_COUNT
};

enum guard_limit {
	GUARD_LIMIT_MIN,        /* at least so many */
	GUARD_LIMIT_PERCENT,    /* from this share on … */
	GUARD_LIMIT_COUNT,      /* … and from so many on */
	GUARD_LIMIT_MAX,        /* so many, whatever the share */
	GUARD_LIMIT_BELOW_HIGH, /* share below the highest stock of seven days */
	GUARD_LIMIT_CHANGE,     /* share by which a price is another one */
	GUARD_LIMIT_KIND_COUNT
};

enum guard_action {
	GUARD_ACTION_HOLD,   /* the plan waits for a person */
	GUARD_ACTION_FAIL,   /* the run fails */
	GUARD_ACTION_REPORT, /* the plan is applied, and the finding is told */
	GUARD_ACTION_COUNT
};

/* As written in a job, ending in NULL: 'hold', … */
const char *const *guard_action_words(void);

#define GUARD_NO_LIMIT INT64_C(-1)
#define GUARD_PERCENT INT64_C(100) /* one percent */

struct guard_policy {
	bool is_off;
	enum guard_action action;
	int64_t limits[GUARD_LIMIT_KIND_COUNT]; /* GUARD_NO_LIMIT: 'off', or the guard has no such limit */
};

struct guards_policy {
	bool are_off; /* all of them, whatever the single ones say */
	struct guard_policy guards[GUARD_KIND_COUNT];
};

/* Is this guard to look? */
bool guards_are_on(const struct guards_policy *policy, enum guard_kind kind);

void guards_set_defaults(struct guards_policy *policy);

/* All at once: 'on' is the defaults in full, 'off' is none. ERROR_CONFIG. */
must_use int guards_read_word(struct slice text, struct guards_policy *policy, struct error *err);

/* One guard, `name: on` or `name: off`. ERROR_CONFIG; `ret_at_key`: the fault is the name. */
must_use int guards_read_switch(struct slice name, struct slice text, struct guards_policy *policy, bool *ret_at_key,
                                struct error *err);

/* One setting, `name: {key: text}`: a limit, or 'action'. As guards_read_switch(). */
must_use int guards_read_limit(struct slice name, struct slice key, struct slice text, struct guards_policy *policy,
                               bool *ret_at_key, struct error *err);

/* Is there a guard of that name? ERROR_CONFIG names the nearest. */
must_use int guards_find(struct slice name, enum guard_kind *ret_kind, struct error *err);

/* 'removed', 'records', … */
const char *guard_name(enum guard_kind kind);
/* What it looks at, for the manual. */
const char *guard_help(enum guard_kind kind);
/* 'percent', 'count', … */
const char *guard_limit_name(enum guard_limit limit);
bool guard_limit_is_share(enum guard_limit limit);
int64_t guard_limit_minimum(enum guard_limit limit);
/* Has the guard such a limit? */
bool guard_has_limit(enum guard_kind kind, enum guard_limit limit);
/* May it be 'off'? */
bool guard_limit_may_be_off(enum guard_kind kind, enum guard_limit limit);

/* As it is written in a job: '10', '2.5', 'off'. */
void guard_append_limit(enum guard_limit limit, int64_t value, struct buffer *buffer);

/* 'off', or 'on' and all that is not the default: 'on,removed.percent=20,prices=off'. */
void guards_append_text(const struct guards_policy *policy, struct buffer *buffer);
