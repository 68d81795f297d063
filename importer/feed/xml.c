/*
 * libxml2's push parser, bound.
 *
 * Its callbacks are void and it goes on after an error of ours, so the first
 * failure is kept, the parser is stopped, and every callback asks whether
 * there was one.
 */
#include "feed/xml.h"

#include "feed/entity.h"
#include "feed/name_cache.h"
#include "feed/recorder.h"
#include "feed/xml_error.h"

#include <libxml/dict.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define OFFSET_NONE UINT64_MAX

/* Attribute defaults of a definition: libxml2 compares each with each at every start tag. */
#define ATTRIBUTE_DEFAULTS_MAX 100

_Static_assert(LIMIT_XML_SILENT_BYTES == 1 << 20, "a text of this file names the limit");

struct xml_reader {
	xmlParserCtxtPtr parser;
	struct recorder *recorder;
	struct feed_summary *summary;
	struct name_cache names;
	struct record_attribute attributes[LIMIT_XML_ATTRIBUTES]; /* of the start tag at hand */
	uint32_t declared_spaces[LIMIT_XML_NAMESPACES];
	int parameter_entities; /* declared so far */
	xmlEntity entity;       /* the answer to the parser's last question for one */
	xmlChar entity_text[sizeof(((struct entity *)NULL)->text)];
	uint64_t carriage_return; /* offset behind a CR at the end of a piece of a CDATA section */
	const char *encoding_claim;
	struct error *err; /* of the call that is going on */
	struct xml_places places;
	struct xml_rest rest;
	int attribute_defaults;
	bool failed;
	bool at_end; /* the input has ended */
};

/* A start tag as libxml2 tells it. */
struct start_tag {
	const xmlChar *local;
	const xmlChar *space;
	const xmlChar **namespaces; /* pairs of prefix and URI */
	size_t namespace_count;
	const xmlChar **attributes; /* five pointers each */
	size_t attribute_count;
};

static uint64_t position(const struct xml_reader *reader)
{
	const struct _xmlParserInput *input = reader->parser->input;

	return (uint64_t)input->consumed + (uint64_t)(input->cur - input->base);
}

static void stop(struct xml_reader *reader)
{
	reader->failed = true;
	xmlStopParser(reader->parser);
}

/* A failure of our own: its place, and no further callbacks. */
static void fail(struct xml_reader *reader)
{
	xml_error_locate(reader->err, reader->parser);
	stop(reader);
}

/* --- elements --- */

/* Most names have no namespace. */
static inline int find_name(struct xml_reader *reader, const xmlChar *name, uint32_t *ret_id)
{
	*ret_id = NAME_NONE;
	return name == NULL ? 0 : name_cache_find(&reader->names, name, ret_id, reader->err);
}

static int read_root(struct xml_reader *reader, const struct start_tag *tag, const struct recorder_element *element)
{
	struct feed_root root = {
		.local = element->node.local, .space = element->node.space, .declared_spaces = reader->declared_spaces};

	for (size_t i = 0; i < tag->namespace_count; i++) {
		const xmlChar *uri = tag->namespaces[2 * i + 1];

		if (uri == NULL || *uri == '\0')
			continue;
		if (name_cache_find(&reader->names, uri, &reader->declared_spaces[root.declared_space_count], reader->err) < 0)
			return -1;
		root.declared_space_count++;
	}
	return recorder_root(reader->recorder, &root, reader->err);
}

static int read_attributes(struct xml_reader *reader, const struct start_tag *tag)
{
	for (size_t i = 0; i < tag->attribute_count; i++) {
		const xmlChar **attribute = tag->attributes + 5 * i;
		struct record_attribute *read = &reader->attributes[i];

		if (find_name(reader, attribute[0], &read->local) < 0 || find_name(reader, attribute[2], &read->space) < 0)
			return -1;
		read->value = slice_make((const char *)attribute[3], (size_t)(attribute[4] - attribute[3]));
	}
	return 0;
}

static int find_original(struct xml_reader *reader, uint64_t offset, uint64_t *ret_offset)
{
	*ret_offset = offset;
	return reader->places.original ? reader->places.original(reader->places.context, offset, ret_offset, reader->err) : 0;
}

/* What ends before `end` ends behind its last byte. */
static int find_original_end(struct xml_reader *reader, uint64_t end, uint64_t *ret_end)
{
	if (find_original(reader, end - 1, ret_end) < 0)
		return -1;
	++*ret_end;
	return 0;
}

/*
 * The parser stands at the '>' or '/>' of the tag, all of which is still in
 * its buffer. No '<' can stand in a well-formed tag but the first.
 */
