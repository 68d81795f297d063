/* Where the fields of an item came from: the spooled feed is mapped again, in a reader process, with every text traced. */
#pragma once

#include "base/clock.h"
#include "cage/cage.h"
#include "config/config.h"
#include "feed/position.h"
#include "run/dialects.h"
#include "run/explanation.h"

#include <signal.h>

struct run_explain_request {
	const struct job_config *job; /* how the feed is read */
	const struct dialect_files *dialects;
	const char *spool_path;
	struct slice encoding; /* as the run found it */
	struct explanation_wish wish;
	struct clock clock;
	const volatile sig_atomic_t *stop_signal; /* NULL = never */
	bool is_cage_required;                    /* the reader's, or nothing is explained */
};

struct run_explain_result {
	struct explanation explanation;
	struct feed_position position; /* where its record begins */
	struct cage_report cage;       /* what this system lacks of the reader's */
};

/* Where the feed of this digest is kept. False where the path is too long. */
must_use bool run_spool_path(const char *state_folder, const char *sha256, char *ret_path, size_t size);

/* Explain; the explanation lives in `arena`. Errors of reader_ask(). */
must_use int run_explain_execute(const struct run_explain_request *request, struct arena *arena,
                                 struct run_explain_result *ret_result, struct error *err);
