/* libxml2's complaints in our words. */
#include "feed/xml_error.h"

#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

bool xml_error_is_fatal(const xmlError *error)
{
	if (error->domain == XML_FROM_NAMESPACE)
		return error->code == XML_NS_ERR_UNDEFINED_NAMESPACE || error->code == XML_NS_ERR_ATTRIBUTE_REDEFINED ||
		       error->code == XML_NS_ERR_XML_NAMESPACE;
	return error->level == XML_ERR_FATAL;
}

/* The parser has thrown its input away once it was stopped. */
static bool has_input(xmlParserCtxtPtr parser)
{
	return parser->input != NULL && parser->input->buf != NULL;
}

int xml_error_locate(struct error *err, xmlParserCtxtPtr parser)
{
	if (has_input(parser))
		error_locate(err, parser->input->line, parser->input->col, xmlByteConsumed(parser));
	return -1;
}

static struct slice rest_of_input(xmlParserCtxtPtr parser)
{
	if (!has_input(parser))
		return slice_make(NULL, 0);
	return slice_make((const char *)parser->input->cur, (size_t)(parser->input->end - parser->input->cur));
}

static const char *text_or(const char *text, const char *otherwise)
{
	return text ? text : otherwise;
}

/* The input ended where more was to come: what is left of it does not even end a tag. */
bool xml_error_is_cut_short(const struct xml_fault *fault)
{
	const struct slice rest = rest_of_input(fault->parser);

	if (!fault->at_end || fault->root_closed)
		return false;
	return fault->error->code == XML_ERR_DOCUMENT_END || rest.size == 0 || memchr(rest.data, '>', rest.size) == NULL;
}

bool xml_error_is_of_next(int code)
{
	switch (code) {
	case XML_ERR_TAG_NAME_MISMATCH:
	case XML_ERR_ATTRIBUTE_REDEFINED:
	case XML_NS_ERR_ATTRIBUTE_REDEFINED:
	case XML_NS_ERR_UNDEFINED_NAMESPACE:
	case XML_NS_ERR_XML_NAMESPACE:
		return false;
	default:
		return true;
	}
}

/* '#31;' or '#x1F;', the rest of a reference. */
static bool is_character_reference(struct slice rest)
{
	if (rest.size < 3 || rest.data[0] != '#' || rest.data[rest.size - 1] != ';')
		return false;
	for (size_t i = 1; i < rest.size - 1; i++) {
		if (strchr("0123456789ABCDEFabcdefx", rest.data[i]) == NULL)
			return false;
	}
	return true;
}

const xmlChar *xml_error_reference(xmlParserCtxtPtr parser, int code)
{
	const struct _xmlParserInput *input = parser->input;
	const xmlChar *start = has_input(parser) ? memrchr(input->base, '&', (size_t)(input->cur - input->base)) : NULL;

	if (start == NULL)
		return NULL;
	const struct slice read = slice_make((const char *)start + 1, (size_t)(input->cur - start) - 1);
	switch (code) {
	case XML_ERR_INVALID_CHAR: /* told of characters too that are no references */
		return is_character_reference(read) ? start : NULL;
	case XML_ERR_NAME_REQUIRED: /* told of tags too */
		return read.size == 0 ? start : NULL;
	case XML_ERR_ENTITYREF_SEMICOL_MISSING:
	case XML_ERR_UNDECLARED_ENTITY:
	case XML_ERR_INVALID_CHARREF:
	case XML_ERR_INVALID_DEC_CHARREF:
	case XML_ERR_INVALID_HEX_CHARREF:
		return start;
	default:
		return NULL;
	}
}

static int set_cut_short(struct error *err, const struct xml_fault *fault)
{
	if (fault->parser->name == NULL)
		return error_set(err, ERROR_FEED, "the feed ends before its root element (cut short?)");
	return error_set(err, ERROR_FEED, "the feed ends inside element '%s' (cut short?)", (const char *)fault->parser->name);
}

/* Does the parser stand before a character that is none, or none that XML knows? */
static bool is_bad_character(const struct xml_fault *fault)
{
	const struct slice rest = rest_of_input(fault->parser);
	size_t size;

	if (rest.size == 0)
		return false;
	if ((unsigned char)rest.data[0] < ' ')
		return rest.data[0] == '\0' || strchr("\t\r\n", rest.data[0]) == NULL;
	const uint32_t code_point = utf8_decode(rest, &size);

	return (code_point == 0xFFFD && size == 1) || code_point == 0xFFFE || code_point == 0xFFFF;
}

