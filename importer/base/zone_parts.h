/* Private to base: what a zone is made of. */
#pragma once

#include "base/zone.h"

struct zone_type {
	int32_t offset_s;
	bool is_daylight;
	const char *abbreviation;
};

enum zone_day_form {
	ZONE_DAY_MONTH,  /* Mm.w.d: weekday `day` of week `week` (5 = the last) of `month` */
	ZONE_DAY_JULIAN, /* Jn: day 1 to 365, 29 February never counted */
	ZONE_DAY_OF_YEAR /* n: day 0 to 365 */
};

struct zone_change {
	enum zone_day_form form;
	int month;
	int week;
	int day;
	int32_t time_s; /* after local midnight, as the clock shows it before; may lie in other days */
};

/* What holds behind the last transition. */
struct zone_rule {
	bool is_there;
	bool has_daylight;
	struct zone_type standard;
	struct zone_type daylight;
	struct zone_change daylight_start;
	struct zone_change daylight_end;
};

struct zone {
	const char *name;
	const int64_t *transitions;  /* rising */
	const uint8_t *type_indices; /* of what holds from each on */
	size_t transition_count;
	const struct zone_type *types; /* at least one; the first holds before all transitions */
	size_t type_count;
	struct zone_rule rule;
};

/* POSIX.1 TZ, with the hours from -167 to 167 of RFC 8536, 3.3.1. False where it is none; NULL for an abbreviation is no memory. */
must_use bool zone_rule_parse(struct slice text, struct arena *arena, struct zone_rule *ret_rule);

/* As zone_span_at(), by the rule alone. */
struct zone_span zone_rule_span(const struct zone_rule *rule, int64_t at_s);
