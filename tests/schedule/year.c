/* The year: jobs and their ledger, disturbances, and the rules that must hold through them. */
#include "schedule_tests.h"

#include "year.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define BEGIN INT64_C(1767225600000) /* 2026-01-01T00:00Z */
#define HOSTS 60
#define CONCURRENCY 16
#define PER_HOST 2
#define ATTEMPTS 3
#define STARTS 3 /* of an instant whose runs die */

enum standing { STANDING_RUNNING, STANDING_DONE, STANDING_FAILED, STANDING_DEAD };

struct claim {
	int64_t due_ms;
	int64_t not_before_ms;
	int32_t attempt;
	int16_t applied;
	int16_t standing;
};

struct job {
	const struct schedule *schedule; /* NULL: it runs after `leader` */
	size_t leader;
	uint32_t host;
	enum catch_up_policy catch_up;
	enum overlap_policy overlap;
	struct claim *claims; /* by instant */
	size_t claim_count;
	size_t claim_room;
	int64_t succeeded_ms;
	int64_t succeeded_true_ms;
	bool is_running;
	int64_t run_due_ms; /* 0 = it found nothing to do */
	int64_t run_exit;
	int64_t run_ends_at_ms; /* true time */
	int64_t last_began_ms;  /* by the wall clock */
	int64_t last_ended_ms;
};

struct year {
	uint64_t dice;
	struct arena arena;
	struct zones zones;
	struct job *jobs;
	size_t job_count;
	struct planner *planner;
	int64_t true_ms;
	int64_t offset_ms;    /* of the wall clock */
	int64_t disturbed_ms; /* wall: up to here the daemon was down, asleep or had another clock */
	int64_t rewound_ms; /* wall: to here it was set back last; what was due before has been seen to by a clock that was ahead */
	int64_t rewound_true_ms;
	int64_t up_since_ms; /* true */
	int64_t host_running[HOSTS];
	int64_t running;
	struct year_figures figures;
};

static uint64_t roll(struct year *year, uint64_t sides)
{
	year->dice ^= year->dice << 13;
	year->dice ^= year->dice >> 7;
	year->dice ^= year->dice << 17;
	return year->dice % sides;
}

static int64_t wall(const struct year *year)
{
	return year->true_ms + year->offset_ms;
}

/* ---- The jobs ---- */

static void make_job(struct year *year, size_t number)
{
	static const char *const zones[] = {"Europe/Warsaw",    "America/New_York", "Australia/Lord_Howe", "UTC",
	                                    "America/St_Johns", "Asia/Kolkata",     "Pacific/Auckland",    "Africa/Casablanca"};
	static const char *const quiets[] = {NULL, NULL, NULL, NULL, NULL, "22:00-05:00", "01:30-02:30"};
	struct job *job = &year->jobs[number];
	char expression[64], name[32];
	struct error err = ERROR_INIT;
	struct schedule_rule rule = {
		.form = SCHEDULE_CRON,
		.expression = expression,
		.time_zone = zones[roll(year, sizeof(zones) / sizeof(zones[0]))],
		.name = name,
		.jitter_ms = roll(year, 3) == 0 ? (int64_t)roll(year, 10) * MINUTE : 0,
		.active_from_ms = INT64_MIN,
		.active_until_ms = INT64_MAX,
		.quiet = quiets[roll(year, sizeof(quiets) / sizeof(quiets[0]))],
	};
	const unsigned minute = (unsigned)roll(year, 60), hour = (unsigned)roll(year, 24);

	*job = (struct job){
		.host = (uint32_t)roll(year, HOSTS),
		.catch_up = roll(year, 4) == 0 ? CATCH_UP_NONE : CATCH_UP_ONCE,
		.overlap = roll(year, 3) == 0 ? OVERLAP_QUEUE : OVERLAP_SKIP,
		.leader = number,
	};
	(void)snprintf(name, sizeof(name), "job%zu", number);
	switch (roll(year, 20)) {
	case 0:
		(void)snprintf(expression, sizeof(expression), "%u * * * *", minute);
		break;
	case 1:
		rule.form = SCHEDULE_EVERY;
		(void)snprintf(expression, sizeof(expression), "%um", 45 + minute);
		break;
	case 2:
	case 3:
	case 4:
		(void)snprintf(expression, sizeof(expression), "%u */6 * * *", minute);
		break;
	case 5:
	case 6:
		rule.form = SCHEDULE_CALENDAR;
		(void)snprintf(expression, sizeof(expression), "Mon..Fri 0%u:%02u:30", hour % 10, minute);
		break;
	case 7:
		(void)snprintf(expression, sizeof(expression), "%u 2 * * *", minute); /* where daylight saving changes */
		break;
	case 8:
	case 9:
		if (number > 0) {
			job->leader = roll(year, number);
			return;
		}
		/* fall through */
	default:
		(void)snprintf(expression, sizeof(expression), "%u %u * * *", minute, hour);
		break;
	}
	if (schedule_compile(&year->arena, &year->zones, &rule, &job->schedule, &err) < 0)
		fail_msg("%s: %s", expression, err.message);
}

