/*
 * Faults at every step of an import: after each the store is whole, the catalogue as before or as after, the ledger true, and
 * the next run does the work.
 *
 * FEEDMILL_FAULTS=all tries every step, and 2/4 every fourth one from the second on, for processes side by side; else each
 * group takes as many as fit into its share of a minute, spread over all. Of requests for memory that come from the same stack
 * of calls the first is tried, or with FEEDMILL_FAULT_STACKS=repeated all. FEEDMILL_FAULT_TESTS=*memory* plays only such groups.
 */
#include "run/reader.h"
#include "run/run.h"
#include "scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define GROUP_MS 7000
#define RANDOM_KILLS 200
#define FRAMES_MIN 2

static struct scene scene;

/* Which numbers of 1 … total a group tries, in an order that is spread over all of them. */
struct choice {
	size_t total;
	size_t step; /* has no divisor in common with total */
	size_t next;
	size_t stride; /* of processes side by side */
	size_t tried;
	int64_t until_ms; /* 0 = every one */
};

static size_t common_divisor(size_t left, size_t right)
{
	return right == 0 ? left : common_divisor(right, left % right);
}

/* Is every step to be tried, and which of how many processes is this one? */
static bool tries_all(size_t *ret_first, size_t *ret_stride)
{
	const char *wish = getenv("FEEDMILL_FAULTS");
	unsigned first, stride;
	char end;

	*ret_first = 0;
	*ret_stride = 1;
	if (wish == NULL || strcmp(wish, "") == 0)
		return false;
	if (strcmp(wish, "all") == 0)
		return true;
	if (sscanf(wish, "%u/%u%c", &first, &stride, &end) != 2 || first < 1 || first > stride)
		fail_msg("FEEDMILL_FAULTS is 'all', or one of so many processes as '2/4'; not '%s'", wish);
	*ret_first = first - 1;
	*ret_stride = stride;
	return true;
}

static struct choice choice_make(size_t total)
{
	const struct clock clock = clock_system();
	struct choice choice = {.total = total, .step = total * 618 / 1000 + 1};

	while (common_divisor(total, choice.step) > 1)
		choice.step++;
	if (!tries_all(&choice.next, &choice.stride))
		choice.until_ms = clock_steady_ms(&clock) + GROUP_MS;
	return choice;
}

/* 0 = no more. */
static size_t choice_next(struct choice *choice)
{
	const struct clock clock = clock_system();
	const size_t number = choice->next * choice->step % choice->total + 1;

	if (choice->next >= choice->total ||
	    (choice->until_ms > 0 && choice->tried > 0 && clock_steady_ms(&clock) > choice->until_ms))
		return 0;
	choice->next += choice->stride;
	choice->tried++;
	return number;
}

static struct scene_end try_case(const struct scene_wish *wish, const char *label)
{
	scene_reset(&scene);
	const struct scene_end end = scene_import(&scene, wish);
	scene_check(&scene, &end, label);
	return end;
}

/* How many steps of each kind an import takes without a fault. */
static struct scene_end measure(void)
{
	const struct scene_end end = try_case(&(struct scene_wish){.fault = {.act = FAULT_NONE}}, "no fault");

	assert_true(end.is_told);
	assert_int_equal(end.outcome, RUN_APPLIED);
	return end;
}

/* The group's steps: all, or those of `numbers`. */
struct steps {
	const char *what;
	enum fault_step step;
	enum fault_act act;
	size_t total;
	const size_t *numbers; /* NULL: 1 … total */
};

static void try_each(const struct steps *steps)
{
	struct choice choice = choice_make(steps->total);
	size_t failed = 0, killed = 0;

	for (size_t number = choice_next(&choice); number > 0; number = choice_next(&choice)) {
		const size_t at = steps->numbers != NULL ? steps->numbers[number - 1] : number;
		const struct scene_wish wish = {.fault = {.step = steps->step, .act = steps->act, .at = at}};
		char label[128];

		(void)snprintf(label, sizeof(label), "%s %zu", steps->what, at);
		const struct scene_end end = try_case(&wish, label);
		killed += !end.is_told;
		failed += end.is_told && end.outcome == RUN_FAILED;
		if (steps->act == FAULT_KILL && end.is_told)
			fail_msg("%s: the process was not killed", label);
		if (end.is_told && end.outcome == RUN_FAILED && end.message[0] == '\0')
			fail_msg("%s: the run failed without a word", label);
	}
	print_message("%s: %zu of %zu tried, %zu runs failed, %zu were killed\n", steps->what, choice.tried, choice.total, failed,
	              killed);
	if (choice.tried > 0)
		assert_true(failed + killed > 0); /* else the faults met nothing */
}

static void try_steps(const char *what, enum fault_step step, enum fault_act act)
{
	const struct scene_end measured = measure();

	assert_true(measured.counts[step] >= FRAMES_MIN);
	try_each(&(struct steps){.what = what, .step = step, .act = act, .total = measured.counts[step]});
}

