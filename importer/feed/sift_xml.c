/*
 * XML by its tags: outside of records each, inside of one only what may be its
 * end. What stands in comments, CDATA sections, instructions and quotes is
 * passed over. In well-formed XML no '<' stands in a value, so inside of a
 * record no tag has to be read to its end but those of its own name.
 */
#include "feed/sift_core.h"
#include "feed/sift_scan.h"
#include "feed/sift_xml_element.h"

#include <stdlib.h>
#include <string.h>

#define TAG_BYTES_MAX ((size_t)LIMIT_XML_SILENT_BYTES)

enum place {
	PLACE_TEXT,    /* between elements, where records may stand */
	PLACE_CONTENT, /* of a record, or of an element that is passed over */
	PLACE_MARKUP,  /* at a '<' */
	PLACE_START_TAG,
	PLACE_END_TAG,
	PLACE_COMMENT,
	PLACE_CDATA,
	PLACE_INSTRUCTION,
	PLACE_DOCTYPE,
	PLACE_BEHIND_DOCTYPE,
	PLACE_DONE, /* no record can follow */
};

/* What the element is whose end is looked for. */
enum role {
	ROLE_NONE,
	ROLE_RECORD, /* held back */
	ROLE_TOLD,   /* a record that is passed */
	ROLE_SKIPPED,
};

enum step { STEP_MORE, STEP_ON };

struct xml_scanner {
	enum place place;
	enum role role;
	size_t start;  /* of the record held back */
	size_t markup; /* the '<' of what is being read */
	char quote;    /* in a tag or definition: of the value being read */
	size_t nesting;
	bool has_root;
	bool has_text;                   /* between the last markup and here is more than white space */
	bool is_behind_dropped;          /* the white space here goes with a record */
	struct sift_xml_element element; /* that was begun last */
};

static struct slice rest_from(const struct sift *sift, size_t at)
{
	return slice_make(sift->data + at, sift->size - at);
}

static size_t place_of(const struct sift *sift, const char *found)
{
	return (size_t)(found - sift->data);
}

/* --- elements --- */

/* The element, told or skipped, or a record of which nothing is settled, has ended before `end`. */
static int end_element(struct sift *sift, struct xml_scanner *xml, size_t end, struct error *err)
{
	bool is_dropped = false;

	if (xml->role == ROLE_RECORD && end - xml->start > LIMIT_RECORD_BYTES) {
		if (sift_tell_other_record(sift, xml->start, err) < 0)
			return -1;
	} else if (xml->role == ROLE_RECORD) {
		if (sift_tell_record(sift, &xml->element.match, xml->start, end, &is_dropped, err) < 0 ||
		    (is_dropped && sift_drop(sift, xml->start, end, err) < 0))
			return -1;
	}
	sift->is_dirty |= xml->role == ROLE_SKIPPED;
	xml->is_behind_dropped = is_dropped;
	xml->has_text = false;
	xml->role = ROLE_NONE;
	xml->place = PLACE_TEXT;
	sift->at = end;
	return STEP_ON;
}

/* One whose end is looked for. It begins at xml->markup; its start tag ends before `end`. */
static int begin_element(struct sift *sift, struct xml_scanner *xml, size_t end, bool is_empty, struct error *err)
{
	xml->role = ROLE_SKIPPED;
	sift_keep(sift, xml->markup);
	if (xml->element.match.may_drop && !xml->has_text) {
		xml->role = ROLE_RECORD;
		xml->start = xml->markup;
	} else if (xml->element.match.is_record) {
		xml->role = ROLE_TOLD;
		if (sift_tell_other_record(sift, xml->markup, err) < 0)
			return -1;
	}
	if (is_empty)
		return end_element(sift, xml, end, err);
	xml->nesting = 1;
	xml->place = PLACE_CONTENT;
	sift->at = end;
	return STEP_ON;
}

/* The innermost element that records may stand in has ended. */
static int close_path(struct sift *sift, struct xml_scanner *xml, size_t end)
{
	sift_xml_path_close(sift, &xml->element);
	xml->has_text = false;
	xml->is_behind_dropped = false;
	xml->place = sift->path.depth > 0 ? PLACE_TEXT : PLACE_DONE;
	sift->at = end;
	return STEP_ON;
}

/* --- start tags where records may stand --- */

