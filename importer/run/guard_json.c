/* What guards found, as JSON. */
#include "run/guard.h"

static void append_figure(struct json_writer *json, const char *name, int64_t value)
{
	json_key(json, name);
	if (value == FIGURE_UNKNOWN)
		json_null(json);
	else
		json_integer(json, value);
}

/* Of one kind: what guards of what is removed look at. */
static void append_kind(struct json_writer *json, const struct store_figures *figures, enum item_kind kind)
{
	json_key(json, item_kind_plural(kind));
	json_object_begin(json);
	json_member_integer(json, "before", figures->absent[kind] + figures->stayed[kind]);
	json_member_integer(json, "absent", figures->absent[kind]);
	json_member_integer(json, "present", figures->present[kind]);
	append_figure(json, "high", figures->high[kind]);
	json_object_end(json);
}

static void append_figures(struct json_writer *json, const struct store_figures *figures)
{
	json_key(json, "figures");
	json_object_begin(json);
	for (enum item_kind kind = 0; kind < ITEM_KIND_COUNT; kind++)
		append_kind(json, figures, kind);
	json_member_integer(json, "categories_emptied", figures->categories.total);
	json_member_integer(json, "brands_emptied", figures->brands.total);
	append_figure(json, "prices_changed", figures->prices_changed);
	append_figure(json, "prices_lost", figures->prices_lost);
	append_figure(json, "currencies_changed", figures->currencies_changed);
	append_figure(json, "out_of_stock", figures->out_of_stock);
	json_object_end(json);
}

static void append_finding(struct json_writer *json, const struct guard_finding *finding)
{
	json_object_begin(json);
	json_member_text(json, "guard", finding->guard);
	json_member_text(json, "verdict", guard_verdict_name(finding->verdict));
	json_member_text(json, "subject", finding->subject[0] ? finding->subject : NULL);
	json_member_integer(json, "figure", finding->figure);
	json_member_integer(json, "limit", finding->limit);
	json_member_text(json, "message", finding->message);
	json_object_end(json);
}

void guard_report_append_json(const struct guard_report *report, struct json_writer *json)
{
	json_object_begin(json);
	json_member_text(json, "verdict", guard_verdict_name(report->verdict));
	json_member_bool(json, "approved", report->is_approved);
	json_member_bool(json, "off", report->are_off);
	json_key(json, "findings");
	json_array_begin(json);
	for (size_t index = 0; index < report->count; index++)
		append_finding(json, &report->findings[index]);
	json_array_end(json);
	append_figures(json, &report->figures);
	json_object_end(json);
}
