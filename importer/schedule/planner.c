/* Jobs in a heap by their next time, hosts in a heap by who has waited longest for one of their places. */
#include "schedule/planner.h"

#include <assert.h>
#include <stdlib.h>

#define NOBODY UINT32_MAX

enum plan_state {
	PLAN_IDLE,    /* waits for its next time */
	PLAN_BLOCKED, /* is due, and is not to be started before `not_before_ms` */
	PLAN_READY,   /* is due, and waits for a place */
	PLAN_RUNNING,
};

struct plan {
	const struct schedule *schedule;
	int64_t handled_ms;   /* seen to up to here */
	int64_t starts_at_ms; /* next time by the schedule; INT64_MAX = never */
	int64_t due_ms;       /* ready, blocked: for which instant; running: for which one after this run, 0 = none */
	int64_t since_ms;     /* ready: waits since */
	int64_t running_ms;   /* running: for which instant */
	int64_t not_before_ms;
	uint32_t host;
	uint32_t place; /* in the heap; NOBODY = it is in none */
	uint32_t next;  /* in its host's queue */
	uint32_t previous;
	uint8_t state;
	uint8_t catch_up;
	uint8_t overlap;
};

/* Jobs that are ready, by since_ms. */
struct host {
	uint32_t first;
	uint32_t last;
	uint32_t place; /* among the hosts that may start one; NOBODY = not there */
	uint32_t running;
};

struct heap {
	uint32_t *items;
	size_t count;
};

struct planner {
	struct planner_limits limits;
	struct plan *jobs;
	struct host *hosts;
	struct heap times; /* jobs that wait for a time */
	struct heap open;  /* hosts with a job that is ready and a place for it */
	int64_t seen_ms;   /* the clock's last word */
	struct planner_figures figures;
};

/* ---- Heaps ---- */

static int64_t time_of(const struct plan *job)
{
	switch ((enum plan_state)job->state) {
	case PLAN_IDLE:
		return job->starts_at_ms > job->not_before_ms ? job->starts_at_ms : job->not_before_ms;
	case PLAN_BLOCKED:
		return job->not_before_ms;
	case PLAN_READY:
	case PLAN_RUNNING:
		break;
	}
	return job->starts_at_ms;
}

static int64_t key_of(const struct planner *planner, const struct heap *heap, uint32_t item)
{
	return heap == &planner->times ? time_of(&planner->jobs[item]) : planner->jobs[planner->hosts[item].first].since_ms;
}

static void put_at(struct planner *planner, struct heap *heap, size_t place, uint32_t item)
{
	heap->items[place] = item;
	if (heap == &planner->times)
		planner->jobs[item].place = (uint32_t)place;
	else
		planner->hosts[item].place = (uint32_t)place;
}

/* Of equals the one with the smaller number. */
static bool is_before(const struct planner *planner, const struct heap *heap, uint32_t left, uint32_t right)
{
	const int64_t left_key = key_of(planner, heap, left);
	const int64_t right_key = key_of(planner, heap, right);

	return left_key < right_key || (left_key == right_key && left < right);
}

/* `item` belongs at `place`, or above or below it. */
static void heap_settle(struct planner *planner, struct heap *heap, size_t place, uint32_t item)
{
	while (place > 0 && is_before(planner, heap, item, heap->items[(place - 1) / 2])) {
		put_at(planner, heap, place, heap->items[(place - 1) / 2]);
		place = (place - 1) / 2;
	}
	for (size_t child; (child = 2 * place + 1) < heap->count; place = child) {
		if (child + 1 < heap->count && is_before(planner, heap, heap->items[child + 1], heap->items[child]))
			child++;
		if (!is_before(planner, heap, heap->items[child], item))
			break;
		put_at(planner, heap, place, heap->items[child]);
	}
	put_at(planner, heap, place, item);
}

static void heap_take_out(struct planner *planner, struct heap *heap, size_t place)
{
	const uint32_t last = heap->items[--heap->count];

	if (place < heap->count)
		heap_settle(planner, heap, place, last);
}

static void heap_put(struct planner *planner, struct heap *heap, uint32_t item)
{
	heap->count++;
	heap_settle(planner, heap, heap->count - 1, item);
}

/* ---- Hosts ---- */

