/* Passing, leaving out, and asking. */
#include "feed/sift_core.h"

#include "feed/sift_scan.h"

#include <string.h>

int sift_go_blind(struct sift *sift, enum sift_blindness blindness)
{
	sift->blindness = blindness;
	return 0;
}

int sift_flush(struct sift *sift, struct error *err)
{
	const struct slice bytes = slice_make(sift->data + sift->passed, sift->settled - sift->passed);
	const uint64_t offset = sift->offset + sift->passed;

	sift->is_dirty = false;
	if (bytes.size == 0)
		return 0;
	sift->passed = sift->settled;
	sift->counts.passed_bytes += bytes.size;
	return sift->sink.pass(sift->sink.context, bytes, offset, err);
}

int sift_drop(struct sift *sift, size_t from, size_t to, struct error *err)
{
	sift->settled = from;
	if (sift_flush(sift, err) < 0)
		return -1;
	sift->passed = to;
	sift->settled = to;
	sift->counts.dropped_bytes += to - from;
	if (sift->sink.drop == NULL)
		return 0;
	return sift->sink.drop(sift->sink.context, slice_make(sift->data + from, to - from), sift->offset + from, err);
}

void sift_set_scope(struct sift *sift, struct hash128 scope)
{
	sift->scope = scope;
	sift->has_seed = false;
}

int sift_ask_selection(struct sift *sift, struct error *err)
{
	const struct feed_selection *selection = NULL;

	if (sift_flush(sift, err) < 0 || sift->sink.selection(sift->sink.context, &selection, err) < 0)
		return -1;
	if (selection == NULL)
		return sift_go_blind(sift, SIFT_BLIND_SELECTION);
	if (selection->group_column_count > 0)
		return sift_go_blind(sift, SIFT_BLIND_ROWS);
	return sift_path_select(&sift->path, selection, err);
}

static void find_seed(struct sift *sift, uint64_t selectors)
{
	const uint64_t all[] = {sift->encoding_hash, selectors,         sift->path.depth,  sift->scope.low,
	                        sift->scope.high,    sift->context.low, sift->context.high};

	sift->seed = hash_bytes(slice_make((const char *)all, sizeof(all)), sift->options.seed).low;
	sift->seed_selectors = selectors;
	sift->seed_depth = sift->path.depth;
	sift->has_seed = true;
}

static int tell(struct sift *sift, const struct sift_record *record, bool *ret_is_known, struct error *err)
{
	sift->counts.records++;
	return sift->sink.record(sift->sink.context, record, ret_is_known, err);
}

/* Bytes without a meaning are counted over the feed, so they are read each time. */
static bool has_undefined(const struct sift *sift, const char *at, const char *end)
{
	const char *undefined = sift->undefined;

	if (sift->undefined_count <= 3)
		return sift->undefined_count > 0 && sift_find_any(at, end, undefined[0], undefined[1], undefined[2]) < end;
	for (; at < end; at++) {
		if ((*at & 0x80) != 0 && memchr(undefined, *at, sift->undefined_count) != NULL)
			return true;
	}
	return false;
}

int sift_tell_record(struct sift *sift, const struct sift_match *match, size_t start, size_t end, bool *ret_drop, struct error *err)
{
	struct sift_record record = {.has_fingerprint = true, .raw_offset = sift->offset + start, .raw_size = end - start};

	*ret_drop = false;
	if (has_undefined(sift, sift->data + start, sift->data + end))
		return sift_tell_other_record(sift, start, err);
	if (sift->is_dirty && sift_flush(sift, err) < 0)
		return -1;
	if (!sift->has_seed || sift->seed_selectors != match->selectors || sift->seed_depth != sift->path.depth)
		find_seed(sift, match->selectors);
	record.fingerprint = hash_bytes(slice_make(sift->data + start, end - start), sift->seed);
	if (tell(sift, &record, ret_drop, err) < 0)
		return -1;
	sift->counts.known += *ret_drop;
	return 0;
}

int sift_tell_other_record(struct sift *sift, size_t start, struct error *err)
{
	const struct sift_record record = {.raw_offset = sift->offset + start};
	bool ignored = false;

	if (sift->is_dirty && sift_flush(sift, err) < 0)
		return -1;
	return tell(sift, &record, &ignored, err);
}
