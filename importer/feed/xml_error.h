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

/* Can the fault of libxml2's `code` be what follows? Not where what has been read is wrong, whatever follows it. */
bool xml_error_is_of_next(int code);

/* The '&' of the reference that the fault of libxml2's `code` is one of, where the parser has just read its start; else NULL. */
const xmlChar *xml_error_reference(xmlParserCtxtPtr parser, int code);

/* Set `err` to what `fault` means, with its place. Returns -1. */
int xml_error_set(struct error *err, const struct xml_fault *fault);

/* Note where the parser stands; returns -1. */
int xml_error_locate(struct error *err, xmlParserCtxtPtr parser);