/* After any change to its queue or its places. */
static void host_update(struct planner *planner, uint32_t number)
{
	struct host *host = &planner->hosts[number];
	const bool is_open = host->first != NOBODY && (number == PLANNER_NO_HOST || host->running < planner->limits.per_host);

	if (is_open && host->place == NOBODY) {
		heap_put(planner, &planner->open, number);
	} else if (is_open) {
		heap_settle(planner, &planner->open, host->place, number);
	} else if (host->place != NOBODY) {
		heap_take_out(planner, &planner->open, host->place);
		host->place = NOBODY;
	}
}

/* Behind those that wait longer: nearly always the last. */
static void queue_put(struct planner *planner, uint32_t number)
{
	struct plan *job = &planner->jobs[number];
	struct host *host = &planner->hosts[job->host];

	job->previous = host->last;
	while (job->previous != NOBODY && planner->jobs[job->previous].since_ms > job->since_ms)
		job->previous = planner->jobs[job->previous].previous;
	job->next = job->previous == NOBODY ? host->first : planner->jobs[job->previous].next;
	if (job->previous == NOBODY)
		host->first = number;
	else
		planner->jobs[job->previous].next = number;
	if (job->next == NOBODY)
		host->last = number;
	else
		planner->jobs[job->next].previous = number;
	planner->figures.ready++;
	host_update(planner, job->host);
}

static void queue_take_out(struct planner *planner, uint32_t number)
{
	const struct plan *job = &planner->jobs[number];
	struct host *host = &planner->hosts[job->host];

	if (job->previous == NOBODY)
		host->first = job->next;
	else
		planner->jobs[job->previous].next = job->next;
	if (job->next == NOBODY)
		host->last = job->previous;
	else
		planner->jobs[job->next].previous = job->previous;
	planner->figures.ready--;
	host_update(planner, job->host);
}

/* ---- A job's times ---- */

static void see_to(struct plan *job, int64_t due_ms)
{
	struct schedule_time time;

	if (due_ms > job->handled_ms)
		job->handled_ms = due_ms;
	job->starts_at_ms = INT64_MAX;
	if (job->schedule && schedule_next(job->schedule, job->handled_ms, &time) == 1)
		job->starts_at_ms = time.starts_at_ms;
}

/*
 * The newest time that has not been seen to and whose start has come. Where one is due that starts later: when, in
 * `ret_later_ms`; else that is 0. In quiet hours nothing starts, not even what was missed before them.
 */
static bool find_newest(const struct plan *job, int64_t now_ms, struct schedule_time *ret_time, int64_t *ret_later_ms)
{
	*ret_later_ms = 0;
	if (!job->schedule || schedule_last(job->schedule, now_ms, ret_time) != 1 || ret_time->due_at_ms <= job->handled_ms)
		return false;
	if (ret_time->starts_at_ms <= now_ms)
		return true;
	*ret_later_ms = ret_time->starts_at_ms;
	if ((ret_time->notes & SCHEDULE_NOTE_QUIET) != 0)
		return false;
	/* Jitter moves all alike, so that the one before stands where that much less has passed. */
	return schedule_last(job->schedule, now_ms - (ret_time->starts_at_ms - ret_time->due_at_ms), ret_time) == 1 &&
	       ret_time->starts_at_ms <= now_ms && ret_time->due_at_ms > job->handled_ms;
}

static void enter(struct planner *planner, uint32_t number, enum plan_state state)
{
	struct plan *job = &planner->jobs[number];

	if (job->place != NOBODY) {
		heap_take_out(planner, &planner->times, job->place);
		job->place = NOBODY;
	}
	if (job->state == PLAN_READY)
		queue_take_out(planner, number);
	job->state = (uint8_t)state;
	if (state == PLAN_READY)
		queue_put(planner, number);
	else if (time_of(job) != INT64_MAX)
		heap_put(planner, &planner->times, number);
}

/* `due_ms` waits to be started, or, while the job runs, for the end of that run. */
static void make_due(struct planner *planner, uint32_t number, int64_t due_ms, int64_t since_ms, int64_t now_ms)
{
	struct plan *job = &planner->jobs[number];

	see_to(job, due_ms);
	if (job->state == PLAN_RUNNING && job->overlap == OVERLAP_SKIP) {
		planner->figures.skipped++;
	} else {
		if (job->due_ms == 0)
			job->since_ms = since_ms;
		job->due_ms = due_ms;
	}
	if (job->state == PLAN_RUNNING)
		enter(planner, number, PLAN_RUNNING);
	else
		enter(planner, number, job->not_before_ms > now_ms ? PLAN_BLOCKED : PLAN_READY);
}

