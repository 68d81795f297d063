/* Lines and columns, which are computed from the spool for those places alone that are told. */
#include "run/run_steps.h"

#include "feed/position.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static int compare_places(const void *left, const void *right)
{
	uint64_t a = ((const struct complaint_place *)left)->stream_offset;
	uint64_t b = ((const struct complaint_place *)right)->stream_offset;

	return (a > b) - (a < b);
}

/* The spool once more, which may be long. */
struct spool_reader {
	const struct run *run;
	int fd;
};

static int read_spool(void *context, char *data, size_t max, size_t *ret_size, struct error *err)
{
	const struct spool_reader *reader = context;

	if (run_check_stop(reader->run, err) < 0)
		return -1;
	return byte_source_read(byte_source_fd(&reader->fd), data, max, ret_size, err);
}

static int resolve_places(const struct run *run, struct complaint_place *places, size_t count, struct error *err)
{
	struct feed_position *positions = calloc(count + 1, sizeof(*positions));
	int result = -1;

	if (!positions)
		return error_set_memory(err);
	struct spool_reader reader = {.run = run, .fd = open(run->report->feed.path, O_RDONLY | O_CLOEXEC)};
	if (reader.fd < 0) {
		(void)error_set_system(err, errno, "cannot open the spool file '%s'", run->report->feed.path);
		goto free_positions;
	}
	for (size_t i = 0; i < count; i++)
		positions[i].stream_offset = places[i].stream_offset;
	if (feed_positions_resolve((struct byte_source){.context = &reader, .read = read_spool}, slice_from(run->report->encoding),
	                           positions, count, err) == 0) {
		for (size_t i = 0; i < count; i++) {
			places[i].line = positions[i].line;
			places[i].column = positions[i].column;
			places[i].byte = positions[i].byte;
		}
		result = 0;
	}
	(void)close(reader.fd); /* read only */
free_positions:
	free(positions);
	return result;
}

int run_locate_complaints(const struct run *run, struct apply *apply, struct error *err)
{
	struct complaint_place *places = NULL;
	size_t count = 0;
	int result = 0;

	if (apply_complaint_places(apply, &places, &count, err) < 0)
		return -1;
	if (count > 0) {
		qsort(places, count, sizeof(*places), compare_places);
		result = resolve_places(run, places, count, err);
		if (result == 0)
			result = apply_complaint_locate(apply, places, count, err);
	}
	free(places);
	return result;
}

void run_locate_error(const struct run *run, struct error *err)
{
	struct complaint_place place = {.stream_offset = err->byte >= 0 ? (uint64_t)err->byte : 0};
	struct error ignored = ERROR_INIT;

	if (err->code == ERROR_FEED && err->byte >= 0 && resolve_places(run, &place, 1, &ignored) == 0)
		error_locate(err, place.line, place.column, place.byte);
}
