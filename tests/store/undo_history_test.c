/*
 * Random histories of two jobs under any policies, and their undos: in
 * reverse, undone again, and in any order that has no conflict. Whenever the
 * runs that are left are the first ones, everything is as it was after them.
 */
#include "apply_random.h"
#include "apply_tests.h"
#include "undo_support.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HISTORIES 48
#define HISTORIES_PER_STORE 12
#define RUNS_MAX 7

struct history {
	struct world *world;
	char catalog[64];
	size_t count;
	int64_t run_ids[RUNS_MAX];
	bool is_undone[RUNS_MAX];
	char *states[RUNS_MAX + 1]; /* after so many runs */
	char *contents[RUNS_MAX + 1];
	struct random_feed feeds[RUNS_MAX];
	struct run_options options[RUNS_MAX];
};

static void run_feed(struct history *history, size_t index, struct run_result *ret_result)
{
	struct feed feed;

	random_feed_build(&history->feeds[index], &(struct random_options){.rejects = true}, &feed);
	feed_run(history->world, &feed, &history->options[index], ret_result);
	feed_release(&feed);
}

/* Another catalogue of the store, in which nothing may happen. */
static void keep_bystander(struct world *world)
{
	struct run_result result;
	struct feed feed;

	feed_init(&feed);
	(void)feed_category(&feed, "c1", NULL, "Bystander");
	statement_set(&feed, feed_sku(&feed, "s1", "p1", PRODUCT_LINK_GROUP, "Bystander"), FIELD_TEXTS,
	              "[{\"field\":\"name\",\"language\":\"de\",\"value\":\"Zuschauer\"}]");
	feed_run(world, &feed, &(struct run_options){.catalog = "bystander"}, &result);
	feed_release(&feed);
}

static void history_make(struct world *world, unsigned index, struct chance *chance, struct history *ret_history)
{
	struct random_feed random[2];
	struct run_options options[2];
	struct run_result result;

	*ret_history = (struct history){.world = world};
	(void)snprintf(ret_history->catalog, sizeof(ret_history->catalog), "c%u", index);
	world_execute(world, "BEGIN");
	{
		char sql[128];

		(void)snprintf(sql, sizeof(sql), "INSERT INTO catalog_name (catalog) VALUES ('%s')", ret_history->catalog);
		world_execute(world, sql);
	}
	world_execute(world, "COMMIT");
	for (size_t job = 0; job < 2; job++) {
		random_feed_first(chance, &random[job]);
		options[job] = random_run_options(chance, ret_history->catalog, job);
	}
	ret_history->states[0] = dump_all(world, ret_history->catalog);
	ret_history->contents[0] = dump(world, ret_history->catalog);
	ret_history->count = 2 + chance_below(chance, RUNS_MAX - 1);
	for (size_t run = 0; run < ret_history->count; run++) {
		const size_t job = chance_below(chance, 2);

		if (chance_percent(chance, 40))
			options[job] = random_run_options(chance, ret_history->catalog, job);
		ret_history->feeds[run] = random[job];
		ret_history->options[run] = options[job];
		ret_history->options[run].catalog = ret_history->catalog;
		run_feed(ret_history, run, &result);
		ret_history->run_ids[run] = result.run_id;
		ret_history->states[run + 1] = dump_all(world, ret_history->catalog);
		ret_history->contents[run + 1] = dump(world, ret_history->catalog);
		random_feed_next(chance, &random[job]);
	}
}

static void history_release(struct history *history)
{
	for (size_t index = 0; index <= history->count; index++) {
		free(history->states[index]);
		free(history->contents[index]);
	}
}

static void each_history(uint64_t factor, void (*check)(struct history *history, struct chance *chance))
{
	struct world world;

	for (unsigned index = 0; index < HISTORIES; index++) {
		struct chance chance = {.state = index * factor};
		struct history history;
		char *bystander;

		if (index % HISTORIES_PER_STORE == 0) {
			world_open(&world);
			keep_bystander(&world);
		}
		bystander = dump_all(&world, "bystander");
		history_make(&world, index, &chance, &history);
		print_message("           history %u: %zu runs from run %" PRId64 "\n", index, history.count, history.run_ids[0]);
		history.world = &world;
		check(&history, &chance);
		assert_dump(&world, "bystander", bystander);
		free(bystander);
		history_release(&history);
		if (index % HISTORIES_PER_STORE == HISTORIES_PER_STORE - 1)
			world_close(&world);
	}
}

