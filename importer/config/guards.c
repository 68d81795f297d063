/* The table of guards, and reading and writing what a job says about them. */
#include "config/guards.h"

#include "base/number.h"
#include "base/suggest.h"
#include "config/value.h"
#include "config/value_show.h"

#include <assert.h>
#include <string.h>

#define COUNT_MAX INT32_MAX
#define SHARE_MAX (100 * GUARD_PERCENT)
#define CHANGE_MAX (100000 * GUARD_PERCENT)

static const char *const switch_words[] = {"on", "off", NULL};
static const char *const action_words[GUARD_ACTION_COUNT + 1] = {
	[GUARD_ACTION_HOLD] = "hold", [GUARD_ACTION_FAIL] = "fail", [GUARD_ACTION_REPORT] = "report"};

struct limit_definition {
	const char *name;
	bool is_share;
	int64_t minimum;
	int64_t maximum;
};

static const struct limit_definition limit_definitions[GUARD_LIMIT_KIND_COUNT] = {
	[GUARD_LIMIT_MIN] = {.name = "min", .minimum = 0, .maximum = COUNT_MAX},
	[GUARD_LIMIT_PERCENT] = {.name = "percent", .is_share = true, .minimum = 0, .maximum = SHARE_MAX},
	[GUARD_LIMIT_COUNT] = {.name = "count", .minimum = 1, .maximum = COUNT_MAX},
	[GUARD_LIMIT_MAX] = {.name = "max", .minimum = 1, .maximum = COUNT_MAX},
	[GUARD_LIMIT_BELOW_HIGH] = {.name = "below_high", .is_share = true, .minimum = 0, .maximum = SHARE_MAX},
	[GUARD_LIMIT_CHANGE] = {.name = "change", .is_share = true, .minimum = 0, .maximum = CHANGE_MAX},
};

#define LIMIT_BIT(limit) (1U << GUARD_LIMIT_##limit)
#define SHARE_AND_COUNT (LIMIT_BIT(PERCENT) | LIMIT_BIT(COUNT))

struct guard_definition {
	const char *name;
	const char *help;
	unsigned limits;   /* bits of those that it has */
	unsigned optional; /* … and that may be 'off' */
	int64_t defaults[GUARD_LIMIT_KIND_COUNT];
};

static const struct guard_definition definitions[GUARD_KIND_COUNT] = {
	[GUARD_RECORDS] =
		{.name = "records",
                 .help = "fewer than 'min' records in the feed; a feed of categories alone has none, and passes 'min: 1' where the job has no products",
                 .limits = LIMIT_BIT(MIN),
                 .defaults = {[GUARD_LIMIT_MIN] = 1}},
	[GUARD_UNDONE_FEED] = {.name = "undone_feed",
                               .help = "the very feed of a run that was undone, until it is approved or another one was applied"},
	[GUARD_REMOVED] =
		{.name = "removed",
                 .help = "SKUs or products that begin to be absent: 'percent' of them and at least 'count', or 'max', or all SKUs; or what stays is more than "
                         "'below_high' percent (and 'count') below the highest stock of the last seven days",
                 .limits = SHARE_AND_COUNT | LIMIT_BIT(MAX) | LIMIT_BIT(BELOW_HIGH),
                 .optional = LIMIT_BIT(MAX) | LIMIT_BIT(BELOW_HIGH),
                 .defaults = {[GUARD_LIMIT_PERCENT] = 10 * GUARD_PERCENT,
                              [GUARD_LIMIT_COUNT] = 10,
                              [GUARD_LIMIT_MAX] = GUARD_NO_LIMIT,
                              [GUARD_LIMIT_BELOW_HIGH] = 25 * GUARD_PERCENT}},
	[GUARD_IDS] =
		{.name = "ids",
                 .help = "ids changed wholesale: 'percent' of the SKUs are absent, at least 'count', and at least as many new ones came",
                 .limits = SHARE_AND_COUNT,
                 .defaults = {[GUARD_LIMIT_PERCENT] = 50 * GUARD_PERCENT, [GUARD_LIMIT_COUNT] = 10}},
	[GUARD_REMOVED_BY_CATEGORY] = {.name = "removed_by_category",
                                       .help = "'percent' of the SKUs of one category begin to be absent, at least 'count'",
                                       .limits = SHARE_AND_COUNT,
                                       .defaults = {[GUARD_LIMIT_PERCENT] = 50 * GUARD_PERCENT, [GUARD_LIMIT_COUNT] = 10}},
	[GUARD_REMOVED_BY_BRAND] = {.name = "removed_by_brand",
                                    .help = "the same by brand",
                                    .limits = SHARE_AND_COUNT,
                                    .defaults = {[GUARD_LIMIT_PERCENT] = 50 * GUARD_PERCENT, [GUARD_LIMIT_COUNT] = 10}},
	[GUARD_REJECTED] = {.name = "rejected",
                            .help = "'percent' of the records are rejected, at least 'count', or all",
                            .limits = SHARE_AND_COUNT,
                            .defaults = {[GUARD_LIMIT_PERCENT] = 5 * GUARD_PERCENT, [GUARD_LIMIT_COUNT] = 2}},
	[GUARD_CONFLICTING] = {.name = "conflicting",
                               .help = "'percent' of the statements of SKUs repeat an id with other content, at least 'count'",
                               .limits = SHARE_AND_COUNT,
                               .defaults = {[GUARD_LIMIT_PERCENT] = 5 * GUARD_PERCENT, [GUARD_LIMIT_COUNT] = 2}},
	[GUARD_PRICES] =
		{.name = "prices",
                 .help = "'percent' of the SKUs that stay, at least 'count', lose their price or get one that differs by more than 'change' "
                         "percent; or none of them has a price above zero any more",
                 .limits = SHARE_AND_COUNT | LIMIT_BIT(CHANGE),
                 .defaults = {[GUARD_LIMIT_PERCENT] = 30 * GUARD_PERCENT,
                              [GUARD_LIMIT_COUNT] = 10,
                              [GUARD_LIMIT_CHANGE] = 50 * GUARD_PERCENT}},
	[GUARD_CURRENCY] = {.name = "currency",
                            .help = "'percent' of the SKUs that stay, at least 'count', get another currency, or none",
                            .limits = SHARE_AND_COUNT,
                            .defaults = {[GUARD_LIMIT_PERCENT] = 10 * GUARD_PERCENT, [GUARD_LIMIT_COUNT] = 10}},
	[GUARD_OUT_OF_STOCK] = {.name = "out_of_stock",
                                .help = "of the SKUs that stay at least 'count' were in stock, and none is any more",
                                .limits = LIMIT_BIT(COUNT),
                                .defaults = {[GUARD_LIMIT_COUNT] = 10}},
};