/* The job is on top of the heap. */
static void notice(struct planner *planner, uint32_t number, int64_t now_ms)
{
	struct plan *job = &planner->jobs[number];
	struct schedule_time time;
	int64_t later_ms;

	if (job->state == PLAN_BLOCKED) {
		job->since_ms = job->not_before_ms;
		enter(planner, number, PLAN_READY);
	} else if (!find_newest(job, now_ms, &time, &later_ms)) {
		see_to(job, later_ms > 0 ? job->handled_ms : now_ms);
		if (job->starts_at_ms <= now_ms)
			job->starts_at_ms = later_ms;
		enter(planner, number, (enum plan_state)job->state);
	} else if (job->catch_up == CATCH_UP_NONE && job->not_before_ms < time.starts_at_ms &&
	           now_ms - time.starts_at_ms > PLANNER_LATE_MS) {
		planner->figures.missed++;
		see_to(job, time.due_at_ms);
		enter(planner, number, (enum plan_state)job->state);
	} else {
		make_due(planner, number, time.due_at_ms, time.starts_at_ms, now_ms);
	}
}

/* The clock was set back: times that it will show again are still to come, and waiting takes no longer by it. */
static void rewind_job(struct planner *planner, uint32_t number, int64_t now_ms)
{
	struct plan *job = &planner->jobs[number];

	if (job->not_before_ms > now_ms)
		job->not_before_ms -= planner->seen_ms - now_ms;
	if (job->due_ms > now_ms)
		job->due_ms = 0;
	if (job->handled_ms > now_ms)
		job->handled_ms = now_ms;
	see_to(job, job->handled_ms);
	enter(planner, number, job->state != PLAN_RUNNING && job->due_ms == 0 ? PLAN_IDLE : (enum plan_state)job->state);
}

static void look_back(struct planner *planner, int64_t now_ms)
{
	for (size_t i = 0; now_ms < planner->seen_ms && i < planner->figures.jobs; i++)
		rewind_job(planner, (uint32_t)i, now_ms);
	planner->seen_ms = now_ms;
}

/* ---- Life ---- */

int planner_new(const struct planner_limits *limits, struct planner **ret_planner, struct error *err)
{
	struct planner *planner = calloc(1, sizeof(*planner));

	assert(limits->jobs < NOBODY && limits->hosts > 0 && limits->hosts < NOBODY);
	if (!planner)
		return error_set_memory(err);
	planner->limits = *limits;
	planner->seen_ms = INT64_MIN;
	planner->jobs = calloc(limits->jobs + 1, sizeof(*planner->jobs));
	planner->hosts = calloc(limits->hosts, sizeof(*planner->hosts));
	planner->times.items = calloc(limits->jobs + 1, sizeof(*planner->times.items));
	planner->open.items = calloc(limits->hosts, sizeof(*planner->open.items));
	if (!planner->jobs || !planner->hosts || !planner->times.items || !planner->open.items) {
		planner_free(planner);
		return error_set_memory(err);
	}
	for (size_t i = 0; i < limits->hosts; i++)
		planner->hosts[i] = (struct host){.first = NOBODY, .last = NOBODY, .place = NOBODY};
	planner->figures.bytes = sizeof(*planner) + (limits->jobs + 1) * (sizeof(*planner->jobs) + sizeof(*planner->times.items)) +
	                         limits->hosts * (sizeof(*planner->hosts) + sizeof(*planner->open.items));
	*ret_planner = planner;
	return 0;
}

void planner_free(struct planner *planner)
{
	if (!planner)
		return;
	free(planner->jobs);
	free(planner->hosts);
	free(planner->times.items);
	free(planner->open.items);
	free(planner);
}

