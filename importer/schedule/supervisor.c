/* The daemon's loop: what is due is started, who ended is seen to, then it sleeps. */
#include "schedule/supervisor.h"

#include "base/instant.h"
#include "base/limits.h"
#include "schedule/daemon_lock.h"
#include "schedule/lookout.h"
#include "schedule/service_manager.h"
#include "store/changes.h"
#include "store/due.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define KILL_AFTER_MS 10000        /* what a run that was told to stop may take; it needs two seconds */
#define UNTAKEN_WAIT_MS 10000      /* before a run is started again that ended without taking its instant; doubles up to … */
#define UNTAKEN_WAIT_MAX_MS 600000 /* … this */
#define STORE_PATIENCE_MS 5000     /* for other writers, while nothing else is seen to */
#define LOOK_TIMEOUT_MS ((int64_t)LIMIT_NOTICES_MS + LIMIT_AFTERMATH_MS) /* for people to be told, and the store to be had */
#define LOOK_PAUSE_MS 1000                                               /* between two looks at what others have run … */
#define LOOK_SHARE 20                                                    /* … and so many times as long as such a look takes */
#define LOOK_UNTOLD_MS 60000 /* from one look to the next where nobody tells us of changes */
#define EXIT_MISTAKEN 2      /* exit statuses of runs: the configuration is wrong … */
#define EXIT_OVERLAPPED 5    /* … another run of the job is going on, and this one is left out */
#define FAR_AWAY_S (INT64_C(1) << 40)

enum stopping { STOPPING_NO, STOPPING_WAITING, STOPPING_CANCELLED, STOPPING_KILLED };

enum { POLL_SIGNALS, POLL_TIMER, POLL_CHANGES, POLL_FIXED };

struct supervisor {
	const struct supervisor_options *options;
	struct service_manager manager;
	struct lookout lookout;
	struct store *store;
	struct due_reader *reader;
	struct roster *roster;
	struct child **children;
	size_t child_count;
	size_t child_room;
	struct pollfd *polls; /* POLL_FIXED, then the children's outputs */
	uint8_t *untaken;     /* by job: runs in a row that ended without taking their instant */
	int signal_fd;
	int timer_fd;
	int changes_fd;             /* of the store, while jobs run after others; -1 = not watched */
	int64_t look_at_ms;         /* steady: when we look at what others have run; INT64_MAX = there is nothing new */
	int64_t look_not_before_ms; /* steady */
	enum stopping stopping;
	int64_t stopping_at_ms; /* steady: when the next stage of it begins */
	int64_t sign_at_ms;     /* steady: when the watchdog wants its next sign */
};

static int64_t now_ms(const struct supervisor *supervisor)
{
	return clock_now_ms(&supervisor->options->clock);
}

static int64_t steady_ms(const struct supervisor *supervisor)
{
	return clock_steady_ms(&supervisor->options->clock);
}

static void tell_error(const struct supervisor *supervisor, const char *what, const struct error *err)
{
	fprintf(supervisor->options->errors, "feedmill: %s: %s\n", what, err->message);
}

static void tell_status(const struct supervisor *supervisor)
{
	const struct planner_figures figures = planner_figures(roster_planner(supervisor->roster));
	const int64_t wake_ms = planner_wake_ms(roster_planner(supervisor->roster));
	char next[INSTANT_TEXT_SIZE] = "never";

	if (supervisor->manager.socket_fd < 0)
		return;
	if (wake_ms != INT64_MAX)
		instant_format(wake_ms, next);
	service_manager_tell(&supervisor->manager, "STATUS=%zu jobs, %zu running, %zu waiting for a place, next %s",
	                     roster_count(supervisor->roster), figures.running, figures.ready, next);
}

/* ---- Starting runs ---- */

static bool make_room(struct supervisor *supervisor)
{
	if (supervisor->child_count < supervisor->child_room)
		return true;
	const size_t room = supervisor->child_room * 2 + 8;
	struct child **children = realloc(supervisor->children, room * sizeof(*children));
	if (children)
		supervisor->children = children;
	struct pollfd *polls = realloc(supervisor->polls, (room + POLL_FIXED) * sizeof(*polls));
	if (polls)
		supervisor->polls = polls;
	if (!children || !polls)
		return false;
	supervisor->child_room = room;
	return true;
}

