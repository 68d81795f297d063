/* An explanation for people and programs. */
#pragma once

#include "cli/command.h"
#include "feed/position.h"
#include "run/explanation.h"

/* What is explained, and by which run. */
struct explain_subject {
	enum item_kind kind;
	const char *id;
	char job[4096];
	char catalog[256];
	char origin[32]; /* of products */
	int64_t run_id;
	char sha256[72];
	char dialect[72];
	char encoding[40];
	char spool[4096];
	bool is_configured; /* the job has a file */
};

/* Print it; ERROR_MEMORY. */
must_use int explain_show(const struct invocation *invocation, const struct explain_subject *subject,
                          const struct explanation *explanation, const struct feed_position *position, struct error *err);