/* ---- The ledger ---- */

/* The newest instant up to `at_ms` that was taken, or NULL. */
static struct claim *newest_claim(const struct job *job, int64_t at_ms)
{
	size_t count = job->claim_count;

	while (count > 0 && job->claims[count - 1].due_ms > at_ms)
		count--;
	return count > 0 ? &job->claims[count - 1] : NULL;
}

static struct claim *add_claim(struct job *job, int64_t due_ms)
{
	if (job->claim_count == job->claim_room) {
		job->claim_room = job->claim_room * 2 + 64;
		job->claims = realloc(job->claims, job->claim_room * sizeof(*job->claims));
		assert_non_null(job->claims);
	}
	size_t place = job->claim_count++;
	for (; place > 0 && job->claims[place - 1].due_ms > due_ms; place--)
		job->claims[place] = job->claims[place - 1];
	if (place > 0)
		assert_true(job->claims[place - 1].due_ms < due_ms);
	job->claims[place] = (struct claim){.due_ms = due_ms, .standing = STANDING_RUNNING, .attempt = 1};
	return &job->claims[place];
}

/* What was last due by the wall clock; 0 = nothing. Told to start later, by quiet hours: also nothing. */
static int64_t last_due(const struct year *year, const struct job *job)
{
	struct schedule_time time;

	if (!job->schedule) {
		const int64_t success_ms = year->jobs[job->leader].succeeded_ms;

		return success_ms <= wall(year) ? success_ms : 0;
	}
	if (schedule_last(job->schedule, wall(year), &time) != 1 ||
	    ((time.notes & SCHEDULE_NOTE_QUIET) != 0 && time.starts_at_ms > wall(year)))
		return 0;
	return time.due_at_ms;
}

/* ---- Runs, as the program would run them ---- */

enum { EXIT_APPLIED = 0, EXIT_FOR_GOOD = 1, EXIT_FOR_NOW = 75, EXIT_KILLED = -1 };

static void begin_run(struct year *year, size_t number)
{
	struct job *job = &year->jobs[number];
	const int64_t due_ms = last_due(year, job);
	struct claim *claim = newest_claim(job, wall(year));

	assert_false(job->is_running);
	job->is_running = true;
	job->last_began_ms = wall(year);
	assert_true(++year->running <= CONCURRENCY);
	if (job->host != PLANNER_NO_HOST)
		assert_true(++year->host_running[job->host] <= PER_HOST);
	if (year->running > year->figures.most_running)
		year->figures.most_running = year->running;
	job->run_due_ms = 0;
	job->run_exit = EXIT_APPLIED;
	job->run_ends_at_ms = year->true_ms + 50;
	const bool is_new = claim == NULL || claim->due_ms < due_ms;
	const bool is_worth_it = due_ms > 0 && (is_new || (claim->due_ms == due_ms &&
	                                                   ((claim->standing == STANDING_FAILED && claim->attempt < ATTEMPTS) ||
	                                                    (claim->standing == STANDING_DEAD && claim->attempt < STARTS))));
	if (!is_worth_it) {
		year->figures.idle++;
		return;
	}
	if (claim && claim->not_before_ms > wall(year)) {
		year->figures.too_early++;
		job->run_exit = EXIT_FOR_NOW;
		return;
	}
	if (is_new) {
		claim = add_claim(job, due_ms);
		year->figures.due++;
	} else {
		claim->attempt++;
		claim->standing = STANDING_RUNNING;
	}
	claim->not_before_ms = 0;
	year->figures.runs++;
	job->run_due_ms = due_ms;
	const uint64_t fate = roll(year, 100);
	job->run_exit = fate < 86 ? EXIT_APPLIED : fate < 94 ? EXIT_FOR_NOW : fate < 97 ? EXIT_FOR_GOOD : EXIT_KILLED;
	job->run_ends_at_ms = year->true_ms + 1000 + (int64_t)roll(year, 2 * MINUTE) +
	                      (roll(year, 50) == 0 ? (int64_t)roll(year, 3 * HOUR) : 0);
}