/* A process as `child` says; NULL: ERROR_MEMORY, ERROR_SYSTEM. */
static const struct child *start_child(struct supervisor *supervisor, const struct child *child, struct error *err)
{
	struct child *copy = make_room(supervisor) ? malloc(sizeof(*copy)) : NULL;

	if (!copy) {
		(void)error_set_memory(err);
		return NULL;
	}
	*copy = *child;
	if (child_start(copy, &supervisor->options->command, err) < 0) {
		free(copy);
		return NULL;
	}
	supervisor->children[supervisor->child_count++] = copy;
	return copy;
}

static int start_run(struct supervisor *supervisor, const struct roster_job *job, int64_t due_at_ms, struct error *err)
{
	struct child run = {.task = CHILD_RUN, .due_at_ms = due_at_ms, .deadline_ms = INT64_MAX};

	if (job->run_timeout_ms > 0)
		run.deadline_ms = steady_ms(supervisor) + job->run_timeout_ms + LIMIT_AFTERMATH_MS;
	(void)snprintf(run.job, sizeof(run.job), "%s", job->name); /* fits: names have at most 64 bytes */
	const struct child *child = start_child(supervisor, &run, err);
	if (child && supervisor->options->is_verbose) {
		char due[INSTANT_TEXT_SIZE];

		instant_format(due_at_ms, due);
		fprintf(supervisor->options->errors, "feedmill: started '%s', due at %s, process %ld\n", job->name, due,
		        (long)child->pid);
	}
	return child ? 0 : -1;
}

/* Runs look for those that did not come; where none ends, a process of its own has to. */
static void look_out(struct supervisor *supervisor)
{
	const struct child look = {.task = CHILD_NOTIFY, .deadline_ms = steady_ms(supervisor) + LOOK_TIMEOUT_MS};
	struct error err = ERROR_INIT;

	if (supervisor->stopping != STOPPING_NO || roster_count(supervisor->roster) == 0 ||
	    !lookout_begin(&supervisor->lookout, steady_ms(supervisor)))
		return;
	if (start_child(supervisor, &look, &err))
		return;
	tell_error(supervisor, "missing runs are not looked for", &err);
	lookout_end(&supervisor->lookout, 0, steady_ms(supervisor));
}

/* How long a run waits that could not begin, each time longer. */
static int64_t untaken_wait_ms(struct supervisor *supervisor, uint32_t number)
{
	uint8_t *count = &supervisor->untaken[number];
	const int64_t wait_ms = (int64_t)UNTAKEN_WAIT_MS << (*count < 8 ? *count : 8);

	if (*count < UINT8_MAX)
		++*count;
	return wait_ms < UNTAKEN_WAIT_MAX_MS ? wait_ms : UNTAKEN_WAIT_MAX_MS;
}

static void start_due(struct supervisor *supervisor)
{
	struct planner *planner = roster_planner(supervisor->roster);
	struct error err = ERROR_INIT;
	int64_t due_at_ms;
	uint32_t number;

	planner_step(planner, now_ms(supervisor));
	while (supervisor->stopping == STOPPING_NO && planner_start(planner, now_ms(supervisor), &number, &due_at_ms)) {
		const struct roster_job *job = roster_job(supervisor->roster, number);

		if (start_run(supervisor, job, due_at_ms, &err) == 0)
			continue;
		tell_error(supervisor, job->name, &err);
		planner_finish(planner, number,
		               &(struct planner_end){.is_again = true,
		                                     .not_before_ms = now_ms(supervisor) + untaken_wait_ms(supervisor, number)},
		               now_ms(supervisor));
	}
}

/* ---- Ends of runs ---- */

/* Jobs that run after one that has succeeded. What it remembers of earlier successes is no news to those who have run since. */
static void trigger_followers(struct supervisor *supervisor, const struct roster_leader *leader, int64_t succeeded_at_ms)
{
	for (size_t i = 0; succeeded_at_ms > 0 && i < leader->follower_count; i++)
		planner_trigger(roster_planner(supervisor->roster), leader->followers[i], succeeded_at_ms, now_ms(supervisor));
}

