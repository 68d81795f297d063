/* The plan that a dry or held run left beside the spool, listed like what the ledger has of other runs. */
#pragma once

#include "cli/setting.h"
#include "run/plan_file.h"
#include "store/store.h"

/* The plan of a run; -1 where there is none, or it cannot be read. */
must_use int plan_file_open(const struct setting *setting, const struct store *store, int64_t run_id, struct plan_reader *ret_plan);

enum plan_list { PLAN_LIST_CHANGES, PLAN_LIST_COMPLAINTS };

struct plan_filter {
	enum plan_list list;
	const char *code; /* of complaints; NULL = all */
	int64_t limit;    /* 0 = all */
};

/* The next line that fits; `count` says how many there were. 1, 0 at the end, -1. */
must_use int plan_file_next(struct plan_reader *plan, const struct plan_filter *filter, struct slice *ret_line, int64_t *count,
                            struct error *err);

/* Print the lines that fit; an exit status. */
int plan_file_print(const struct invocation *invocation, struct plan_reader *plan, const struct plan_filter *filter);
