/* Explaining an item by the feed that its job applied last. */
#include "run/explain.h"

#include "base/bytes.h"
#include "feed/feed.h"
#include "run/policy.h"
#include "run/reader_ask.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool run_spool_path(const char *state_folder, const char *sha256, char *ret_path, size_t size)
{
	const int length = snprintf(ret_path, size, "%s/spool/%s.feed", state_folder, sha256);

	return length > 0 && (size_t)length < size;
}

static int ask(const struct run_explain_request *request, struct arena *arena, struct cage_report *ret_cage,
               struct slice *ret_answer, struct error *err)
{
	const struct job_config *job = request->job;
	struct reader_request reader_request = {
		.task = READER_EXPLAIN,
		.dialects = request->dialects->texts,
		.dialect_count = request->dialects->count,
		.zones = request->dialects->zones,
		.zone_count = request->dialects->zone_count,
		.http_charset = request->encoding,
		.is_json_lines = feed_is_named_json_lines(slice_from(job->source), (struct slice){NULL, 0}),
		.is_lenient = job->lenient,
		.is_cage_required = request->is_cage_required,
		.mapper = mapper_options_of_job(job),
		.wish = request->wish,
	};
	const struct reader_question question = {
		.request = &reader_request,
		.spool_path = request->spool_path,
		.answer = FRAME_EXPLAINED,
		.clock = request->clock,
		.stop_signal = request->stop_signal,
		.ret_cage = ret_cage,
	};
	struct dialect_option *options;

	if (dialect_options_of_job(job, &options, err) < 0)
		return -1;
	reader_request.mapper.options = options;
	reader_request.mapper.option_count = job->dialect_option_count;
	const int result = request_zone_of_job(job, arena, &reader_request, err) == 0
	                           ? reader_ask(&question, arena, ret_answer, err)
	                           : -1;
	free(options);
	return result;
}

static int find_position(const struct run_explain_request *request, const struct explanation *explanation,
                         struct feed_position *ret_position, struct error *err)
{
	const int fd = open(request->spool_path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_set_system(err, errno, "cannot open the spool file '%s'", request->spool_path);
	*ret_position = (struct feed_position){.stream_offset = explanation->stream_offset};
	const int result = feed_positions_resolve(byte_source_fd(&fd), explanation->encoding, ret_position, 1, err);
	(void)close(fd); /* read only */
	return result;
}

int run_explain_execute(const struct run_explain_request *request, struct arena *arena, struct run_explain_result *ret_result,
                        struct error *err)
{
	struct explanation *explanation = &ret_result->explanation;
	struct slice answer;

	*ret_result = (struct run_explain_result){.cage = {.missing = 0}};
	if (ask(request, arena, &ret_result->cage, &answer, err) < 0 || explanation_decode(answer, arena, explanation, err) < 0)
		return -1;
	return explanation->is_found ? find_position(request, explanation, &ret_result->position, err) : 0;
}