static int open_root(struct sift *sift, struct xml_scanner *xml, struct slice tag, bool is_empty, struct error *err)
{
	const size_t end = xml->markup + tag.size;

	xml->has_root = true;
	xml->place = PLACE_DONE;
	sift->at = end;
	sift_keep(sift, end);
	if (sift_ask_selection(sift, err) < 0)
		return -1;
	if (sift_is_blind(sift))
		return STEP_ON;
	sift_xml_element_match(sift, &xml->element, tag, is_empty);
	if (sift_is_blind(sift))
		return STEP_ON;
	if (xml->element.match.is_record && sift_tell_other_record(sift, xml->markup, err) < 0)
		return -1;
	if (xml->element.match.match != SELECTION_PASSED || is_empty)
		return STEP_ON;
	sift->path.depth = 1;
	xml->place = PLACE_TEXT;
	return STEP_ON;
}

/* The tag at xml->markup ends before `end`; it stands where records may. */
static int open_element(struct sift *sift, struct xml_scanner *xml, size_t end, bool is_empty, struct error *err)
{
	const struct slice tag = slice_make(sift->data + xml->markup, end - xml->markup);

	if (!xml->has_root)
		return open_root(sift, xml, tag, is_empty, err);
	sift_xml_element_match(sift, &xml->element, tag, is_empty);
	if (sift_is_blind(sift))
		return STEP_ON;
	if (xml->element.match.match != SELECTION_PASSED)
		return begin_element(sift, xml, end, is_empty, err);
	sift->path.depth += !is_empty;
	sift->is_dirty = true;
	xml->has_text = false;
	xml->place = PLACE_TEXT;
	sift->at = end;
	return STEP_ON;
}

/* --- tags --- */

static int wait_for_tag(struct sift *sift, const struct xml_scanner *xml)
{
	sift->at = sift->size;
	if (sift->size - xml->markup > TAG_BYTES_MAX)
		return sift_go_blind(sift, SIFT_BLIND_SIZE);
	return STEP_MORE;
}

/* The '>' of a tag, outside of values; NULL where it is not there yet. */
static const char *find_tag_end(struct sift *sift, struct xml_scanner *xml)
{
	const char *end = sift->data + sift->size;
	const char *at = sift->data + sift->at;

	for (;;) {
		if (xml->quote != '\0') {
			at = memchr(at, xml->quote, (size_t)(end - at));
			if (at == NULL)
				return NULL;
			at++;
			xml->quote = '\0';
		}
		at = sift_find_any(at, end, '>', '"', '\'');
		if (at == end)
			return NULL;
		if (*at == '>')
			return at;
		xml->quote = *at++;
	}
}

static int read_start_tag(struct sift *sift, struct xml_scanner *xml, struct error *err)
{
	const char *found = find_tag_end(sift, xml);
	size_t end;
	bool is_empty;

	if (found == NULL)
		return wait_for_tag(sift, xml);
	end = place_of(sift, found) + 1;
	is_empty = found[-1] == '/';
	if (end - xml->markup > TAG_BYTES_MAX)
		return sift_go_blind(sift, SIFT_BLIND_SIZE);
	if (xml->role == ROLE_NONE)
		return open_element(sift, xml, end, is_empty, err);
	xml->nesting += !is_empty;
	xml->place = PLACE_CONTENT;
	sift->at = end;
	return STEP_ON;
}

static int read_end_tag(struct sift *sift, struct xml_scanner *xml, struct error *err)
{
	const struct slice rest = rest_from(sift, sift->at);
	const char *found = rest.size > 0 ? memchr(rest.data, '>', rest.size) : NULL;
	size_t end;

	if (found == NULL)
		return wait_for_tag(sift, xml);
	end = place_of(sift, found) + 1;
	if (xml->role == ROLE_NONE)
		return close_path(sift, xml, end);
	if (--xml->nesting == 0)
		return end_element(sift, xml, end, err);
	xml->place = PLACE_CONTENT;
	sift->at = end;
	return STEP_ON;
}

/* --- what begins with '<' --- */

static int begin_place(struct sift *sift, struct xml_scanner *xml, enum place place, size_t size)
{
	xml->quote = '\0';
	xml->place = place;
	sift->at = xml->markup + size;
	return STEP_ON;
}

