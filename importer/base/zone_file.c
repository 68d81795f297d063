/* TZif, the compiled form of a zone's history (RFC 8536). A broken or hostile file is refused; what is accepted is checked whole. */
#include "base/zone_parts.h"

#include <string.h>

#define HEADER_BYTES 44
#define VERSION_AT 4
#define COUNTS_AT 20 /* behind magic, version and fifteen unused bytes */
#define COUNT_BYTES 4
#define WIDE_TIME_BYTES 8 /* of the second block */
#define NARROW_TIME_BYTES 4
#define TYPE_BYTES 6
#define TYPES_MAX 256

struct header {
	char version;
	size_t ut_count;
	size_t standard_count;
	size_t leap_count;
	size_t transition_count;
	size_t type_count;
	size_t abbreviation_bytes;
};

static uint32_t read_u32(const char *data)
{
	const unsigned char *bytes = (const unsigned char *)data;
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static int64_t read_i64(const char *data)
{
	return (int64_t)((uint64_t)read_u32(data) << 32 | read_u32(data + 4));
}

static bool take(struct slice *rest, size_t size, const char **ret_data)
{
	if (rest->size < size)
		return false;
	*ret_data = rest->data;
	*rest = slice_make(rest->data + size, rest->size - size);
	return true;
}

static bool take_header(struct slice *rest, struct header *header)
{
	const char *data;
	if (!take(rest, HEADER_BYTES, &data) || memcmp(data, "TZif", 4) != 0)
		return false;
	size_t *const counts[] = {&header->ut_count,         &header->standard_count, &header->leap_count,
	                          &header->transition_count, &header->type_count,     &header->abbreviation_bytes};
	header->version = data[VERSION_AT];
	for (size_t index = 0; index < sizeof(counts) / sizeof(counts[0]); index++) {
		const uint32_t count = read_u32(data + COUNTS_AT + index * COUNT_BYTES);
		if (count > ZONE_FILE_BYTES)
			return false;
		*counts[index] = count;
	}
	return true;
}

/* The first block is for old readers. */
static bool skip_block(struct slice *rest, const struct header *header)
{
	const char *ignored;
	const size_t size = header->transition_count * (NARROW_TIME_BYTES + 1) + header->type_count * TYPE_BYTES +
	                    header->abbreviation_bytes + header->leap_count * (NARROW_TIME_BYTES + 4) + header->standard_count +
	                    header->ut_count;
	return take(rest, size, &ignored);
}

static bool read_transitions(struct slice *rest, const struct header *header, struct arena *arena, struct zone *zone)
{
	const size_t count = header->transition_count;
	const char *times;
	const char *indices;
	if (!take(rest, count * WIDE_TIME_BYTES, &times) || !take(rest, count, &indices))
		return false;
	int64_t *transitions = arena_alloc(arena, (count + 1) * sizeof(*transitions));
	uint8_t *type_indices = arena_alloc(arena, count + 1);
	if (transitions == NULL || type_indices == NULL)
		return false;
	for (size_t index = 0; index < count; index++) {
		transitions[index] = read_i64(times + index * WIDE_TIME_BYTES);
		type_indices[index] = (uint8_t)indices[index];
		if (type_indices[index] >= header->type_count || (index > 0 && transitions[index] <= transitions[index - 1]))
			return false;
	}
	zone->transitions = transitions;
	zone->type_indices = type_indices;
	zone->transition_count = count;
	return true;
}

static bool read_types(struct slice *rest, const struct header *header, struct arena *arena, struct zone *zone)
{
	const char *data;
	const char *abbreviations;
	if (header->type_count == 0 || header->type_count > TYPES_MAX || header->abbreviation_bytes == 0 ||
	    !take(rest, header->type_count * TYPE_BYTES, &data) || !take(rest, header->abbreviation_bytes, &abbreviations) ||
	    abbreviations[header->abbreviation_bytes - 1] != '\0')
		return false;
	struct zone_type *types = arena_alloc(arena, header->type_count * sizeof(*types));
	if (types == NULL)
		return false;
	for (size_t index = 0; index < header->type_count; index++, data += TYPE_BYTES) {
		const int64_t offset_s = (int32_t)read_u32(data);
		const size_t place = (unsigned char)data[5];
		if (offset_s < -ZONE_OFFSET_MAX_S || offset_s > ZONE_OFFSET_MAX_S || place >= header->abbreviation_bytes)
			return false;
		types[index] = (struct zone_type){
			.offset_s = (int32_t)offset_s,
			.is_daylight = data[4] != 0,
			.abbreviation = arena_text(arena, slice_from(abbreviations + place)),
		};
		if (types[index].abbreviation == NULL)
			return false;
	}
	zone->types = types;
	zone->type_count = header->type_count;
	return true;
}

/* The rule stands between two line feeds; an empty one says that the future is not known, and the last offset stays. */
static bool read_rule(struct slice rest, struct arena *arena, struct zone *zone)
{
	const char *end = rest.size > 1 && rest.data[0] == '\n' ? memchr(rest.data + 1, '\n', rest.size - 1) : NULL;
	if (end == NULL)
		return false;
	const struct slice text = slice_make(rest.data + 1, (size_t)(end - rest.data) - 1);
	return slice_is_empty(text) || zone_rule_parse(text, arena, &zone->rule);
}

static bool read_zone(struct slice rest, struct arena *arena, struct zone *zone)
{
	struct header header = {.version = '\0'};
	const char *ignored;
	if (!take_header(&rest, &header) || header.version < '2' || !skip_block(&rest, &header) || !take_header(&rest, &header))
		return false;
	return header.leap_count == 0 && read_transitions(&rest, &header, arena, zone) && read_types(&rest, &header, arena, zone) &&
	       take(&rest, header.standard_count + header.ut_count, &ignored) && read_rule(rest, arena, zone);
}

int zone_parse(const char *name, struct slice bytes, struct arena *arena, const struct zone **ret_zone, struct error *err)
{
	struct zone *zone = arena_alloc(arena, sizeof(*zone));
	if (zone == NULL)
		return error_set_memory(err);
	zone->name = arena_text(arena, slice_from(name));
	if (zone->name == NULL)
		return error_set_memory(err);
	if (!read_zone(bytes, arena, zone))
		return error_set(err, ERROR_CONFIG,
		                 "the data of time zone '%s' is broken, or none of TZif version 2 or later without leap seconds",
		                 name);
	*ret_zone = zone;
	return 0;
}