static int set_bad_character(struct error *err, const struct xml_fault *fault)
{
	const struct slice rest = rest_of_input(fault->parser);
	size_t size;
	const uint32_t code_point = utf8_decode(rest, &size);

	if (code_point != 0xFFFD)
		return error_set(err, ERROR_FEED, "character U+%04X is not allowed in XML", (unsigned)code_point);
	return error_set(err, ERROR_FEED, "byte 0x%02X is not valid UTF-8, although %s; is it windows-1251 or the like?",
	                 (unsigned)(unsigned char)rest.data[0], fault->encoding_claim);
}

/* libxml2's own text, which ends in a line break and may begin with a capital letter or the name of one of its functions. */
static int set_text(struct error *err, const xmlError *error)
{
	char text[256];
	size_t size;

	snprintf(text, sizeof(text), "%s", text_or(error->message, "unknown fault"));
	size = strcspn(text, "\n");
	while (size > 0 && (text[size - 1] == ' ' || text[size - 1] == '!'))
		size--;
	if (text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a' && text[1] <= 'z')
		text[0] = (char)(text[0] - 'A' + 'a');
	return error_set(err, ERROR_FEED, "not well-formed XML: %.*s", (int)size, text);
}

static int set_meaning(struct error *err, const struct xml_fault *fault)
{
	const xmlError *error = fault->error;
	const char *first = text_or(error->str1, "?");

	switch (error->code) {
	case XML_ERR_TAG_NAME_MISMATCH:
		return error_set(err, ERROR_FEED, "element '%s' of line %d is ended by '</%s>'", first, error->int1,
		                 text_or(error->str2, "?"));
	case XML_ERR_ATTRIBUTE_REDEFINED:
		if (error->str2 != NULL)
			return error_set(err, ERROR_FEED, "attribute '%s:%s' is given twice in one tag", first, error->str2);
		return error_set(err, ERROR_FEED, "attribute '%s' is given twice in one tag", first);
	case XML_NS_ERR_ATTRIBUTE_REDEFINED:
		return error_set(err, ERROR_FEED, "attribute '%s' is given twice in one tag", first);
	case XML_NS_ERR_UNDEFINED_NAMESPACE:
		return error_set(err, ERROR_FEED, "prefix '%s' is not declared", first);
	case XML_ERR_ENTITYREF_SEMICOL_MISSING:
		return error_set(err, ERROR_FEED, "a '&' begins no entity (it should be written '&amp;')");
	case XML_ERR_NAME_REQUIRED:
		if (error->message && strstr(error->message, "EntityRef") != NULL)
			return error_set(err, ERROR_FEED, "a '&' begins no entity (it should be written '&amp;')");
		break;
	case XML_ERR_INVALID_CHAR:
		return error_set(err, ERROR_FEED, "a reference to character U+%04X, which is not allowed in XML",
		                 (unsigned)error->int1);
	case XML_ERR_LT_IN_ATTRIBUTE:
		return error_set(err, ERROR_FEED, "a '<' inside an attribute value (it should be written '&lt;')");
	case XML_ERR_RESERVED_XML_NAME:
		return error_set(err, ERROR_FEED, "the XML declaration does not stand at the start of the feed");
	case XML_ERR_DOCUMENT_EMPTY:
		return error_set(err, ERROR_FEED, "text stands before the root element");
	case XML_ERR_DOCUMENT_END:
		if (fault->root_closed)
			return error_set(err, ERROR_FEED, "more follows behind the end of the root element");
		break;
	default:
		break;
	}
	return set_text(err, error);
}

int xml_error_set(struct error *err, const struct xml_fault *fault)
{
	if (fault->error->code == XML_ERR_NO_MEMORY)
		return error_set_memory(err);
	if (xml_error_is_cut_short(fault))
		set_cut_short(err, fault);
	else if (xml_error_is_of_next(fault->error->code) && is_bad_character(fault) &&
	         xml_error_reference(fault->parser, fault->error->code) == NULL)
		set_bad_character(err, fault);
	else
		set_meaning(err, fault);
	err->source = ERROR_FROM_XML;
	err->number = fault->error->code;
	return xml_error_locate(err, fault->parser);
}
