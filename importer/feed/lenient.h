/*
 * A filter before the XML parser that mends what faulty feeds do most:
 *   - a '&' that begins no reference we know is escaped;
 *   - control characters that XML forbids, and references to them, are dropped;
 *   - what stands before the prolog is dropped.
 * In CDATA sections, comments, processing instructions and the DOCTYPE a '&'
 * is left alone. Text in UTF-8, cut anywhere; what is not UTF-8 is passed on.
 *
 * Places are told in offsets of the text as it came. The parser knows those
 * of the mended text, in rising order and not far behind what it was given;
 * so the filter keeps a queue of what it changed and the parser has not
 * passed yet, LENIENT_PLACES_MAX at most.
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"

#include <stdint.h>

#define LENIENT_PLACES_MAX ((size_t)128 * 1024)

/* What the filter is in the midst of. */
enum lenient_section {
	LENIENT_START,   /* before the prolog */
	LENIENT_CONTENT, /* tags and text, which are treated alike */
	LENIENT_CDATA,
	LENIENT_COMMENT,
	LENIENT_INSTRUCTION,
	LENIENT_DOCTYPE,
};

enum lenient_mend {
	LENIENT_AMPERSAND, /* escaped */
	LENIENT_CHARACTER, /* one or several that stand together, dropped */
	LENIENT_REFERENCE, /* to such a character, dropped */
	LENIENT_PROLOG,    /* what stood before it, dropped */
	LENIENT_MEND_COUNT
};