bool guards_are_on(const struct guards_policy *policy, enum guard_kind kind)
{
	return !policy->are_off && !policy->guards[kind].is_off;
}

const char *guard_name(enum guard_kind kind)
{
	assert((size_t)kind < GUARD_KIND_COUNT);
	return definitions[kind].name;
}

const char *guard_help(enum guard_kind kind)
{
	return definitions[kind].help;
}

const char *guard_limit_name(enum guard_limit limit)
{
	return limit_definitions[limit].name;
}

bool guard_limit_is_share(enum guard_limit limit)
{
	return limit_definitions[limit].is_share;
}

int64_t guard_limit_minimum(enum guard_limit limit)
{
	return limit_definitions[limit].minimum;
}

bool guard_has_limit(enum guard_kind kind, enum guard_limit limit)
{
	return (definitions[kind].limits & (1U << limit)) != 0;
}

bool guard_limit_may_be_off(enum guard_kind kind, enum guard_limit limit)
{
	return (definitions[kind].optional & (1U << limit)) != 0;
}

static struct guard_policy default_policy(enum guard_kind kind)
{
	struct guard_policy policy = {.action = GUARD_ACTION_HOLD};
	for (enum guard_limit limit = 0; limit < GUARD_LIMIT_KIND_COUNT; limit++)
		policy.limits[limit] = guard_has_limit(kind, limit) ? definitions[kind].defaults[limit] : GUARD_NO_LIMIT;
	return policy;
}

void guards_set_defaults(struct guards_policy *policy)
{
	policy->are_off = false;
	for (enum guard_kind kind = 0; kind < GUARD_KIND_COUNT; kind++)
		policy->guards[kind] = default_policy(kind);
}

int guards_find(struct slice name, enum guard_kind *ret_kind, struct error *err)
{
	const char *names[GUARD_KIND_COUNT];
	for (size_t kind = 0; kind < GUARD_KIND_COUNT; kind++) {
		names[kind] = definitions[kind].name;
		if (slice_equal_text(name, names[kind])) {
			*ret_kind = (enum guard_kind)kind;
			return 0;
		}
	}
	const char *nearest = suggest_nearest(name, names, GUARD_KIND_COUNT);
	if (nearest != NULL)
		return error_set(err, ERROR_CONFIG, "there is no guard '%s'; did you mean '%s'?", VALUE_SHOW(name), nearest);
	return error_set(err, ERROR_CONFIG, "there is no guard '%s'", VALUE_SHOW(name));
}

int guards_read_word(struct slice text, struct guards_policy *policy, struct error *err)
{
	size_t index;
	if (value_parse_word(text, switch_words, &index, err) < 0)
		return -1;
	guards_set_defaults(policy);
	policy->are_off = index != 0;
	return 0;
}

int guards_read_switch(struct slice name, struct slice text, struct guards_policy *policy, bool *ret_at_key, struct error *err)
{
	enum guard_kind kind;
	size_t index;
	*ret_at_key = guards_find(name, &kind, err) < 0;
	if (*ret_at_key)
		return -1;
	if (value_parse_word(text, switch_words, &index, err) < 0)
		return error_wrap(err, "%s", definitions[kind].name);
	policy->guards[kind].is_off = index != 0;
	return 0;
}

