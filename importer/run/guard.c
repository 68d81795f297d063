/* Guards: figures of a plan against the limits of its job. */
#include "run/guard.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#define RECORDS_MIN 1

const char *guard_verdict_name(enum guard_verdict verdict)
{
	static const char *const names[] = {[GUARD_PASS] = "pass", [GUARD_HOLD] = "hold", [GUARD_FAIL] = "fail"};

	assert((size_t)verdict < sizeof(names) / sizeof(names[0]));
	return names[verdict];
}

void guard_report_add(struct guard_report *report, const struct guard_finding *finding)
{
	if (finding->verdict > report->verdict)
		report->verdict = finding->verdict;
	if (report->count < GUARD_FINDINGS_MAX)
		report->findings[report->count++] = *finding;
}

/* A feed of nothing is whole, and empties the catalogue. */
static void check_records(const struct run_counts *counts, struct guard_report *report)
{
	struct guard_finding finding = {
		.guard = "records", .verdict = GUARD_HOLD, .figure = counts->records.read, .limit = RECORDS_MIN};

	if (finding.figure >= finding.limit)
		return;
	(void)snprintf(finding.message, sizeof(finding.message),
	               "the feed has %" PRId64 " records (at least %" PRId64 " are expected)", finding.figure, finding.limit);
	guard_report_add(report, &finding);
}

int guard_check(const struct job_config *job, struct apply *apply, struct guard_report *ret_report, struct error *err)
{
	(void)err;
	*ret_report = (struct guard_report){.verdict = GUARD_PASS};
	if (guards_are_on(&job->guards, GUARD_RECORDS))
		check_records(apply_counts(apply), ret_report);
	return 0;
}

void guard_report_append_json(const struct guard_report *report, struct json_writer *json)
{
	json_object_begin(json);
	json_member_text(json, "verdict", guard_verdict_name(report->verdict));
	json_member_bool(json, "approved", report->is_approved);
	json_key(json, "findings");
	json_array_begin(json);
	for (size_t index = 0; index < report->count; index++) {
		const struct guard_finding *finding = &report->findings[index];

		json_object_begin(json);
		json_member_text(json, "guard", finding->guard);
		json_member_text(json, "verdict", guard_verdict_name(finding->verdict));
		json_member_text(json, "subject", finding->subject[0] ? finding->subject : NULL);
		json_member_integer(json, "figure", finding->figure);
		json_member_integer(json, "limit", finding->limit);
		json_member_text(json, "message", finding->message);
		json_object_end(json);
	}
	json_array_end(json);
	json_object_end(json);
}