/* What the ledger and the exit status say of what is to be done next. */
static struct planner_end judge(struct supervisor *supervisor, uint32_t number, const struct child *child, int status,
                                const struct due_state *state)
{
	const bool is_taken = state->standing != DUE_NEVER && state->due_at_ms >= child->due_at_ms;
	const int exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	const bool is_settled = exit_status == 0 || (is_taken ? state->standing == DUE_DONE || state->not_before_ms > 0
	                                                      : exit_status == EXIT_MISTAKEN || exit_status == EXIT_OVERLAPPED);
	struct planner_end end = {.taken_at_ms = state->due_at_ms, .not_before_ms = state->not_before_ms};

	if (is_settled) {
		supervisor->untaken[number] = 0;
		end.is_again = exit_status != 0 && is_taken && state->standing == DUE_AGAIN;
		return end;
	}
	/* It did not come to its instant, was stopped, or died: by the same hand again, if at once. */
	const int64_t not_before_ms = now_ms(supervisor) + untaken_wait_ms(supervisor, number);
	end.is_again = true;
	if (end.not_before_ms < not_before_ms)
		end.not_before_ms = not_before_ms;
	return end;
}

static void tell_end(const struct supervisor *supervisor, const struct child *child, int status)
{
	char title[CHILD_TITLE_SIZE];

	child_describe(child, title);
	if (WIFSIGNALED(status))
		fprintf(supervisor->options->errors, "feedmill: %s was killed by signal %d\n", title, WTERMSIG(status));
	else if (WEXITSTATUS(status) == 126 || WEXITSTATUS(status) == 127)
		fprintf(supervisor->options->errors, "feedmill: %s could not be started: is /proc mounted?\n", title);
	else if (supervisor->options->is_verbose && child->task == CHILD_RUN)
		fprintf(supervisor->options->errors, "feedmill: ended '%s' with status %d\n", child->job, WEXITSTATUS(status));
	else if (supervisor->options->is_verbose)
		fprintf(supervisor->options->errors, "feedmill: looked for missing runs, status %d\n", WEXITSTATUS(status));
}

static void finish_run(struct supervisor *supervisor, const struct child *child, int status)
{
	struct due_state state = {.standing = DUE_NEVER};
	struct error err = ERROR_INIT;
	uint32_t number = 0;

	if (!roster_find(supervisor->roster, child->job, &number))
		return;
	const struct roster_job *job = roster_job(supervisor->roster, number);
	if (due_reader_read(supervisor->reader, child->job, job->attempts, now_ms(supervisor), &state, &err) < 0)
		tell_error(supervisor, child->job, &err);
	const struct planner_end end = judge(supervisor, number, child, status, &state);
	planner_finish(roster_planner(supervisor->roster), number, &end, now_ms(supervisor));
	const struct roster_leader *leader = roster_leader(supervisor->roster, child->job);
	if (leader)
		trigger_followers(supervisor, leader, state.succeeded_at_ms);
}

