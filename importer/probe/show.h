/* A probe for programs and for people. */
#pragma once

#include "base/buffer.h"
#include "probe/guess.h"

struct probe_show {
	const char *source; /* masked */
	const struct probe_report *report;
	const struct guess *guess;       /* NULL where there are no records */
	const char *dialect_description; /* of the recognised one, or NULL */
	bool use_colour;
	size_t width; /* of the terminal in characters; 0 = lines are not cut */
};

/* One object, without a line end. */
void probe_show_json(const struct probe_show *show, struct buffer *buffer);

/* Aligned lines; text of the feed is printable. */
void probe_show_text(const struct probe_show *show, struct buffer *buffer);