static int compare_hashes(const void *left, const void *right)
{
	const uint64_t a = *(const uint64_t *)left;
	const uint64_t b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

/* The numbers of requests whose stack of calls is that of none before; free() them. */
static size_t *find_first_of_stacks(const uint64_t *hashes, size_t count, size_t *ret_count)
{
	uint64_t *seen = calloc(count, sizeof(*seen));
	bool *is_seen = calloc(count, sizeof(*is_seen));
	size_t *numbers = calloc(count, sizeof(*numbers));

	assert_true(seen != NULL && is_seen != NULL && numbers != NULL);
	memcpy(seen, hashes, count * sizeof(*seen));
	qsort(seen, count, sizeof(*seen), compare_hashes);
	*ret_count = 0;
	for (size_t index = 0; index < count; index++) {
		const uint64_t *place = bsearch(&hashes[index], seen, count, sizeof(*seen), compare_hashes);

		/* Equal ones stand side by side: the first of them is the one to mark. */
		while (place > seen && place[-1] == hashes[index])
			place--;
		if (!is_seen[place - seen])
			numbers[(*ret_count)++] = index + 1;
		is_seen[place - seen] = true;
	}
	free(seen);
	free(is_seen);
	return numbers;
}

static void try_memory(const char *what)
{
	const char *wish = getenv("FEEDMILL_FAULT_STACKS");
	const size_t count = measure().counts[FAULT_STEP_MEMORY];
	struct steps steps = {.what = what, .step = FAULT_STEP_MEMORY, .act = FAULT_FAIL, .total = count};
	size_t *numbers;

	if (wish != NULL && strcmp(wish, "repeated") == 0) {
		try_each(&steps);
		return;
	}
	uint64_t *hashes = mmap(NULL, count * sizeof(*hashes), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(hashes, MAP_FAILED);
	fault_note_stacks(hashes, count);
	(void)measure();
	fault_note_stacks(NULL, 0);
	steps.numbers = numbers = find_first_of_stacks(hashes, count, &steps.total);
	print_message("%s: %zu requests come from %zu stacks of calls\n", what, count, steps.total);
	assert_true(steps.total < count);
	try_each(&steps);
	free(numbers);
	(void)munmap(hashes, count * sizeof(*hashes));
}

static void a_writer_is_killed_at_any_step_of_its_database(void **state)
{
	(void)state;
	try_steps("killed at a step of the database", FAULT_STEP_DATABASE, FAULT_KILL);
}

static void a_writer_is_killed_at_any_step_of_its_files(void **state)
{
	(void)state;
	try_steps("killed at a step of files", FAULT_STEP_FILE, FAULT_KILL);
}

static void a_reader_is_killed_at_any_wait_for_a_frame(void **state)
{
	(void)state;
	try_steps("reader killed at a wait for its frame", FAULT_STEP_FRAME, FAULT_KILL_READER);
}

static void any_request_for_memory_fails(void **state)
{
	(void)state;
	try_memory("no memory");
}

static void any_step_of_the_database_fails(void **state)
{
	(void)state;
	try_steps("step of the database failed", FAULT_STEP_DATABASE, FAULT_FAIL);
	try_steps("steps of the database failed from", FAULT_STEP_DATABASE, FAULT_FAIL_ON);
}

static void any_step_of_a_file_fails(void **state)
{
	(void)state;
	try_steps("step of files failed", FAULT_STEP_FILE, FAULT_FAIL);
	try_steps("steps of files failed from", FAULT_STEP_FILE, FAULT_FAIL_ON);
}

static void processes_are_killed_at_random_instants(void **state)
{
	struct choice choice = choice_make(RANDOM_KILLS);
	const struct clock clock = clock_system();
	size_t told = 0;

	(void)state;
	const int64_t started_ms = clock_steady_ms(&clock);
	(void)measure();
	const long whole_us = (long)(clock_steady_ms(&clock) - started_ms) * 1000 / 2;
	for (size_t number = choice_next(&choice); number > 0; number = choice_next(&choice)) {
		const struct scene_wish wish = {.kill_after_us = whole_us * (long)number / RANDOM_KILLS,
		                                .kills_reader = number % 4 == 0};
		char label[64];

		(void)snprintf(label, sizeof(label), "killed after %ld us", wish.kill_after_us);
		told += try_case(&wish, label).is_told;
	}
	print_message("killed at random: %zu tried, %zu of them had ended or lost their reader\n", choice.tried, told);
}

static void a_disk_is_full_at_any_size(void **state)
{
	static const long sizes[] = {1, 100, 1000, 4096, 20000, 65536, 100000, 131072, 150000, 200000, 262144, 300000, 400000};

	(void)state;
	for (size_t index = 0; index < sizeof(sizes) / sizeof(sizes[0]); index++) {
		char label[64];

		(void)snprintf(label, sizeof(label), "files of at most %ld bytes", sizes[index]);
		(void)try_case(&(struct scene_wish){.file_bytes_max = sizes[index]}, label);
	}
}

static void a_clock_jumps(void **state)
{
	(void)state;
	const struct scene_end end = try_case(&(struct scene_wish){.clock_jumps = true}, "a jumping clock");

	assert_true(end.is_told);
	assert_int_equal(end.outcome, RUN_APPLIED);
}

static int set_up(void **state)
{
	(void)state;
	scene_init(&scene);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	scene_release(&scene);
	return 0;
}

static int fault_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_writer_is_killed_at_any_step_of_its_database),
		cmocka_unit_test(a_writer_is_killed_at_any_step_of_its_files),
		cmocka_unit_test(a_reader_is_killed_at_any_wait_for_a_frame),
		cmocka_unit_test(any_request_for_memory_fails),
		cmocka_unit_test(any_step_of_the_database_fails),
		cmocka_unit_test(any_step_of_a_file_fails),
		cmocka_unit_test(processes_are_killed_at_random_instants),
		cmocka_unit_test(a_disk_is_full_at_any_size),
		cmocka_unit_test(a_clock_jumps),
	};

	cmocka_set_test_filter(getenv("FEEDMILL_FAULT_TESTS"));
	return cmocka_run_group_tests_name("fault", tests, set_up, tear_down);
}

/* The program's reader is the program itself, which is this one here. */
int main(int argc, char **argv)
{
	if (argc > 0 && strcmp(argv[0], READER_PROGRAM) == 0)
		return reader_main();
	(void)signal(SIGPIPE, SIG_IGN);
	fault_install();
	return fault_tests() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