static void leave(struct year *year, struct job *job)
{
	job->is_running = false;
	job->last_ended_ms = wall(year);
	year->running--;
	if (job->host != PLANNER_NO_HOST)
		year->host_running[job->host]--;
}

/* Its row in the ledger. */
static void write_end(struct year *year, struct job *job)
{
	struct claim *claim = newest_claim(job, job->run_due_ms);

	assert_int_equal(claim->due_ms, job->run_due_ms);
	assert_int_equal(claim->standing, STANDING_RUNNING);
	switch (job->run_exit) {
	case EXIT_APPLIED:
		claim->standing = STANDING_DONE;
		assert_int_equal(++claim->applied, 1); /* none is doubled */
		job->succeeded_ms = wall(year);
		job->succeeded_true_ms = year->true_ms;
		year->figures.applied++;
		break;
	case EXIT_FOR_GOOD:
		claim->standing = STANDING_DONE;
		break;
	case EXIT_FOR_NOW:
		claim->standing = STANDING_FAILED;
		claim->not_before_ms = claim->attempt < ATTEMPTS ? wall(year) + (MINUTE << claim->attempt) : 0;
		assert_true(claim->attempt <= ATTEMPTS);
		break;
	default:
		claim->standing = STANDING_DEAD;
		break;
	}
}

static bool is_again(const struct claim *claim)
{
	return (claim->standing == STANDING_FAILED && claim->attempt < ATTEMPTS) ||
	       (claim->standing == STANDING_DEAD && claim->attempt < STARTS);
}

/* As the supervisor does. */
static void end_run(struct year *year, size_t number)
{
	struct job *job = &year->jobs[number];
	const int64_t planned_ms = planner_running_ms(year->planner, (uint32_t)number);

	leave(year, job);
	if (job->run_due_ms > 0)
		write_end(year, job);
	const struct claim *claim = newest_claim(job, wall(year));
	struct planner_end end = {
		.taken_at_ms = claim ? claim->due_ms : 0,
		.not_before_ms = claim ? claim->not_before_ms : 0,
	};
	if (job->run_exit != EXIT_APPLIED && claim && claim->due_ms >= planned_ms) {
		end.is_again = is_again(claim);
		if (claim->standing == STANDING_DEAD)
			end.not_before_ms = wall(year) + 10000;
	} else if (job->run_exit != EXIT_APPLIED) {
		end.is_again = true;
		if (end.not_before_ms < wall(year) + 10000)
			end.not_before_ms = wall(year) + 10000;
	}
	planner_finish(year->planner, (uint32_t)number, &end, wall(year));
	if (job->succeeded_ms > 0) {
		for (size_t i = number + 1; i < year->job_count; i++) {
			if (!year->jobs[i].schedule && year->jobs[i].leader == number)
				planner_trigger(year->planner, (uint32_t)i, job->succeeded_ms, wall(year));
		}
	}
}

/* ---- The daemon's life ---- */

static void start_daemon(struct year *year)
{
	const struct planner_limits limits = {
		.jobs = year->job_count, .hosts = HOSTS, .concurrency = CONCURRENCY, .per_host = PER_HOST};
	const int64_t now_ms = wall(year);
	struct error err = ERROR_INIT;

	assert_int_equal(planner_new(&limits, &year->planner, &err), 0);
	for (size_t i = 0; i < year->job_count; i++) {
		const struct job *job = &year->jobs[i];
		const struct claim *claim = newest_claim(job, now_ms);
		const int64_t ready_ms = claim == NULL                          ? 0
		                         : claim->not_before_ms > claim->due_ms ? claim->not_before_ms
		                                                                : claim->due_ms;
		const bool is_wanted = claim && is_again(claim) &&
		                       (job->catch_up == CATCH_UP_ONCE || now_ms - ready_ms <= PLANNER_LATE_MS);
		const struct planner_job planned = {
			.schedule = job->schedule,
			.host = job->host,
			.catch_up = job->catch_up,
			.overlap = job->overlap,
			.handled_at_ms = claim && claim->due_ms > BEGIN ? claim->due_ms : BEGIN,
			.not_before_ms = claim ? claim->not_before_ms : 0,
			.again_due_at_ms = is_wanted ? claim->due_ms : 0,
		};

		planner_add(year->planner, &planned, now_ms);
		const int64_t success_ms = job->schedule ? 0 : year->jobs[job->leader].succeeded_ms;
		if (success_ms > planned.handled_at_ms && success_ms <= now_ms &&
		    (job->catch_up == CATCH_UP_ONCE || now_ms - success_ms <= PLANNER_LATE_MS))
			planner_trigger(year->planner, (uint32_t)i, success_ms, now_ms);
	}
	year->up_since_ms = year->true_ms;
}

