/* The last time a job was due. */
#include "schedule/due.h"

#include "base/zone.h"

#define SCHEDULE_BYTES_MAX ((size_t)1024 * 1024)

static int read_after(struct due_reader *reader, struct due_question *question, struct error *err)
{
	const struct job_schedule *schedule = &question->job->schedule;
	int result = 0;

	for (size_t i = 0; result == 0 && i < schedule->after_count; i++) {
		struct due_state state = {.standing = DUE_NEVER};

		result = due_reader_read(reader, schedule->after[i], 1, question->now_ms, &state, err);
		if (result == 0 && state.succeeded_at_ms > question->after_at_ms)
			question->after_at_ms = state.succeeded_at_ms;
	}
	return result;
}

int due_read_ledger(struct store *store, struct due_question *question, struct error *err)
{
	const struct job_config *job = question->job;
	struct due_state state = {.standing = DUE_NEVER};
	struct due_reader *reader = NULL;

	if (due_reader_open(store, &reader, err) < 0)
		return -1;
	int result = due_reader_read(reader, job->name, job->schedule.retry_attempts, question->now_ms, &state, err);
	if (result == 0)
		result = read_after(reader, question, err);
	question->not_before_ms = state.not_before_ms;
	due_reader_close(reader);
	return result;
}

static int find_by_schedule(const struct due_question *question, struct due_answer *ret_answer, struct error *err)
{
	const struct schedule_rule rule = schedule_rule_of(question->job);
	const struct schedule *schedule = NULL;
	struct schedule_time time = {.due_at_ms = 0};
	struct zones zones;
	struct arena arena;

	arena_init(&arena, SCHEDULE_BYTES_MAX);
	zones_init(&zones, NULL);
	const int result = schedule_compile(&arena, &zones, &rule, &schedule, err);
	if (result == 0 && schedule_last(schedule, question->now_ms, &time) == 1) {
		const bool is_later = (time.notes & SCHEDULE_NOTE_QUIET) != 0 && time.starts_at_ms > question->now_ms;

		*ret_answer = (struct due_answer){
			.kind = is_later ? DUE_LATER : DUE_NOW,
			.due_at_ms = time.due_at_ms,
			.starts_at_ms = time.starts_at_ms,
		};
	}
	arena_release(&arena);
	zones_release(&zones);
	return result;
}

int due_find(const struct due_question *question, struct due_answer *ret_answer, struct error *err)
{
	*ret_answer = (struct due_answer){.kind = DUE_NOTHING};
	if (question->job->schedule.expression && find_by_schedule(question, ret_answer, err) < 0)
		return error_wrap(err, "the schedule of job '%s'", question->job->name);
	if (question->after_at_ms > 0 && (ret_answer->kind != DUE_NOW || question->after_at_ms > ret_answer->due_at_ms))
		*ret_answer = (struct due_answer){
			.kind = DUE_NOW, .due_at_ms = question->after_at_ms, .starts_at_ms = question->after_at_ms};
	return 0;
}
