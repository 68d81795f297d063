/* What libxml2 had not read when a fault stopped it, from the fault on. */
#pragma once

#include "base/error.h"
#include "feed/lenient.h"

#include <libxml/parser.h>

struct xml_rest {
	bool is_known;
	bool is_reference;            /* the fault is one of the reference that `text` begins with */
	bool is_late_declaration;     /* … an XML declaration that does not stand at the start */
	enum lenient_section section; /* that `text` begins in */
	char *text;
	size_t size;
};

/*
 * Called in the midst of the first fatal error, whose libxml2 code is `code`:
 * keeps the rest, and puts the place of a '&' that begins no reference into
 * `err`. Without memory nothing is known.
 */
void xml_rest_keep(struct xml_rest *rest, xmlParserCtxtPtr parser, int code, struct error *err);
void xml_rest_release(struct xml_rest *rest);