static int64_t processor_ms(const struct rusage *usage)
{
	return (int64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000 +
	       (usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1000;
}

static void reap(struct supervisor *supervisor)
{
	for (size_t i = 0; i < supervisor->child_count;) {
		struct child *child = supervisor->children[i];
		struct rusage usage = {.ru_maxrss = 0};
		int status = 0;

		if (wait4(child->pid, &status, WNOHANG, &usage) != child->pid) {
			i++;
			continue;
		}
		supervisor->children[i] = supervisor->children[--supervisor->child_count];
		child_release(child, supervisor->options->errors);
		tell_end(supervisor, child, status);
		if (child->task == CHILD_RUN)
			finish_run(supervisor, child, status);
		else
			lookout_end(&supervisor->lookout, processor_ms(&usage), steady_ms(supervisor));
		free(child);
	}
}

/* ---- Runs of others, by hand and by timers ---- */

static void stop_watching(struct supervisor *supervisor)
{
	if (supervisor->changes_fd >= 0)
		(void)close(supervisor->changes_fd); /* nothing is written to it */
	supervisor->changes_fd = -1;
	supervisor->look_at_ms = INT64_MAX;
}

/* Only who has jobs that run after others is woken by what is written to the store. */
static void start_watching(struct supervisor *supervisor)
{
	struct error err = ERROR_INIT;
	size_t leaders;

	(void)roster_leaders(supervisor->roster, &leaders);
	if (leaders == 0) {
		stop_watching(supervisor);
		return;
	}
	supervisor->look_at_ms = supervisor->look_not_before_ms; /* something may have come before we listened */
	if (supervisor->changes_fd < 0 && store_changes_open(supervisor->store, &supervisor->changes_fd, &err) < 0) {
		supervisor->changes_fd = -1;
		tell_error(supervisor, "runs of others are noticed once a minute", &err);
	}
}

static int look_at_leaders(struct supervisor *supervisor, struct error *err)
{
	size_t count;
	const struct roster_leader *leaders = roster_leaders(supervisor->roster, &count);
	int result = due_reader_begin(supervisor->reader, err);

	if (result < 0)
		return -1;
	for (size_t i = 0; result == 0 && i < count; i++) {
		struct due_state state = {.standing = DUE_NEVER};

		result = due_reader_read(supervisor->reader, leaders[i].name, 1, now_ms(supervisor), &state, err);
		if (result == 0)
			trigger_followers(supervisor, &leaders[i], state.succeeded_at_ms);
	}
	due_reader_end(supervisor->reader);
	return result;
}

/* What was said before is dropped first: what comes while we look is said again. */
static void look_at_others(struct supervisor *supervisor)
{
	const int64_t begun_ms = steady_ms(supervisor);
	struct error err = ERROR_INIT;

	supervisor->look_at_ms = INT64_MAX;
	if (supervisor->changes_fd >= 0 && store_changes_take(supervisor->store, supervisor->changes_fd, &err) < 0)
		stop_watching(supervisor);
	error_clear(&err);
	if (supervisor->changes_fd < 0 && store_changes_open(supervisor->store, &supervisor->changes_fd, &err) < 0)
		supervisor->look_at_ms = begun_ms + LOOK_UNTOLD_MS;
	error_clear(&err);
	if (look_at_leaders(supervisor, &err) < 0) {
		tell_error(supervisor, "cannot see what others have run", &err);
		supervisor->look_at_ms = begun_ms + LOOK_UNTOLD_MS;
	}
	const int64_t end_ms = steady_ms(supervisor);
	const int64_t pause_ms = (end_ms - begun_ms) * LOOK_SHARE;
	supervisor->look_not_before_ms = end_ms + (pause_ms > LOOK_PAUSE_MS ? pause_ms : LOOK_PAUSE_MS);
}

/* ---- Signals ---- */

static void signal_children(const struct supervisor *supervisor, int number)
{
	for (size_t i = 0; i < supervisor->child_count; i++)
		(void)kill(supervisor->children[i]->pid, number); /* one that is gone is about to be reaped */
}

static size_t count_runs(const struct supervisor *supervisor)
{
	size_t count = 0;

	for (size_t i = 0; i < supervisor->child_count; i++)
		count += supervisor->children[i]->task == CHILD_RUN;
	return count;
}

static void stop_harder(struct supervisor *supervisor)
{
	const size_t runs = count_runs(supervisor);

	switch (supervisor->stopping) {
	case STOPPING_NO:
		supervisor->stopping = STOPPING_WAITING;
		supervisor->stopping_at_ms = steady_ms(supervisor) + roster_grace_ms(supervisor->roster);
		if (runs > 0)
			fprintf(supervisor->options->errors, "feedmill: told to stop: %zu runs have %" PRId64 " s to end\n", runs,
			        roster_grace_ms(supervisor->roster) / 1000);
		service_manager_tell(&supervisor->manager, "STOPPING=1\nSTATUS=waiting for %zu runs to end", runs);
		break;
	case STOPPING_WAITING:
		supervisor->stopping = STOPPING_CANCELLED;
		supervisor->stopping_at_ms = steady_ms(supervisor) + KILL_AFTER_MS;
		signal_children(supervisor, SIGTERM);
		break;
	case STOPPING_CANCELLED:
	case STOPPING_KILLED:
		supervisor->stopping = STOPPING_KILLED;
		supervisor->stopping_at_ms = INT64_MAX;
		signal_children(supervisor, SIGKILL);
		break;
	}
}

static int make_roster(struct supervisor *supervisor, struct error *err)
{
	const struct supervisor_options *options = supervisor->options;
	struct roster *roster = NULL;

	if (options->load(options->context, supervisor->store, supervisor->roster, &roster, err) < 0)
		return -1;
	uint8_t *untaken = calloc(planner_figures(roster_planner(roster)).jobs + 1, sizeof(*untaken));
	if (!untaken) {
		roster_free(roster);
		return error_set_memory(err);
	}
	roster_free(supervisor->roster);
	free(supervisor->untaken);
	supervisor->roster = roster;
	supervisor->untaken = untaken;
	start_watching(supervisor);
	(void)malloc_trim(0); /* what the configuration took is not needed until the next one */
	return 0;
}

/* The old one stays where the new one is broken. */
static void reload(struct supervisor *supervisor)
{
	struct error err = ERROR_INIT;

	service_manager_tell(&supervisor->manager, "RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\nSTATUS=reading the configuration",
	                     steady_ms(supervisor) * 1000);
	if (make_roster(supervisor, &err) == 0) {
		fprintf(supervisor->options->errors, "feedmill: the configuration was read again: %zu jobs are scheduled\n",
		        roster_count(supervisor->roster));
	} else {
		if (err.code != ERROR_NONE)
			tell_error(supervisor, "reload", &err);
		fputs("feedmill: the configuration stays as it was: the new one cannot be used\n", supervisor->options->errors);
	}
	service_manager_tell(&supervisor->manager, "READY=1");
}

static void read_signals(struct supervisor *supervisor)
{
	struct signalfd_siginfo info;

	while (read(supervisor->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGHUP && supervisor->stopping == STOPPING_NO)
			reload(supervisor);
		else if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			stop_harder(supervisor);
	}
	reap(supervisor);
}

/* ---- Waiting ---- */

/* By the wall clock, and woken when that is set. */
static void set_timer(const struct supervisor *supervisor)
{
	const int64_t wake_ms = supervisor->stopping == STOPPING_NO ? planner_wake_ms(roster_planner(supervisor->roster))
	                                                            : INT64_MAX;
	const int64_t wake_s = wake_ms / 1000 < FAR_AWAY_S ? wake_ms / 1000 : FAR_AWAY_S;
	struct itimerspec timer = {
		.it_value = {.tv_sec = (time_t)(wake_s > 0 ? wake_s : 1), .tv_nsec = (long)(wake_ms % 1000 * 1000000)}};

	/* Cannot fail with a valid time, but for a clock that was set just now: then it rings at once. */
	(void)timerfd_settime(supervisor->timer_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &timer, NULL);
}

static int64_t earlier(int64_t left_ms, int64_t right_ms)
{
	return left_ms < right_ms ? left_ms : right_ms;
}

/* What passes by the steady clock: deadlines and the watchdog. */
static int wait_ms(const struct supervisor *supervisor)
{
	int64_t until_ms = supervisor->stopping == STOPPING_NO ? supervisor->look_at_ms : supervisor->stopping_at_ms;

	for (size_t i = 0; i < supervisor->child_count; i++)
		until_ms = earlier(until_ms, supervisor->children[i]->deadline_ms);
	if (supervisor->stopping == STOPPING_NO && roster_count(supervisor->roster) > 0)
		until_ms = earlier(until_ms, supervisor->lookout.next_ms);
	if (supervisor->manager.watchdog_ms > 0)
		until_ms = earlier(until_ms, supervisor->sign_at_ms);
	if (until_ms == INT64_MAX)
		return -1;
	const int64_t left_ms = until_ms - steady_ms(supervisor);
	return left_ms <= 0 ? 0 : left_ms > 3600000 ? 3600000 : (int)left_ms;
}

static void wait_for_something(struct supervisor *supervisor)
{
	struct pollfd *polls = supervisor->polls;
	uint64_t rings;

	polls[POLL_SIGNALS] = (struct pollfd){.fd = supervisor->signal_fd, .events = POLLIN};
	polls[POLL_TIMER] = (struct pollfd){.fd = supervisor->timer_fd, .events = POLLIN};
	/* What is known to be new need not be told again; poll() passes over -1. */
	polls[POLL_CHANGES] = (struct pollfd){.fd = supervisor->look_at_ms == INT64_MAX ? supervisor->changes_fd : -1,
	                                      .events = POLLIN};
	for (size_t i = 0; i < supervisor->child_count; i++)
		polls[i + POLL_FIXED] = (struct pollfd){.fd = supervisor->children[i]->output_fd, .events = POLLIN};
	if (poll(polls, supervisor->child_count + POLL_FIXED, wait_ms(supervisor)) <= 0)
		return;
	for (size_t i = 0; i < supervisor->child_count; i++) {
		if (polls[i + POLL_FIXED].revents != 0)
			child_pass_on(supervisor->children[i], supervisor->options->errors);
	}
	if (polls[POLL_CHANGES].revents != 0)
		supervisor->look_at_ms = supervisor->look_not_before_ms;
	if (polls[POLL_TIMER].revents != 0)
		(void)!read(supervisor->timer_fd, &rings,
		            sizeof(rings)); /* ECANCELED: the clock was set; it is looked at in any case */
	if (polls[POLL_SIGNALS].revents != 0)
		read_signals(supervisor);
}

static void keep_deadlines(struct supervisor *supervisor)
{
	const int64_t steady = steady_ms(supervisor);

	for (size_t i = 0; i < supervisor->child_count; i++) {
		struct child *child = supervisor->children[i];
		char title[CHILD_TITLE_SIZE];

		if (child->deadline_ms > steady)
			continue;
		child_describe(child, title);
		fprintf(supervisor->options->errors, "feedmill: %s does not stop at its %s: killed\n", title,
		        child->task == CHILD_RUN ? "run_timeout" : "limit");
		(void)kill(child->pid, SIGKILL); /* it is about to be reaped */
		child->deadline_ms = INT64_MAX;
	}
	if (supervisor->stopping != STOPPING_NO && supervisor->stopping_at_ms <= steady)
		stop_harder(supervisor);
	if (supervisor->manager.watchdog_ms > 0 && supervisor->sign_at_ms <= steady) {
		service_manager_tell(&supervisor->manager, "WATCHDOG=1");
		supervisor->sign_at_ms = steady + supervisor->manager.watchdog_ms / 2;
	}
}

static void work(struct supervisor *supervisor)
{
	service_manager_tell(&supervisor->manager, "READY=1");
	supervisor->sign_at_ms = steady_ms(supervisor);
	lookout_init(&supervisor->lookout, steady_ms(supervisor));
	while (supervisor->stopping == STOPPING_NO || supervisor->child_count > 0) {
		if (supervisor->stopping == STOPPING_NO && supervisor->look_at_ms <= steady_ms(supervisor))
			look_at_others(supervisor);
		start_due(supervisor);
		look_out(supervisor);
		tell_status(supervisor);
		set_timer(supervisor);
		(void)fflush(supervisor->options->errors); /* who listens no more is not told */
		keep_deadlines(supervisor);
		wait_for_something(supervisor);
	}
}

/* ---- Life ---- */

static int open_descriptors(struct supervisor *supervisor, sigset_t *ret_before, struct error *err)
{
	sigset_t signals;

	(void)sigemptyset(&signals); /* these cannot fail with valid signals */
	(void)sigaddset(&signals, SIGCHLD);
	(void)sigaddset(&signals, SIGHUP);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &signals, ret_before) < 0)
		return error_set_system(err, errno, "cannot block signals");
	supervisor->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (supervisor->signal_fd < 0)
		return error_set_system(err, errno, "cannot wait for signals");
	supervisor->timer_fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (supervisor->timer_fd < 0)
		return error_set_system(err, errno, "cannot make a timer");
	return make_room(supervisor) ? 0 : error_set_memory(err);
}

