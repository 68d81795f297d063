/* The reader process from the inside: into the cage. */
#include "base/limits.h"
#include "feed/feed.h"
#include "run/frame.h"
#include "run/reader.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

/* A hostile feed may take long, but not for ever. */
static uint64_t cpu_max_seconds(uint64_t spool_bytes)
{
	return LIMIT_READER_CPU_SECONDS + spool_bytes / LIMIT_READER_CPU_BYTES;
}

int reader_enter_cage(bool is_required, uint64_t mapped_bytes, struct error *err)
{
	struct cage_options options = {
		.input_fd = READER_SPOOL_FD,
		.output_fd = READER_FRAMES_FD,
		.memory_max_bytes = LIMIT_READER_MEMORY_BYTES + mapped_bytes,
		.is_required = is_required,
	};
	struct cage_report report;
	struct stat status;

	if (fstat(READER_SPOOL_FD, &status) != 0)
		return error_set_system(err, errno, "cannot see the size of the spool file");
	options.cpu_max_seconds = cpu_max_seconds((uint64_t)status.st_size);
	feed_prepare();
	if (cage_enter(&options, &report, err) < 0)
		return -1;
	const struct frame_head head = {.magic = FRAME_MAGIC, .type = FRAME_CAGED, .size = sizeof(report)};
	return frame_write(READER_FRAMES_FD, &head, &report, err);
}

bool reader_cage_warning(const struct cage_report *cage, char ret_text[READER_WARNING_SIZE])
{
	char missing[CAGE_TEXT_SIZE];

	cage_report_describe(cage, missing);
	(void)snprintf(ret_text, READER_WARNING_SIZE,
	               "the feed was read without a part of the sandbox, which this system refuses: %s", missing); /* fits */
	return cage->missing != 0;
}