/* '<!' begins one of three. */
static int read_declaration(struct sift *sift, struct xml_scanner *xml)
{
	static const struct {
		struct slice start;
		enum place place;
	} kinds[] = {
		{SLICE("<!--"), PLACE_COMMENT},
		{SLICE("<![CDATA["), PLACE_CDATA},
		{SLICE("<!DOCTYPE"), PLACE_DOCTYPE},
	};
	const struct slice rest = rest_from(sift, xml->markup);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct slice start = kinds[i].start;
		const size_t size = rest.size < start.size ? rest.size : start.size;
		const bool is_outside = sift->path.depth == 0;

		if (memcmp(rest.data, start.data, size) != 0)
			continue;
		if (size < start.size)
			return STEP_MORE;
		if (kinds[i].place != PLACE_COMMENT && is_outside != (kinds[i].place == PLACE_DOCTYPE))
			break;
		return begin_place(sift, xml, kinds[i].place, size);
	}
	return sift_go_blind(sift, SIFT_BLIND_GRAMMAR);
}

/* A tag inside of an element counts where it has its name. */
static int read_inner_tag(struct sift *sift, struct xml_scanner *xml)
{
	const bool is_end = sift->data[xml->markup + 1] == '/';
	const size_t name = xml->markup + (is_end ? 2 : 1);
	const struct slice rest = rest_from(sift, name);
	const size_t size = rest.size < xml->element.name_size ? rest.size : xml->element.name_size;

	if (memcmp(rest.data, xml->element.name, size) == 0) {
		if (rest.size <= xml->element.name_size)
			return STEP_MORE;
		if (sift_xml_ends_name(rest.data[xml->element.name_size]))
			return begin_place(sift, xml, is_end ? PLACE_END_TAG : PLACE_START_TAG,
			                   name + xml->element.name_size - xml->markup);
	}
	return begin_place(sift, xml, PLACE_CONTENT, name - xml->markup);
}

static int read_markup(struct sift *sift, struct xml_scanner *xml)
{
	sift->at = xml->markup;
	if (sift->size - xml->markup < 2)
		return STEP_MORE;
	switch (sift->data[xml->markup + 1]) {
	case '!':
		return read_declaration(sift, xml);
	case '?':
		return begin_place(sift, xml, PLACE_INSTRUCTION, 2);
	default:
		break;
	}
	if (xml->role != ROLE_NONE)
		return read_inner_tag(sift, xml);
	if (sift->data[xml->markup + 1] != '/')
		return begin_place(sift, xml, PLACE_START_TAG, 1);
	return sift->path.depth > 0 ? begin_place(sift, xml, PLACE_END_TAG, 2) : sift_go_blind(sift, SIFT_BLIND_GRAMMAR);
}

/* Of a comment, CDATA section or instruction; its last but one byte tells where it may be. */
static int read_until(struct sift *sift, struct xml_scanner *xml, const char *terminator)
{
	const size_t size = strlen(terminator);
	const char *at = sift->data + sift->at;
	const char *end = sift->data + sift->size;

	while ((size_t)(end - at) >= size && (at = memchr(at, terminator[0], (size_t)(end - at) - size + 1)) != NULL) {
		if (memcmp(at, terminator, size) == 0) {
			sift->at = place_of(sift, at) + size;
			xml->has_text = false;
			xml->place = xml->role == ROLE_NONE ? PLACE_TEXT : PLACE_CONTENT;
			return STEP_ON;
		}
		at++;
	}
	if (sift->size - sift->at >= size)
		sift->at = sift->size - size + 1;
	return STEP_MORE;
}

/* Of the document type only literals may hold a '>'; an internal subset may hold anything. */
static int read_doctype(struct sift *sift, struct xml_scanner *xml)
{
	while (sift->at < sift->size) {
		const char byte = sift->data[sift->at];

		if (xml->quote == '\0' && byte == '[')
			return sift_go_blind(sift, SIFT_BLIND_SUBSET);
		sift->at++;
		if (xml->quote == '\0' && byte == '>') {
			xml->place = PLACE_BEHIND_DOCTYPE;
			return STEP_ON;
		}
		if (xml->quote == '\0' && (byte == '"' || byte == '\''))
			xml->quote = byte;
		else if (byte == xml->quote)
			xml->quote = '\0';
	}
	return STEP_MORE;
}

/* --- between tags --- */