static int place_tag(struct xml_reader *reader, struct recorder_element *element)
{
	const struct _xmlParserInput *input = reader->parser->input;
	const xmlChar *start = memrchr(input->base, '<', (size_t)(input->cur - input->base));
	const size_t before_end = start ? (size_t)(input->cur - start) : 0;
	const uint64_t end = position(reader) + (*input->cur == '/' ? 2 : 1);

	if (find_original(reader, position(reader) - before_end, &element->node.offset) < 0 ||
	    find_original_end(reader, end, &element->size) < 0)
		return -1;
	element->size -= element->node.offset;
	return 0;
}

static int read_start_tag(struct xml_reader *reader, const struct start_tag *tag)
{
	struct recorder_element element = {.attributes = reader->attributes, .attribute_count = tag->attribute_count};

	if (tag->attribute_count > LIMIT_XML_ATTRIBUTES)
		return error_set(reader->err, ERROR_LIMIT, "element '%s' has more than %d attributes", (const char *)tag->local,
		                 LIMIT_XML_ATTRIBUTES);
	if (tag->namespace_count > LIMIT_XML_NAMESPACES)
		return error_set(reader->err, ERROR_LIMIT, "element '%s' declares more than %d namespaces",
		                 (const char *)tag->local, LIMIT_XML_NAMESPACES);
	if (find_name(reader, tag->local, &element.node.local) < 0 || find_name(reader, tag->space, &element.node.space) < 0 ||
	    read_attributes(reader, tag) < 0)
		return -1;
	if (reader->recorder->depth == 0 && read_root(reader, tag, &element) < 0)
		return -1;
	if (recorder_wants_place(reader->recorder) && place_tag(reader, &element) < 0)
		return -1;
	return recorder_start(reader->recorder, &element, reader->err);
}

/* Attributes that a document type definition gives by default stand at the end and are left out: no definition is applied. */
static void on_start_element(void *context, const xmlChar *local, const xmlChar *prefix, const xmlChar *space, int namespace_count,
                             const xmlChar **namespaces, int attribute_count, int defaulted_count, const xmlChar **attributes)
{
	struct xml_reader *reader = context;
	const struct start_tag tag = {
		.local = local,
		.space = space,
		.namespaces = namespaces,
		.namespace_count = (size_t)namespace_count,
		.attributes = attributes,
		.attribute_count = (size_t)(attribute_count - defaulted_count),
	};

	(void)prefix;
	if (reader->failed)
		stop(reader);
	else if (read_start_tag(reader, &tag) < 0)
		fail(reader);
}

static void on_end_element(void *context, const xmlChar *local, const xmlChar *prefix, const xmlChar *space)
{
	struct xml_reader *reader = context;
	uint64_t end;

	(void)local;
	(void)prefix;
	(void)space;
	if (reader->failed)
		return;
	if (find_original_end(reader, position(reader), &end) < 0 || recorder_end(reader->recorder, end, reader->err) < 0)
		fail(reader);
}

/* --- text --- */

static void on_text(void *context, const xmlChar *data, int size)
{
	struct xml_reader *reader = context;

	if (!reader->failed && recorder_text(reader->recorder, slice_make((const char *)data, (size_t)size), reader->err) < 0)
		fail(reader);
}

static bool add_text(struct xml_reader *reader, const char *data, size_t size)
{
	return recorder_text(reader->recorder, slice_make(data, size), reader->err) == 0;
}

/* As libxml2 leaves them alone in CDATA sections: CR LF and CR become LF. A pair may be cut by the end of a piece. */
static bool add_lines(struct xml_reader *reader, const char *data, size_t size)
{
	const uint64_t start = position(reader);
	const char *end = data + size;
	const char *line_end;

	if (size > 0 && data[0] == '\n' && reader->carriage_return == start)
		data++;
	reader->carriage_return = OFFSET_NONE;
	while (data < end && (line_end = memchr(data, '\r', (size_t)(end - data))) != NULL) {
		if (!add_text(reader, data, (size_t)(line_end - data)) || !add_text(reader, "\n", 1))
			return false;
		data = line_end + 1;
		if (data == end)
			reader->carriage_return = start + size;
		else if (*data == '\n')
			data++;
	}
	return add_text(reader, data, (size_t)(end - data));
}

static void on_cdata(void *context, const xmlChar *data, int size)
{
	struct xml_reader *reader = context;

	if (!reader->failed && reader->recorder->record_depth > 0 && !add_lines(reader, (const char *)data, (size_t)size))
		fail(reader);
}

/* --- definitions and entities --- */

static void on_attribute_declaration(void *context, const xmlChar *element, const xmlChar *attribute, int type, int mode,
                                     const xmlChar *value, xmlEnumerationPtr values)
{
	struct xml_reader *reader = context;

	(void)attribute;
	(void)type;
	(void)mode;
	xmlFreeEnumeration(values);
	if (reader->failed || value == NULL || ++reader->attribute_defaults <= ATTRIBUTE_DEFAULTS_MAX)
		return;
	error_set(reader->err, ERROR_LIMIT, "the feed declares more than %d attribute defaults, the last for '%s'",
	          ATTRIBUTE_DEFAULTS_MAX, (const char *)element);
	fail(reader);
}