static int open_store(struct supervisor *supervisor, struct error *err)
{
	const struct supervisor_options *options = supervisor->options;

	if (store_open(options->store, STORE_CREATE, &supervisor->store, err) < 0)
		return -1;
	store_watch(supervisor->store, &(struct store_watch){.clock = options->clock, .patience_ms = STORE_PATIENCE_MS});
	return due_reader_open(supervisor->store, &supervisor->reader, err);
}

static void close_descriptor(int fd)
{
	if (fd >= 0)
		(void)close(fd); /* nothing is written to it */
}

int supervisor_run(const struct supervisor_options *options, struct error *err)
{
	struct supervisor supervisor = {
		.options = options, .signal_fd = -1, .timer_fd = -1, .changes_fd = -1, .look_at_ms = INT64_MAX};
	int lock_fd = -1;
	sigset_t before;
	int result = -1;

	(void)sigemptyset(&before);
	(void)signal(SIGPIPE, SIG_IGN); /* cannot fail for it */
	service_manager_init(&supervisor.manager);
	if (open_store(&supervisor, err) == 0 && (lock_fd = daemon_lock_take(options->store, err)) >= 0 &&
	    open_descriptors(&supervisor, &before, err) == 0 && make_roster(&supervisor, err) == 0) {
		work(&supervisor);
		result = 0;
	}
	due_reader_close(supervisor.reader);
	store_close(supervisor.store);
	roster_free(supervisor.roster);
	free(supervisor.untaken);
	free(supervisor.children);
	free(supervisor.polls);
	close_descriptor(supervisor.signal_fd);
	close_descriptor(supervisor.timer_fd);
	close_descriptor(supervisor.changes_fd);
	close_descriptor(lock_fd);
	service_manager_release(&supervisor.manager);
	return result;
}
