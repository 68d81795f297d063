/* Time zones: the cache, and what clocks show when. */
#include "base/zone.h"

#include "base/bytes.h"
#include "base/instant_parts.h"
#include "base/zone_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ZONES_ARENA_BYTES ((size_t)64 * 1024 * 1024) /* all of tzdata, four times over */
#define SPANS_MAX 64                                 /* looked at for one local time; real zones have three in two days */

struct zone_entry {
	const struct zone *zone;
	struct zone_entry *next;
};

void zones_init(struct zones *zones, const char *folder)
{
	*zones = (struct zones){.folder = folder != NULL ? folder : ZONE_FOLDER};
	arena_init(&zones->arena, ZONES_ARENA_BYTES);
}

void zones_release(struct zones *zones)
{
	arena_release(&zones->arena);
	zones->first = NULL;
}

static bool is_name_byte(char byte)
{
	return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '_' ||
	       byte == '+' || byte == '-';
}

bool zone_name_is_valid(struct slice name)
{
	bool is_part_start = true;
	if (name.size == 0 || name.size >= ZONE_NAME_SIZE)
		return false;
	for (size_t index = 0; index < name.size; index++) {
		const char byte = name.data[index];
		if (byte == '/' && is_part_start)
			return false;
		if (byte != '/' && !is_name_byte(byte))
			return false;
		/* A part that begins with a sign is no zone of IANA, and a name that does is meant as an offset. */
		if (is_part_start && (byte == '-' || byte == '+'))
			return false;
		is_part_start = byte == '/';
	}
	return !is_part_start;
}

const char *zone_name(const struct zone *zone)
{
	return zone->name;
}

/* A zone that never changes. */
static const struct zone *fixed_zone(struct arena *arena, const char *name, int32_t offset_s)
{
	struct zone *zone = arena_alloc(arena, sizeof(*zone));
	struct zone_type *type = arena_alloc(arena, sizeof(*type));
	const char *copy = arena_text(arena, slice_from(name));
	if (zone == NULL || type == NULL || copy == NULL)
		return NULL;
	*type = (struct zone_type){.offset_s = offset_s, .abbreviation = copy};
	*zone = (struct zone){.name = copy, .types = type, .type_count = 1};
	return zone;
}

static int read_all(int fd, const char *name, char *data, size_t *ret_size, struct error *err)
{
	const struct byte_source source = byte_source_fd(&fd);
	size_t size = 0;
	for (;;) {
		size_t piece = 0;
		if (byte_source_read(source, data + size, ZONE_FILE_BYTES - size, &piece, err) < 0)
			return error_wrap(err, "time zone '%s'", name);
		size += piece;
		if (piece == 0 || size == ZONE_FILE_BYTES)
			break;
	}
	*ret_size = size;
	return 0;
}

static int open_file(const char *folder, const char *name, int *ret_fd, struct error *err)
{
	char path[4096];
	struct stat status;
	const int size = snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (size < 0 || (size_t)size >= sizeof(path))
		return error_set(err, ERROR_NOT_FOUND, "the path of time zone '%s' is too long", name);
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
		if (access(folder, F_OK) != 0)
			return error_set(err, ERROR_NOT_FOUND, "there is no time zone data in '%s' (Debian: package tzdata)",
			                 folder);
		return error_set(err, ERROR_NOT_FOUND, "there is no time zone '%s'", name);
	}
	if (fd < 0)
		return error_set_system(err, errno, "the file of time zone '%s' cannot be opened", name);
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) {
		(void)close(fd); /* only read */
		return error_set(err, ERROR_NOT_FOUND, "there is no time zone '%s'", name);
	}
	*ret_fd = fd;
	return 0;
}

int zone_read_file(const char *folder, const char *name, struct arena *arena, struct slice *ret_bytes, struct error *err)
{
	int fd = -1;
	size_t size = 0;
	if (!zone_name_is_valid(slice_from(name)))
		return error_set(err, ERROR_NOT_FOUND, "there is no time zone '%s'", name);
	char *data = malloc(ZONE_FILE_BYTES);
	if (data == NULL)
		return error_set_memory(err);
	int result = open_file(folder != NULL ? folder : ZONE_FOLDER, name, &fd, err);
	if (result == 0) {
		result = read_all(fd, name, data, &size, err);
		(void)close(fd); /* only read */
	}
	if (result == 0 && !arena_copy(arena, slice_make(data, size), ret_bytes))
		result = error_set_memory(err);
	free(data);
	return result;
}

