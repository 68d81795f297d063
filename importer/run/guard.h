/*
 * Guards: rules that look at a plan before it is applied, and let pass, hold
 * or fail the run. Everything here is computed on the finished plan, inside
 * its transaction.
 */
#pragma once

#include "base/json.h"
#include "config/config.h"
#include "store/store.h"

enum guard_verdict {
	GUARD_PASS,
	GUARD_HOLD, /* the plan waits for a person: exit status 3 */
	GUARD_FAIL, /* the run fails: exit status 1 */
};

#define GUARD_FINDINGS_MAX 100 /* told; the worst first */

/* What one guard met. Texts of items are as the feed has them: print them with care. */
struct guard_finding {
	const char *guard; /* its key in a job's 'guards': 'removed', 'records' */
	enum guard_verdict verdict;
	char subject[128]; /* the category or brand; '' = the whole feed */
	char message[256]; /* one sentence with figure and limit: '412 of 1,000 SKUs would be removed (limit 10 %)' */
	int64_t figure;
	int64_t limit;
};

struct guard_report {
	enum guard_verdict verdict; /* the worst of the findings */
	struct guard_finding findings[GUARD_FINDINGS_MAX];
	size_t count;
	bool is_approved; /* a person has seen this plan: its verdict no longer holds it */
};

/* Add a finding and let it count; beyond GUARD_FINDINGS_MAX it only counts. */
void guard_report_add(struct guard_report *report, const struct guard_finding *finding);

/* All guards of `job` on the plan of `apply`, which is finished; findings are those that do not pass. -1: the store failed. */
must_use int guard_check(const struct job_config *job, struct apply *apply, struct guard_report *ret_report, struct error *err);

/* 'pass', 'hold', 'fail'. */
const char *guard_verdict_name(enum guard_verdict verdict);

/* An object: verdict, approved, findings. */
void guard_report_append_json(const struct guard_report *report, struct json_writer *json);