void planner_add(struct planner *planner, const struct planner_job *given, int64_t now_ms)
{
	const uint32_t number = (uint32_t)planner->figures.jobs++;
	struct plan *job = &planner->jobs[number];

	assert(number < planner->limits.jobs && given->host < planner->limits.hosts);
	*job = (struct plan){
		.schedule = given->schedule,
		.handled_ms = given->handled_at_ms < now_ms ? given->handled_at_ms : now_ms,
		.not_before_ms = given->not_before_ms,
		.host = given->host,
		.place = NOBODY,
		.state = PLAN_IDLE,
		.catch_up = (uint8_t)given->catch_up,
		.overlap = (uint8_t)given->overlap,
	};
	see_to(job, job->handled_ms);
	if (given->running_due_at_ms > 0) {
		job->running_ms = given->running_due_at_ms;
		planner->hosts[job->host].running++;
		planner->figures.running++;
		enter(planner, number, PLAN_RUNNING);
	}
	if (given->again_due_at_ms > 0) {
		make_due(planner, number, given->again_due_at_ms, given->again_due_at_ms, now_ms);
	} else if (given->running_due_at_ms == 0) {
		enter(planner, number, PLAN_IDLE);
	}
}

void planner_step(struct planner *planner, int64_t now_ms)
{
	look_back(planner, now_ms);
	while (planner->times.count > 0 && time_of(&planner->jobs[planner->times.items[0]]) <= now_ms)
		notice(planner, planner->times.items[0], now_ms);
}

void planner_trigger(struct planner *planner, uint32_t number, int64_t due_at_ms, int64_t now_ms)
{
	look_back(planner, now_ms);
	if (due_at_ms > planner->jobs[number].handled_ms && due_at_ms <= now_ms)
		make_due(planner, number, due_at_ms, now_ms, now_ms);
}

bool planner_start(struct planner *planner, int64_t now_ms, uint32_t *ret_job, int64_t *ret_due_at_ms)
{
	struct schedule_time time;
	int64_t later_ms;

	look_back(planner, now_ms);
	if (planner->open.count == 0 || (int64_t)planner->figures.running >= planner->limits.concurrency)
		return false;
	const uint32_t number = planner->hosts[planner->open.items[0]].first;
	struct plan *job = &planner->jobs[number];

	/* While it waited, a newer time may have come. */
	if (find_newest(job, now_ms, &time, &later_ms)) {
		job->due_ms = time.due_at_ms;
		see_to(job, time.due_at_ms);
	}
	job->running_ms = job->due_ms;
	job->due_ms = 0;
	planner->hosts[job->host].running++;
	planner->figures.running++;
	planner->figures.started++;
	enter(planner, number, PLAN_RUNNING);
	host_update(planner, job->host);
	*ret_job = number;
	*ret_due_at_ms = job->running_ms;
	return true;
}

void planner_finish(struct planner *planner, uint32_t number, const struct planner_end *end, int64_t now_ms)
{
	struct plan *job = &planner->jobs[number];

	assert(job->state == PLAN_RUNNING);
	look_back(planner, now_ms);
	planner->hosts[job->host].running--;
	planner->figures.running--;
	if (end->taken_at_ms > job->handled_ms && end->taken_at_ms <= now_ms)
		see_to(job, end->taken_at_ms);
	job->not_before_ms = end->not_before_ms;
	/* A time that the clock has not reached any more will be due again. */
	if (end->is_again && job->due_ms == 0 && job->running_ms <= now_ms) {
		job->due_ms = job->running_ms;
		job->since_ms = now_ms;
	}
	job->running_ms = 0;
	enter(planner, number, job->due_ms == 0 ? PLAN_IDLE : job->not_before_ms > now_ms ? PLAN_BLOCKED : PLAN_READY);
	host_update(planner, job->host);
}

int64_t planner_wake_ms(const struct planner *planner)
{
	return planner->times.count > 0 ? time_of(&planner->jobs[planner->times.items[0]]) : INT64_MAX;
}

int64_t planner_handled_ms(const struct planner *planner, uint32_t job)
{
	return planner->jobs[job].handled_ms;
}

int64_t planner_pending_ms(const struct planner *planner, uint32_t job)
{
	return planner->jobs[job].due_ms;
}

int64_t planner_running_ms(const struct planner *planner, uint32_t job)
{
	return planner->jobs[job].running_ms;
}

struct planner_figures planner_figures(const struct planner *planner)
{
	return planner->figures;
}
