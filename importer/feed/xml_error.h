/* libxml2's complaints in our words. */
#pragma once

#include "base/error.h"

#include <libxml/parser.h>
#include <libxml/xmlerror.h>

struct xml_fault {
	xmlParserCtxtPtr parser;
	const xmlError *error;
	const char *encoding_claim;
	bool at_end; /* raised when the input had ended */
	bool root_closed;
};

/* Does `error` end the reading? Wrong use of namespaces does; what libxml2 thinks of a namespace's URI does not. */
bool xml_error_is_fatal(const xmlError *error);

/* Is the fault that the input has ended where more was to come? */
bool xml_error_is_cut_short(const struct xml_fault *fault);

/* Set `err` to what `fault` means, with its place. Returns -1. */
int xml_error_set(struct error *err, const struct xml_fault *fault);

/* Note where the parser stands; returns -1. */
int xml_error_locate(struct error *err, xmlParserCtxtPtr parser);