/* The last run back, and once more by undoing the undo; then the next. */
static void undo_in_reverse(struct history *history, struct chance *chance)
{
	for (size_t run = history->count; run > 0; run--) {
		struct undo_result undo;
		struct undo_result redo;

		undo_cleanly(history->world, history->run_ids[run - 1], &undo);
		assert_dump(history->world, history->catalog, history->states[run - 1]);
		if (chance_percent(chance, 50)) {
			undo_cleanly(history->world, undo.run_id, &redo);
			assert_dump(history->world, history->catalog, history->states[run]);
			undo_cleanly(history->world, chance_percent(chance, 50) ? redo.run_id : history->run_ids[run - 1], &undo);
			assert_dump(history->world, history->catalog, history->states[run - 1]);
		}
		assert_undo_refused(history->world, history->run_ids[run - 1], "undone already");
	}
}

static void undo_in_reverse_restores_every_state(void **state)
{
	(void)state;
	each_history(UINT64_C(15485867), undo_in_reverse);
}

/* How many runs are left if those are the first ones, else -1. */
static long runs_left(const struct history *history)
{
	size_t left = 0;

	while (left < history->count && !history->is_undone[left])
		left++;
	for (size_t run = left; run < history->count; run++)
		if (!history->is_undone[run])
			return -1;
	return (long)left;
}

static void undo_in_any_order(struct history *history, struct chance *chance)
{
	for (unsigned attempt = 0; attempt < 3 * RUNS_MAX; attempt++) {
		const size_t run = chance_below(chance, (unsigned)history->count);
		char *before = dump_all(history->world, history->catalog);
		struct undo_result undo;

		if (!history->is_undone[run]) {
			history->is_undone[run] = undo_run(history->world, history->run_ids[run], false, &undo);
			print_message("             undo of run %" PRId64 ": %s\n", history->run_ids[run],
			              history->is_undone[run] ? "done" : undo.conflicts);
			if (!history->is_undone[run]) {
				assert_true(undo.conflict_count > 0);
				assert_dump(history->world, history->catalog, before);
			}
		}
		free(before);
		if (runs_left(history) >= 0)
			assert_dump(history->world, history->catalog, history->states[runs_left(history)]);
	}
}

static void undo_in_any_order_without_conflict_restores_every_state(void **state)
{
	(void)state;
	each_history(UINT64_C(32452843), undo_in_any_order);
}

/* The feed again, after its undo, makes what it made: nothing that decides over it was lost. */
static void undo_and_repeat(struct history *history, struct chance *chance)
{
	const size_t last = history->count - 1;
	struct run_result again;
	struct undo_result undo;
	char *content;

	(void)chance;
	undo_cleanly(history->world, history->run_ids[last], &undo);
	run_feed(history, last, &again);
	content = dump(history->world, history->catalog);
	assert_string_equal(content, history->contents[last + 1]);
	free(content);
	undo_cleanly(history->world, again.run_id, &undo);
	assert_dump(history->world, history->catalog, history->states[last]);
}

static void a_feed_makes_the_same_again_after_its_undo(void **state)
{
	(void)state;
	each_history(UINT64_C(49979687), undo_and_repeat);
}

/* With conflicts kept, what is left is still sound, and the undo can be undone. */
static void undo_keeping_later(struct history *history, struct chance *chance)
{
	const size_t run = chance_below(chance, (unsigned)history->count);
	char *before = dump_all(history->world, history->catalog);
	struct undo_result undo;

	assert_true(undo_run(history->world, history->run_ids[run], true, &undo));
	assert_rows_sound(history->world, history->catalog);
	undo_cleanly(history->world, undo.run_id, &undo);
	assert_dump(history->world, history->catalog, before);
	free(before);
}

static void an_undo_that_keeps_later_changes_can_be_undone(void **state)
{
	(void)state;
	each_history(UINT64_C(67867967), undo_keeping_later);
}

int undo_history_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(undo_in_reverse_restores_every_state),
		cmocka_unit_test(undo_in_any_order_without_conflict_restores_every_state),
		cmocka_unit_test(a_feed_makes_the_same_again_after_its_undo),
		cmocka_unit_test(an_undo_that_keeps_later_changes_can_be_undone),
	};

	return cmocka_run_group_tests_name("undo histories", tests, NULL, NULL);
}