static int read_text(struct sift *sift, struct xml_scanner *xml, struct error *err)
{
	const size_t start = sift->at;
	const char *found;

	while (sift->at < sift->size && sift_xml_is_blank(sift->data[sift->at]))
		sift->at++;
	if (xml->is_behind_dropped && sift->at > start && sift_drop(sift, start, sift->at, err) < 0)
		return -1;
	if (sift->at == sift->size)
		return STEP_MORE;
	xml->is_behind_dropped = false;
	if (sift->data[sift->at] != '<') {
		if (sift->path.depth == 0)
			return sift_go_blind(sift, SIFT_BLIND_GRAMMAR);
		xml->has_text = true;
		found = memchr(sift->data + sift->at, '<', sift->size - sift->at);
		sift->at = found ? place_of(sift, found) : sift->size;
		if (found == NULL)
			return STEP_MORE;
	}
	xml->markup = sift->at;
	xml->place = PLACE_MARKUP;
	return STEP_ON;
}

static int read_content(struct sift *sift, struct xml_scanner *xml)
{
	const char *end = sift->data + sift->size;
	const char *found = sift_find_markup(sift->data + sift->at, end, xml->element.name[0]);

	sift->at = place_of(sift, found);
	if (found == end)
		return STEP_MORE;
	xml->markup = sift->at;
	xml->place = PLACE_MARKUP;
	return STEP_ON;
}

/* --- life --- */

static int step(struct sift *sift, struct xml_scanner *xml, struct error *err)
{
	switch (xml->place) {
	case PLACE_TEXT:
		return read_text(sift, xml, err);
	case PLACE_CONTENT:
		return read_content(sift, xml);
	case PLACE_MARKUP:
		return read_markup(sift, xml);
	case PLACE_START_TAG:
		return read_start_tag(sift, xml, err);
	case PLACE_END_TAG:
		return read_end_tag(sift, xml, err);
	case PLACE_COMMENT:
		return read_until(sift, xml, "-->");
	case PLACE_CDATA:
		return read_until(sift, xml, "]]>");
	case PLACE_INSTRUCTION:
		return read_until(sift, xml, "?>");
	case PLACE_DOCTYPE:
		return read_doctype(sift, xml);
	case PLACE_BEHIND_DOCTYPE:
		/* libxml2 takes a '[' even there for the start of a subset. */
		if (sift->at < sift->size && sift->data[sift->at] == '[')
			return sift_go_blind(sift, SIFT_BLIND_SUBSET);
		xml->place = sift->at < sift->size ? PLACE_TEXT : PLACE_BEHIND_DOCTYPE;
		return sift->at < sift->size ? STEP_ON : STEP_MORE;
	case PLACE_DONE:
		sift->at = sift->size;
		break;
	}
	return STEP_MORE;
}

/* What is undecided when the window ends: a record, or the start of markup. */
static int settle(struct sift *sift, struct xml_scanner *xml, struct error *err)
{
	const bool is_cut = xml->place == PLACE_MARKUP || xml->place == PLACE_START_TAG || xml->place == PLACE_END_TAG;

	if (xml->role == ROLE_RECORD && sift->size - xml->start > LIMIT_RECORD_BYTES) {
		xml->role = ROLE_TOLD;
		if (sift_tell_other_record(sift, xml->start, err) < 0)
			return -1;
	}
	if (xml->role != ROLE_RECORD)
		sift_keep(sift, is_cut ? xml->markup : sift->at);
	return 0;
}

static int scan(struct sift *sift, void *scanner, struct error *err)
{
	struct xml_scanner *xml = scanner;
	int result;

	do {
		result = step(sift, xml, err);
		if (result < 0)
			return -1;
	} while (result == STEP_ON && !sift_is_blind(sift));
	return sift_is_blind(sift) ? 0 : settle(sift, xml, err);
}

static void shift(void *scanner, size_t size)
{
	struct xml_scanner *xml = scanner;

	xml->start -= xml->role == ROLE_RECORD ? size : 0;
	xml->markup -= xml->markup >= size ? size : 0;
}

static void free_scanner(void *scanner)
{
	struct xml_scanner *xml = scanner;

	sift_xml_scope_release(&xml->element.scope);
	free(xml);
}

void *sift_xml_new(const struct sift_scanner_type **ret_type)
{
	static const struct sift_scanner_type type = {.scan = scan, .shift = shift, .free = free_scanner};
	struct xml_scanner *xml = calloc(1, sizeof(*xml));

	*ret_type = &type;
	if (xml != NULL)
		sift_xml_scope_init(&xml->element.scope);
	return xml;
}