static int load(struct zones *zones, const char *name, const struct zone **ret_zone, struct error *err)
{
	struct slice bytes = {NULL, 0};
	if (zone_read_file(zones->folder, name, &zones->arena, &bytes, err) < 0)
		return -1;
	return zone_parse(name, bytes, &zones->arena, ret_zone, err);
}

/* '+02:00', within a day. */
static bool is_offset(const char *name, int *ret_minutes)
{
	struct slice rest = slice_from(name);
	return (name[0] == '+' || name[0] == '-') && instant_take_offset(&rest, ret_minutes) && slice_is_empty(rest);
}

int zones_find(struct zones *zones, const char *name, const struct zone **ret_zone, struct error *err)
{
	const char *asked = name != NULL && name[0] != '\0' ? name : "UTC";
	const struct zone *zone = NULL;
	int minutes = 0;
	for (const struct zone_entry *entry = zones->first; entry != NULL; entry = entry->next) {
		if (slice_equal_text(slice_from(asked), entry->zone->name)) {
			*ret_zone = entry->zone;
			return 0;
		}
	}
	if (slice_equal_text(slice_from(asked), "UTC") || is_offset(asked, &minutes))
		zone = fixed_zone(&zones->arena, asked, minutes * 60);
	else if (load(zones, asked, &zone, err) < 0)
		return -1;
	struct zone_entry *entry = zone != NULL ? arena_alloc(&zones->arena, sizeof(*entry)) : NULL;
	if (entry == NULL)
		return error_set_memory(err);
	*entry = (struct zone_entry){.zone = zone, .next = zones->first};
	zones->first = entry;
	*ret_zone = zone;
	return 0;
}

/* How many transitions lie at or before `at_s`. */
static size_t count_before(const struct zone *zone, int64_t at_s)
{
	size_t low = 0;
	size_t high = zone->transition_count;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		if (zone->transitions[middle] <= at_s)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Behind the last transition: what the rule says from there on. */
static struct zone_span span_by_rule(const struct zone *zone, int64_t at_s)
{
	struct zone_span span = zone_rule_span(&zone->rule, at_s);
	const int64_t last_s = zone->transition_count > 0 ? zone->transitions[zone->transition_count - 1] : INT64_MIN;
	if (span.from_s < last_s)
		span.from_s = last_s;
	return span;
}

struct zone_span zone_span_at(const struct zone *zone, int64_t at_s)
{
	const int64_t capped_s = at_s > ZONE_SECONDS_MAX ? ZONE_SECONDS_MAX : at_s < -ZONE_SECONDS_MAX ? -ZONE_SECONDS_MAX : at_s;
	const size_t count = count_before(zone, capped_s);
	if (count == zone->transition_count && zone->rule.is_there)
		return span_by_rule(zone, capped_s);
	const struct zone_type *type = &zone->types[count > 0 ? zone->type_indices[count - 1] : 0];
	return (struct zone_span){
		.from_s = count > 0 ? zone->transitions[count - 1] : INT64_MIN,
		.until_s = count < zone->transition_count ? zone->transitions[count] : INT64_MAX,
		.offset_s = type->offset_s,
		.is_daylight = type->is_daylight,
		.abbreviation = type->abbreviation,
	};
}

/* Clocks show `local_s` in a span at most ZONE_OFFSET_MAX_S away; or some span ends before they do, and the next begins after. */
enum zone_local zone_find_local(const struct zone *zone, int64_t local_s, int64_t *ret_first_s, int64_t *ret_last_s)
{
	const int64_t capped_s = local_s > ZONE_SECONDS_MAX    ? ZONE_SECONDS_MAX
	                         : local_s < -ZONE_SECONDS_MAX ? -ZONE_SECONDS_MAX
	                                                       : local_s;
	int64_t gap_end_s = capped_s;
	unsigned found = 0;
	struct zone_span span = zone_span_at(zone, capped_s - ZONE_OFFSET_MAX_S);
	for (unsigned index = 0; index < SPANS_MAX; index++) {
		const int64_t at_s = capped_s - span.offset_s;
		if (at_s >= span.from_s && at_s < span.until_s) {
			*ret_last_s = at_s;
			if (found++ == 0)
				*ret_first_s = at_s;
		} else if (at_s >= span.until_s) {
			gap_end_s = span.until_s;
		}
		if (span.until_s > capped_s + ZONE_OFFSET_MAX_S)
			break;
		span = zone_span_at(zone, span.until_s);
	}
	if (found == 0)
		*ret_first_s = *ret_last_s = gap_end_s;
	return found == 0 ? ZONE_LOCAL_SKIPPED : found == 1 ? ZONE_LOCAL_ONCE : ZONE_LOCAL_TWICE;
}