/*
 * The entity of HTML called `name`. In text libxml2 takes the content of a
 * predefined entity as it is. In an attribute value it would take the first
 * byte only, but leaves the reference to another kind standing, and
 * builder_add_attribute() resolves it.
 */
static xmlEntityPtr on_entity(void *context, const xmlChar *name)
{
	struct xml_reader *reader = context;
	const bool in_attribute = reader->parser->instate == XML_PARSER_ATTRIBUTE_VALUE;
	const struct entity *known;

	if (reader->failed)
		return NULL;
	known = entity_find(slice_from((const char *)name));
	if (known == NULL) {
		error_set(reader->err, ERROR_FEED, "entity '&%s;' is not known", (const char *)name);
		xml_error_locate(reader->err, reader->parser);
		xml_rest_keep(&reader->rest, reader->parser, XML_ERR_UNDECLARED_ENTITY, reader->err);
		stop(reader);
		return NULL;
	}
	memcpy(reader->entity_text, known->text, sizeof(reader->entity_text));
	reader->entity = (xmlEntity){
		.type = XML_ENTITY_DECL,
		.name = name,
		.content = in_attribute ? NULL : reader->entity_text,
		.length = in_attribute ? 0 : (int)strlen(known->text),
		.etype = in_attribute ? XML_INTERNAL_GENERAL_ENTITY : XML_INTERNAL_PREDEFINED_ENTITY,
		.checked = 2, /* has been looked into, and holds no '<' */
	};
	return &reader->entity;
}

static void refuse_declaration(struct xml_reader *reader, const xmlChar *name)
{
	if (reader->failed)
		return;
	error_set(reader->err, ERROR_FEED, "the feed declares the entity '%s'; entity declarations are refused",
	          (const char *)name);
	fail(reader);
}

/*
 * BMEcat opens its content models with parameter entities. One with a value is passed over, and as nobody keeps it, it stands for
 * nothing; all other declarations are refused.
 */
static void on_entity_declaration(void *context, const xmlChar *name, int type, const xmlChar *public_id, const xmlChar *system_id,
                                  xmlChar *content)
{
	struct xml_reader *reader = context;

	(void)public_id;
	(void)system_id;
	(void)content;
	if (type != XML_INTERNAL_PARAMETER_ENTITY) {
		refuse_declaration(context, name);
	} else if (++reader->parameter_entities > LIMIT_XML_PARAMETER_ENTITIES && !reader->failed) {
		error_set(reader->err, ERROR_LIMIT, "the feed declares more than %d parameter entities, the last '%s'",
		          LIMIT_XML_PARAMETER_ENTITIES, (const char *)name);
		fail(reader);
	}
	/* Without a document libxml2 would now make one to keep the entity in. */
	if (reader->parser->myDoc == NULL)
		reader->parser->myDoc = xmlNewDoc(BAD_CAST XML_DEFAULT_VERSION);
}

static void on_unparsed_entity_declaration(void *context, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id,
                                           const xmlChar *notation)
{
	(void)public_id;
	(void)system_id;
	(void)notation;
	refuse_declaration(context, name);
}

/* --- errors --- */

/* Only noted here: stopping the parser in the midst of an error is not safe. It stops itself after a fatal one. */
static void on_error(void *context, xmlErrorPtr error)
{
	struct xml_reader *reader = context;
	const struct xml_fault fault = {
		.parser = reader->parser,
		.error = error,
		.encoding_claim = reader->encoding_claim,
		.at_end = reader->at_end,
		.root_closed = reader->recorder->root_closed,
	};

	if (reader->failed || !xml_error_is_fatal(error))
		return;
	reader->failed = true;
	xml_error_set(reader->err, &fault);
	if (error->code != XML_ERR_NO_MEMORY && !xml_error_is_cut_short(&fault))
		xml_rest_keep(&reader->rest, reader->parser, error->code, reader->err);
}

