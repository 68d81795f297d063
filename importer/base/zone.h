/*
 * Time zones of the system's zone data: TZif files (RFC 8536), with the
 * POSIX TZ rule at their end for the far future.
 *
 * A zone never changes once it is read and may be used by several threads.
 * Seconds are Unix seconds; local seconds are what a clock on the wall shows,
 * counted as if it were UTC. Nothing here asks the environment.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"

#define ZONE_NAME_SIZE 64           /* with the NUL; the longest of IANA has 32 bytes */
#define ZONE_FILE_BYTES (64 * 1024) /* the largest of tzdata has 3.5 KiB */
#define ZONE_FOLDER "/usr/share/zoneinfo"
#define ZONE_OFFSET_MAX_S (26 * 3600)          /* RFC 8536, 3.2, rounded up: offsets lie within a day and two hours */
#define ZONE_SECONDS_MAX INT64_C(200000000000) /* some year of the 84th century; instants beyond it are taken for it */

struct zone;
struct zone_entry;

/* Loaded zones, each loaded once. */
struct zones {
	struct arena arena;
	const char *folder;
	struct zone_entry *first;
};

/* `folder` is borrowed; NULL = ZONE_FOLDER. */
void zones_init(struct zones *zones, const char *folder);
/* All zones of the cache end with it. */
void zones_release(struct zones *zones);

/*
 * The zone called `name`: 'UTC', an offset ('+02:00', '-03:30'), or an IANA
 * name; NULL and '' are UTC. UTC and offsets need no file. It lives as long as
 * `zones`. -1: ERROR_NOT_FOUND (no such zone, or no zone data at all),
 * ERROR_CONFIG (its file is none of TZif version 2 or later, or broken), ERROR_SYSTEM, ERROR_MEMORY.
 */
must_use int zones_find(struct zones *zones, const char *name, const struct zone **ret_zone, struct error *err);

/* Has `name` the shape of an IANA name ('Europe/Warsaw', 'Etc/GMT+3')? Parts of letters, digits, '_', '+' and '-', never '..'. */
bool zone_name_is_valid(struct slice name);

/* The bytes of a TZif file as a zone that lives in `arena` and borrows nothing. -1: ERROR_CONFIG, ERROR_MEMORY. */
must_use int zone_parse(const char *name, struct slice bytes, struct arena *arena, const struct zone **ret_zone, struct error *err);

/* The bytes of the file of an IANA name, in `arena`; `folder` as in zones_init(). As zones_find(). */
must_use int zone_read_file(const char *folder, const char *name, struct arena *arena, struct slice *ret_bytes, struct error *err);

/* As it was asked for. */
const char *zone_name(const struct zone *zone);

/* What its clocks show, from `from_s` until before `until_s` (INT64_MIN, INT64_MAX where it has no end). */
struct zone_span {
	int64_t from_s;
	int64_t until_s;
	int32_t offset_s; /* east of UTC */
	bool is_daylight;
	const char *abbreviation; /* 'CEST', '+03'; lives as long as the zone */
};
struct zone_span zone_span_at(const struct zone *zone, int64_t at_s);

/* How often clocks show a local time. */
enum zone_local { ZONE_LOCAL_SKIPPED, ZONE_LOCAL_ONCE, ZONE_LOCAL_TWICE };

/*
 * The instants at which clocks show `local_s`. SKIPPED: both are the end of
 * the gap. ONCE: both are the same. TWICE: the first and the last.
 */
enum zone_local zone_find_local(const struct zone *zone, int64_t local_s, int64_t *ret_first_s, int64_t *ret_last_s);