static void note_figures(struct year *year)
{
	const struct planner_figures figures = planner_figures(year->planner);

	year->figures.skipped += (int64_t)figures.skipped;
	year->figures.missed += (int64_t)figures.missed;
}

static void disturb(struct year *year)
{
	year->disturbed_ms = wall(year);
	year->up_since_ms = year->true_ms;
}

/* kill -9: its runs die with it, and their rows stay as they are until somebody notices. */
static void kill_daemon(struct year *year)
{
	for (size_t i = 0; i < year->job_count; i++) {
		struct job *job = &year->jobs[i];

		if (!job->is_running)
			continue;
		leave(year, job);
		job->run_exit = EXIT_KILLED;
		if (job->run_due_ms > 0)
			write_end(year, job);
	}
	note_figures(year);
	planner_free(year->planner);
	year->true_ms += roll(year, 3) == 0 ? (int64_t)roll(year, 2 * DAY) : (int64_t)roll(year, 2 * MINUTE);
	year->figures.restarts++;
	disturb(year);
	start_daemon(year);
}

/* Its processes sleep as well. */
static void sleep_machine(struct year *year)
{
	const int64_t slept_ms = (int64_t)roll(year, 20 * HOUR);

	year->true_ms += slept_ms;
	for (size_t i = 0; i < year->job_count; i++) {
		if (year->jobs[i].is_running)
			year->jobs[i].run_ends_at_ms += slept_ms;
	}
	year->figures.sleeps++;
	disturb(year);
}

static void set_clock(struct year *year)
{
	static const int64_t jumps[] = {-30 * MINUTE, -3 * HOUR, 40 * MINUTE, 5 * HOUR, -2 * DAY, -15 * 1000, 90 * 1000};

	const int64_t before_ms = wall(year);

	/* A clock that is off is put right some time. */
	if (year->offset_ms != 0 && roll(year, 2) == 0)
		year->offset_ms = 0;
	else
		year->offset_ms += jumps[roll(year, sizeof(jumps) / sizeof(jumps[0]))];
	if (year->offset_ms > DAY || year->offset_ms < -40 * DAY)
		year->offset_ms = 0;
	if (wall(year) < before_ms) {
		year->rewound_ms = wall(year);
		year->rewound_true_ms = year->true_ms;
	}
	/* What goes on went on before, by any clock. */
	for (size_t i = 0; i < year->job_count; i++) {
		if (year->jobs[i].is_running && year->jobs[i].last_began_ms > wall(year))
			year->jobs[i].last_began_ms = wall(year);
	}
	year->figures.jumps++;
	disturb(year);
}

/* ---- No run is lost ---- */

static bool is_full(const struct year *year, const struct job *job)
{
	return year->running == CONCURRENCY || year->host_running[job->host] == PER_HOST;
}