/* libxml2 says some things to no parser in particular, and would print them. */
static void ignore_message(void *context, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void ignore_message(void *context, const char *format, ...)
{
	(void)context;
	(void)format;
}

static xmlParserInputPtr refuse_external(const char *url, const char *id, xmlParserCtxtPtr parser)
{
	(void)url;
	(void)id;
	(void)parser;
	return NULL;
}

/* --- life --- */

static const xmlSAXHandler handler = {
	.initialized = XML_SAX2_MAGIC,
	.startElementNs = on_start_element,
	.endElementNs = on_end_element,
	.characters = on_text,
	.ignorableWhitespace = on_text,
	.cdataBlock = on_cdata,
	.getEntity = on_entity,
	.attributeDecl = on_attribute_declaration,
	.entityDecl = on_entity_declaration,
	.unparsedEntityDecl = on_unparsed_entity_declaration,
	.serror = on_error,
};

static void free_reader(void *context)
{
	struct xml_reader *reader = context;

	if (reader->parser->myDoc != NULL)
		xmlFreeDoc(reader->parser->myDoc);
	xmlFreeParserCtxt(reader->parser);
	/* A copy of the last error is kept for the whole thread. */
	xmlResetLastError();
	xml_rest_release(&reader->rest);
	name_cache_release(&reader->names);
	free(reader);
}

/* What the parser returned without having told the error handler: it could not enlarge its buffer. */
static int set_unexplained(struct xml_reader *reader, int result)
{
	if (result == XML_PARSER_EOF || result == XML_ERR_NO_MEMORY)
		return error_set_memory(reader->err);
	return error_set(reader->err, ERROR_FEED, "not well-formed XML (libxml2 error %d)", result);
}

static int parse(struct xml_reader *reader, struct slice text)
{
	const int result = xmlParseChunk(reader->parser, text.data, (int)text.size, reader->at_end);

	if (reader->failed)
		return -1;
	return result == 0 ? 0 : set_unexplained(reader, result);
}

/* Limits that no callback sees: a token that does not end, and names in what callbacks are not told of. */
static int check_limits(struct xml_reader *reader)
{
	const struct _xmlParserInput *input = reader->parser->input;

	if (input->end - input->cur > LIMIT_XML_SILENT_BYTES) {
		error_set(reader->err, ERROR_LIMIT, "a tag, comment or CDATA section is longer than 1 MiB at byte %llu",
		          (unsigned long long)position(reader));
		return xml_error_locate(reader->err, reader->parser);
	}
	if (xmlDictSize(reader->parser->dict) > LIMIT_NAMES) {
		error_set(reader->err, ERROR_LIMIT, "the feed has more than %d different names", LIMIT_NAMES);
		return xml_error_locate(reader->err, reader->parser);
	}
	return 0;
}

static int push(void *context, struct slice text, struct error *err)
{
	struct xml_reader *reader = context;

	reader->err = err;
	if (text.size == 0)
		return 0;
	if (text.size > INT_MAX)
		return error_set(err, ERROR_LIMIT, "a piece of %zu bytes is too large for the parser", text.size);
	if (parse(reader, text) < 0)
		return -1;
	return check_limits(reader);
}

static int finish(void *context, struct error *err)
{
	struct xml_reader *reader = context;

	reader->err = err;
	reader->at_end = true;
	if (parse(reader, slice_make("", 0)) < 0)
		return -1;
	if (!reader->recorder->root_closed)
		return error_set(err, ERROR_FEED, "the feed ends before its root element is closed");
	reader->summary->is_whole = true;
	return 0;
}

void xml_prepare(void)
{
	xmlInitParser();
	xmlSetExternalEntityLoader(refuse_external);
	xmlSetGenericErrorFunc(NULL, ignore_message);
}

int xml_reader_new(const struct reader_setup *setup, struct feed_reader *ret_reader, struct error *err)
{
	xmlSAXHandler sax = handler;
	struct xml_reader *reader;

	xml_prepare();
	reader = calloc(1, sizeof(*reader));
	if (reader == NULL)
		goto out_of_memory;
	*reader = (struct xml_reader){
		.recorder = setup->recorder,
		.summary = setup->summary,
		.names = {.names = setup->recorder->names},
		.carriage_return = OFFSET_NONE,
		.encoding_claim = setup->encoding_claim,
		.err = err,
	};
	reader->parser = xmlCreatePushParserCtxt(&sax, reader, NULL, 0, NULL);
	if (reader->parser == NULL)
		goto out_of_memory;
	xmlCtxtUseOptions(reader->parser, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
	/* It is UTF-8, whatever its first bytes look like: else libxml2 would guess. */
	reader->parser->charset = XML_CHAR_ENCODING_UTF8;
	*ret_reader = (struct feed_reader){.context = reader, .push = push, .finish = finish, .free = free_reader};
	return 0;

out_of_memory:
	xmlResetLastError();
	free(reader);
	return error_set_memory(err);
}

void xml_reader_set_places(struct feed_reader reader, struct xml_places places)
{
	struct xml_reader *xml = reader.context;

	xml->places = places;
}

uint64_t xml_reader_position(struct feed_reader reader)
{
	return position(reader.context);
}

const struct xml_rest *xml_reader_rest(struct feed_reader reader)
{
	const struct xml_reader *xml = reader.context;

	return &xml->rest;
}
