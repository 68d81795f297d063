/* The plan that a dry run left beside the spool: one JSON object a line. */
#pragma once

#include "cli/setting.h"
#include "store/store.h"

#include <stdio.h>

/* The plan of a run, or NULL where there is none. */
FILE *plan_file_open(const struct setting *setting, const struct store *store, int64_t run_id);

struct plan_filter {
	const char *kind; /* 'change' or 'complaint' */
	const char *code; /* of complaints; NULL = all */
	int64_t limit;    /* 0 = all */
};

/* The next line that fits, in `line` and `capacity` as getline() has them; `count` says how many there were. False at the end. */
bool plan_file_next(FILE *plan, const struct plan_filter *filter, char **line, size_t *capacity, int64_t *count);

/* Print the lines that fit; an exit status. */
int plan_file_print(const struct invocation *invocation, FILE *plan, const struct plan_filter *filter);
