/* One line on a terminal that says how far a run is. */
#pragma once

#include "run/run.h"

#include <stdio.h>

struct progress_line {
	FILE *terminal; /* NULL = none */
	const char *job;
	int64_t shown_ms; /* elapsed time of the stage when it was last drawn, -1 = never */
	enum run_stage stage;
	bool is_shown;
};

/* As struct run_request wants it; `context` is a struct progress_line. Draws at most ten times a second. */
void progress_line_show(void *context, const struct run_progress *progress);

/* Wipe it. */
void progress_line_clear(struct progress_line *line);
