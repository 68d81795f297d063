/*
 * Guards: rules that look at a plan before it is applied, and let pass, hold
 * or fail the run. The store computes the figures of the finished plan inside
 * its transaction; to judge them is pure.
 */
#pragma once

#include "base/json.h"
#include "config/config.h"
#include "store/figures.h"

enum guard_verdict {
	GUARD_PASS,
	GUARD_REPORT, /* told, and applied all the same */
	GUARD_HOLD,   /* the plan waits for a person: exit status 3 */
	GUARD_FAIL,   /* the run fails: exit status 1 */
};

#define GUARD_FINDINGS_MAX 40 /* told: all that there can be */

/* What one guard met. Texts of items are as the feed has them: print them with care. */
struct guard_finding {
	const char *guard; /* its key in a job's 'guards': 'removed', 'records' */
	enum guard_verdict verdict;
	char subject[2 * FIGURES_TEXT_SIZE + 8]; /* the category or brand; '' = the whole feed */
	char message[256]; /* one sentence with figure and limit: '412 of 1000 SKUs are absent from the feed (41.2 %; …)' */
	int64_t figure;
	int64_t limit; /* what the figure would have to be above or below to pass, in the figure's unit */
};

struct guard_report {
	enum guard_verdict verdict; /* the worst of the findings */
	struct guard_finding findings[GUARD_FINDINGS_MAX];
	size_t count;
	bool is_approved; /* a person has seen this plan: its verdict no longer holds it */
	bool are_off;     /* the job has no guards: nobody looked */
	struct store_figures figures;
};

/* Add a finding and let it count; beyond GUARD_FINDINGS_MAX it only counts. */
void guard_report_add(struct guard_report *report, const struct guard_finding *finding);

/* The first finding of the report's verdict, or NULL. */
const struct guard_finding *guard_report_worst(const struct guard_report *report);

/* The figures that these guards have to know; borrows `feed_sha256`. */
struct figures_wish guard_wish(const struct guards_policy *policy, const char *feed_sha256);

/* Judge a plan by its figures, the report's own, and its counts; adds what does not pass. */
void guard_judge(const struct guards_policy *policy, const struct run_counts *counts, struct guard_report *report);

/*
 * All guards of `job` on the plan of `apply`, which is finished; findings are those that do not pass.
 * -1: the store failed.
 */
must_use int guard_check(const struct job_config *job, struct apply *apply, const char *feed_sha256,
                         struct guard_report *ret_report, struct error *err);

/* 'pass', 'report', 'hold', 'fail'. */
const char *guard_verdict_name(enum guard_verdict verdict);

/* An object: verdict, approved, off, findings, and the figures of all guards, null where they were not looked at. */
void guard_report_append_json(const struct guard_report *report, struct json_writer *json);
