/* The progress line: stage, share, bytes, rate, records, time left. */
#include "cli/progress.h"

#include "base/buffer.h"
#include "base/utf8.h"

#define REDRAW_MS 100
#define LINE_BYTES_MAX 1024

static const char *const stage_names[] = {
	[RUN_STAGE_FETCH] = "fetching",
	[RUN_STAGE_READ] = "reading",
	[RUN_STAGE_APPLY] = "planning",
	[RUN_STAGE_COMMIT] = "committing",
	[RUN_STAGE_WAIT] = "waiting for others to write,",
};

/* Bytes as '12.3 MB', in tenths of the unit. */
static void append_bytes(struct buffer *buffer, int64_t bytes)
{
	if (bytes >= 1000000000)
		(void)buffer_append_format(buffer, "%lld.%02lld GB", (long long)(bytes / 1000000000),
		                           (long long)(bytes / 10000000 % 100));
	else if (bytes >= 1000000)
		(void)buffer_append_format(buffer, "%lld.%lld MB", (long long)(bytes / 1000000), (long long)(bytes / 100000 % 10));
	else
		(void)buffer_append_format(buffer, "%lld kB", (long long)(bytes / 1000));
}

static void append_rest(struct buffer *buffer, const struct run_progress *progress)
{
	int64_t rate = progress->elapsed_ms > 0 ? progress->bytes * 1000 / progress->elapsed_ms : 0;

	append_bytes(buffer, progress->bytes);
	if (progress->total > 0) {
		(void)buffer_append_text(buffer, " of ");
		append_bytes(buffer, progress->total);
		(void)buffer_append_format(buffer, " (%lld%%)", (long long)(progress->bytes * 100 / progress->total));
	}
	if (rate > 0) {
		(void)buffer_append_text(buffer, ", ");
		append_bytes(buffer, rate);
		(void)buffer_append_text(buffer, "/s");
	}
	if (progress->records > 0)
		(void)buffer_append_format(buffer, ", %llu records", (unsigned long long)progress->records);
	if (rate > 0 && progress->total > progress->bytes)
		(void)buffer_append_format(buffer, ", %lld s left", (long long)((progress->total - progress->bytes) / rate));
}

void progress_line_show(void *context, const struct run_progress *progress)
{
	struct progress_line *line = context;
	struct buffer buffer;

	if (!line->terminal)
		return;
	if (line->is_shown && line->stage == progress->stage && progress->elapsed_ms - line->shown_ms < REDRAW_MS)
		return;
	line->stage = progress->stage;
	line->shown_ms = progress->elapsed_ms;
	line->is_shown = true;
	buffer_init(&buffer, LINE_BYTES_MAX);
	(void)buffer_append_text(&buffer, "\r\033[K"); /* a line that is too long is cut, no more */
	utf8_append_printable(&buffer, slice_from(line->job));
	(void)buffer_append_format(&buffer, ": %s ", stage_names[progress->stage]);
	if (progress->stage == RUN_STAGE_WAIT)
		(void)buffer_append_format(&buffer, "%lld s", (long long)(progress->elapsed_ms / 1000));
	else
		append_rest(&buffer, progress);
	(void)fwrite(buffer.data, 1, buffer.size, line->terminal);
	(void)fflush(line->terminal);
	buffer_release(&buffer);
}

void progress_line_clear(struct progress_line *line)
{
	if (!line->terminal || !line->is_shown)
		return;
	(void)fputs("\r\033[K", line->terminal);
	(void)fflush(line->terminal);
	line->is_shown = false;
}