/* Has what was last due been seen to, is it about to be, or is there a rule by which it is not? */
static void check_job(struct year *year, size_t number)
{
	const struct job *job = &year->jobs[number];
	const struct claim *claim = newest_claim(job, wall(year));
	struct schedule_time time = {.due_at_ms = 0};

	/* A run at the end of quiet hours is for all that is still to be done in them. */
	if (job->schedule && schedule_last(job->schedule, wall(year), &time) == 1 && time.starts_at_ms > wall(year) &&
	    (time.notes & SCHEDULE_NOTE_QUIET) != 0)
		return;
	if (job->schedule &&
	    (schedule_last(job->schedule, wall(year) - 15 * MINUTE, &time) != 1 || time.starts_at_ms > wall(year) - MINUTE))
		return;
	/* A success of a time that is still to come makes nothing due. */
	if (!job->schedule && year->jobs[job->leader].succeeded_true_ms <= year->rewound_true_ms)
		return;
	if (!job->schedule)
		time.due_at_ms = time.starts_at_ms = last_due(year, job);
	if (time.due_at_ms <= BEGIN || time.due_at_ms <= year->rewound_ms || time.starts_at_ms > wall(year) - MINUTE)
		return;
	year->figures.checks++;
	if (claim && (claim->due_ms > time.due_at_ms || (claim->due_ms == time.due_at_ms && !is_again(claim))))
		return;
	if (job->is_running)
		return;
	/* It waits as a failed run before it asked, */
	if (claim && claim->not_before_ms > wall(year))
		return;
	/* or for a place, and then runs for what is newest. */
	if (planner_pending_ms(year->planner, (uint32_t)number) > 0 &&
	    (is_full(year, job) || (claim && claim->standing == STANDING_DEAD)))
		return;
	/* It was due while the run before was going on. */
	if (job->overlap == OVERLAP_SKIP && job->last_began_ms <= time.starts_at_ms && job->last_ended_ms >= time.starts_at_ms)
		return;
	if (job->catch_up == CATCH_UP_NONE && year->disturbed_ms >= time.starts_at_ms)
		return;
	fail_msg("job %zu lost its run of %lld at %lld (offset %lld, taken %lld, standing %d, pending %lld, handled %lld)", number,
	         (long long)time.due_at_ms, (long long)wall(year), (long long)year->offset_ms, claim ? (long long)claim->due_ms : 0,
	         claim ? claim->standing : -1, (long long)planner_pending_ms(year->planner, (uint32_t)number),
	         (long long)planner_handled_ms(year->planner, (uint32_t)number));
}

/* ---- Time ---- */

static void run_daemon(struct year *year)
{
	int64_t due_ms;
	uint32_t number;

	planner_step(year->planner, wall(year));
	while (planner_start(year->planner, wall(year), &number, &due_ms)) {
		assert_true(due_ms > 0 && due_ms <= wall(year));
		begin_run(year, number);
	}
	planner_step(year->planner, wall(year)); /* nothing may be left that would wake it at once */
	assert_true(planner_wake_ms(year->planner) > wall(year));
}

/* The next thing to happen, in true time, up to `until_ms`; the job whose run ends then, or job_count. */
static size_t find_next(const struct year *year, int64_t until_ms, int64_t *ret_at_ms)
{
	const int64_t wake_ms = planner_wake_ms(year->planner);
	size_t found = year->job_count;

	*ret_at_ms = until_ms;
	if (wake_ms != INT64_MAX && wake_ms - year->offset_ms < *ret_at_ms)
		*ret_at_ms = wake_ms - year->offset_ms;
	for (size_t i = 0; year->running > 0 && i < year->job_count; i++) {
		if (year->jobs[i].is_running && year->jobs[i].run_ends_at_ms <= *ret_at_ms) {
			*ret_at_ms = year->jobs[i].run_ends_at_ms;
			found = i;
		}
	}
	return found;
}

static void pass_until(struct year *year, int64_t until_ms)
{
	while (year->true_ms < until_ms) {
		int64_t at_ms;
		const size_t ended = find_next(year, until_ms, &at_ms);

		if (at_ms > year->true_ms)
			year->true_ms = at_ms;
		if (ended < year->job_count)
			end_run(year, ended);
		run_daemon(year);
	}
}

void year_live(uint32_t seed, bool is_clock_set, size_t jobs, int64_t days, struct year_figures *ret_figures)
{
	struct year year = {.dice = seed * UINT64_C(0x9e3779b97f4a7c15) + 1, .job_count = jobs, .true_ms = BEGIN};

	arena_init(&year.arena, (size_t)256 << 20);
	zones_init(&year.zones, NULL);
	year.jobs = calloc(jobs, sizeof(*year.jobs));
	assert_non_null(year.jobs);
	for (size_t i = 0; i < jobs; i++)
		make_job(&year, i);
	start_daemon(&year);
	while (year.true_ms < BEGIN + days * DAY) {
		pass_until(&year, year.true_ms + (int64_t)roll(&year, 12 * HOUR));
		for (size_t i = 0; year.true_ms - year.up_since_ms > 30 * MINUTE && i < jobs; i++)
			check_job(&year, i);
		switch (roll(&year, 12)) {
		case 0:
		case 1:
			kill_daemon(&year);
			break;
		case 2:
			sleep_machine(&year);
			break;
		case 3:
			if (is_clock_set)
				set_clock(&year);
			break;
		default:
			break;
		}
		run_daemon(&year);
	}
	note_figures(&year);
	*ret_figures = year.figures;
	planner_free(year.planner);
	for (size_t i = 0; i < jobs; i++)
		free(year.jobs[i].claims);
	free(year.jobs);
	zones_release(&year.zones);
	arena_release(&year.arena);
}