/* '10' or '2.5' in hundredths. */
static bool parse_share(struct slice text, const struct limit_definition *definition, int64_t *ret_value)
{
	int64_t micros;
	for (size_t index = 0; index < text.size; index++) {
		if ((text.data[index] < '0' || text.data[index] > '9') && text.data[index] != '.')
			return false;
	}
	if (number_parse_micros(text, '.', &micros) != NUMBER_OK || micros % (MICROS_PER_UNIT / GUARD_PERCENT) != 0)
		return false;
	*ret_value = micros / (MICROS_PER_UNIT / GUARD_PERCENT);
	return *ret_value >= definition->minimum && *ret_value <= definition->maximum;
}

static int parse_limit(enum guard_limit limit, struct slice text, int64_t *ret_value, struct error *err)
{
	const struct limit_definition *definition = &limit_definitions[limit];
	if (definition->is_share && !parse_share(text, definition, ret_value))
		return error_set(err, ERROR_CONFIG, "'%s' is not a percentage; write it as '10' or '2.5', up to %lld",
		                 VALUE_SHOW(text), (long long)(definition->maximum / GUARD_PERCENT));
	if (!definition->is_share && !number_parse_integer(text, definition->minimum, definition->maximum, ret_value))
		return error_set(err, ERROR_CONFIG, "'%s' is not a whole number from %lld", VALUE_SHOW(text),
		                 (long long)definition->minimum);
	return 0;
}

static int refuse_key(enum guard_kind kind, struct slice key, struct error *err)
{
	const char *names[GUARD_LIMIT_KIND_COUNT + 1] = {"action"};
	size_t count = 1;
	for (enum guard_limit limit = 0; limit < GUARD_LIMIT_KIND_COUNT; limit++) {
		if (guard_has_limit(kind, limit))
			names[count++] = limit_definitions[limit].name;
	}
	const char *nearest = suggest_nearest(key, names, count);
	if (nearest != NULL)
		return error_set(err, ERROR_CONFIG, "the guard has no key '%s'; did you mean '%s'?", VALUE_SHOW(key), nearest);
	return error_set(err, ERROR_CONFIG, "the guard has no key '%s'", VALUE_SHOW(key));
}

const char *const *guard_action_words(void)
{
	return action_words;
}

static int read_setting(enum guard_kind kind, struct slice key, struct slice text, struct guard_policy *policy, bool *ret_at_key,
                        struct error *err)
{
	size_t index;
	if (slice_equal_text(key, "action")) {
		if (value_parse_word(text, action_words, &index, err) < 0)
			return error_wrap(err, "action");
		policy->action = (enum guard_action)index;
		return 0;
	}
	for (enum guard_limit limit = 0; limit < GUARD_LIMIT_KIND_COUNT; limit++) {
		if (!guard_has_limit(kind, limit) || !slice_equal_text(key, limit_definitions[limit].name))
			continue;
		if (guard_limit_may_be_off(kind, limit) && slice_equal_text(text, "off"))
			policy->limits[limit] = GUARD_NO_LIMIT;
		else if (parse_limit(limit, text, &policy->limits[limit], err) < 0)
			return error_wrap(err, "%s", limit_definitions[limit].name);
		return 0;
	}
	*ret_at_key = true;
	return refuse_key(kind, key, err);
}

int guards_read_limit(struct slice name, struct slice key, struct slice text, struct guards_policy *policy, bool *ret_at_key,
                      struct error *err)
{
	enum guard_kind kind;
	*ret_at_key = guards_find(name, &kind, err) < 0;
	if (*ret_at_key)
		return -1;
	struct guard_policy changed = policy->guards[kind];
	if (read_setting(kind, key, text, &changed, ret_at_key, err) < 0)
		return error_wrap(err, "%s", definitions[kind].name);
	policy->guards[kind] = changed;
	return 0;
}

void guard_append_limit(enum guard_limit limit, int64_t value, struct buffer *buffer)
{
	if (value == GUARD_NO_LIMIT)
		(void)buffer_append_text(buffer, "off"); /* failure sticks */
	else if (limit_definitions[limit].is_share)
		number_append_micros(buffer, value * (MICROS_PER_UNIT / GUARD_PERCENT), 0);
	else
		number_append_integer(buffer, value);
}

static void append_differences(enum guard_kind kind, const struct guard_policy *policy, struct buffer *buffer)
{
	const struct guard_policy standard = default_policy(kind);
	const char *name = definitions[kind].name;
	if (policy->is_off)
		(void)buffer_append_format(buffer, ",%s=off", name);
	if (policy->action != standard.action)
		(void)buffer_append_format(buffer, ",%s.action=%s", name, action_words[policy->action]);
	for (enum guard_limit limit = 0; limit < GUARD_LIMIT_KIND_COUNT; limit++) {
		if (policy->limits[limit] == standard.limits[limit])
			continue;
		(void)buffer_append_format(buffer, ",%s.%s=", name, limit_definitions[limit].name);
		guard_append_limit(limit, policy->limits[limit], buffer);
	}
}

void guards_append_text(const struct guards_policy *policy, struct buffer *buffer)
{
	(void)buffer_append_text(buffer, policy->are_off ? "off" : "on"); /* failure sticks */
	for (enum guard_kind kind = 0; !policy->are_off && kind < GUARD_KIND_COUNT; kind++)
		append_differences(kind, &policy->guards[kind], buffer);
}
