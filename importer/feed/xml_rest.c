/* The rest of a document that was stopped by a fault. */
#include "feed/xml_rest.h"

#include "base/utf8.h"
#include "feed/xml_error.h"

#include <stdlib.h>
#include <string.h>

void xml_rest_release(struct xml_rest *rest)
{
	free(rest->text);
	*rest = (struct xml_rest){.is_known = false};
}

/* -1: in the midst of what cannot be taken up again. */
static int section_of(xmlParserInputState state)
{
	switch (state) {
	case XML_PARSER_CDATA_SECTION:
		return LENIENT_CDATA;
	case XML_PARSER_COMMENT:
		return LENIENT_COMMENT;
	case XML_PARSER_PI:
		return LENIENT_INSTRUCTION;
	case XML_PARSER_START:
	case XML_PARSER_MISC:
	case XML_PARSER_PROLOG:
	case XML_PARSER_EPILOG:
	case XML_PARSER_START_TAG:
	case XML_PARSER_END_TAG:
	case XML_PARSER_CONTENT:
	case XML_PARSER_ATTRIBUTE_VALUE:
		return LENIENT_CONTENT;
	default:
		return -1;
	}
}

/* The place told is where what is at fault begins. */
static void move_back(struct error *err, const struct _xmlParserInput *input, int code, const xmlChar *fault)
{
	const xmlChar *tag = memrchr(input->base, '<', (size_t)(input->cur - input->base));

	if (code == XML_ERR_RESERVED_XML_NAME && tag != NULL)
		fault = tag;
	const struct slice between = slice_make((const char *)fault, (size_t)(input->cur - fault));

	if (err->byte >= (int64_t)between.size)
		err->byte -= (int64_t)between.size;
	if (err->column > (int64_t)utf8_length(between))
		err->column -= (int64_t)utf8_length(between);
}

void xml_rest_keep(struct xml_rest *rest, xmlParserCtxtPtr parser, int code, struct error *err)
{
	const struct _xmlParserInput *input = parser->input;
	const int section = section_of(parser->instate);
	const xmlChar *reference;
	const xmlChar *fault;

	if (rest->is_known || section < 0 || !xml_error_is_of_next(code) || input == NULL || input->buf == NULL)
		return;
	reference = xml_error_reference(parser, code);
	fault = reference ? reference : input->cur;
	move_back(err, input, code, fault);
	*rest = (struct xml_rest){
		.is_reference = reference != NULL,
		.is_late_declaration = code == XML_ERR_RESERVED_XML_NAME,
		.section = (enum lenient_section)section,
		.size = (size_t)(input->end - fault),
	};
	rest->text = malloc(rest->size + 1);
	if (rest->text == NULL)
		return;
	memcpy(rest->text, fault, rest->size);
	rest->is_known = true;
}
