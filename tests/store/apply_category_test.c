/* Categories: statements in any order, paths, loops, and what is wrong with how they hang together. */
#include "apply_scenario.h"
#include "apply_tests.h"

#include "base/limits.h"

#include <stdio.h>
#include <stdlib.h>

#define MARK .missing = APPLY_MISSING_MARK
#define PATHS "SELECT category_id, path FROM category_data WHERE status <> 'missing' ORDER BY category_id"

static const struct scenario outcomes[] = {
	{"created, unchanged, updated, moved",
         {{.feed = "category b a | name=B\ncategory a - | name=A | position=1 | url=u | extra={\"e\":1}",
           .categories = "stated 2 created 2",
           .category_stock = "created 2 after 2",
           .query =
                   "SELECT category_id, parent_id, name, path, position, url, status, extra, created_run_id FROM category_data ORDER BY 1",
           .rows = "a|-|A|[\"A\"]|1|u|active|{\"e\":1}|1\nb|a|B|[\"A\",\"B\"]|-|-|active|-|1"},
          {.feed = "category b a | name=B\ncategory a - | name=A | position=1 | url=u | extra={\"e\":1}",
           MARK,
           .categories = "stated 2 unchanged 2",
           .changes = ""},
          {.feed = "category b a | name=B\ncategory a - | name=A | position=2",
           MARK,
           .categories = "stated 2 updated 1 unchanged 1",
           .changes =
                   "category|a|updated|{\"position\":1,\"url\":\"u\",\"extra\":{\"e\":1}}|{\"position\":2,\"url\":null,\"extra\":null}"},
          {.feed = "category b - | name=B\ncategory a - | name=A | position=2",
           MARK,
           .categories = "stated 2 updated 1 unchanged 1 moved 1",
           .changes = "category|b|updated|{\"parent_id\":\"a\",\"path\":[\"A\",\"B\"]}|{\"parent_id\":null,\"path\":[\"B\"]}"}}},
	{"the first statement counts, and a statement counts before what a path implies",
         {{.feed = "sku s1 p group\n+category b a | name=B\n+derived a - | name=A\nsku s2 p group\n+category b a | name=B2\n+derived a - | name=A2\n"
                   "category a - | name=Stated\ncategory a - | name=Late",
           .categories = "stated 4 created 2 merged 2",
           .query = "SELECT category_id, name, path FROM category_data ORDER BY 1",
           .rows = "a|Stated|[\"Stated\"]\nb|B|[\"Stated\",\"B\"]"}}},
	{"what a path implies counts once, as derived",
         {{.feed = "sku s1 p group\n+category b a\n+derived a -\nsku s2 p group\n+category c a\n+derived a -",
           .categories = "stated 2 derived 1 created 3"},
          {.feed = "sku s1 p group\n+category b a\n+derived a -\nsku s2 p group\n+category c a\n+derived a -",
           MARK,
           .categories = "stated 2 derived 1 unchanged 3"},
          {.feed = "sku s1 p group\n+category b a\n+derived a - | name=A",
           MARK,
           .categories = "stated 1 derived 1 updated 2",
           .category_stock = "before 3 removed 1 after 2"}}},
	{"a name or a parent above changes the paths below",
         {{.feed = "category a - | name=A\ncategory b a | name=B\ncategory c b | name=C\ncategory d - | name=D"},
          {.feed = "category a - | name=Z\ncategory b a | name=B\ncategory c b | name=C\ncategory d - | name=D",
           MARK,
           .categories = "stated 4 updated 3 unchanged 1",
           .query = PATHS,
           .rows = "a|[\"Z\"]\nb|[\"Z\",\"B\"]\nc|[\"Z\",\"B\",\"C\"]\nd|[\"D\"]",
           .changes = "category|a|updated|{\"name\":\"A\",\"path\":[\"A\"]}|{\"name\":\"Z\",\"path\":[\"Z\"]}\n"
                      "category|b|updated|{\"path\":[\"A\",\"B\"]}|{\"path\":[\"Z\",\"B\"]}\n"
                      "category|c|updated|{\"path\":[\"A\",\"B\",\"C\"]}|{\"path\":[\"Z\",\"B\",\"C\"]}"},
          {.feed = "category b a | name=B\ncategory c b | name=C\ncategory d - | name=D",
           MARK,
           .categories = "stated 3 updated 2 unchanged 1",
           .complaints = "category_parent_missing 1",
           .query = PATHS,
           .rows = "b|-\nc|-\nd|[\"D\"]"},
          {.feed = "category a - | name=Z\ncategory b a | name=B\ncategory c b | name=C\ncategory d - | name=D",
           MARK,
           .categories = "stated 4 updated 2 restored 1 unchanged 1",
           .complaints = "nothing"}}},
	{"another job's category below ours gets its path, and nobody counts it",
         {{.feed = "category a - | name=A"},
          {.feed = "category b a | name=B", .job = "bolt", .query = PATHS, .rows = "a|[\"A\"]\nb|[\"A\",\"B\"]"},
          {.feed = "category a - | name=Z",
           .categories = "stated 1 updated 1",
           .query = PATHS,
           .rows = "a|[\"Z\"]\nb|[\"Z\",\"B\"]",
           .changes = "category|a|updated|{\"name\":\"A\",\"path\":[\"A\"]}|{\"name\":\"Z\",\"path\":[\"Z\"]}\n"
                      "category|b|updated|{\"path\":[\"A\",\"B\"]}|{\"path\":[\"Z\",\"B\"]}"}}},
	{"one without a name stands in paths with its id",
         {{.feed = "category a -\ncategory b a | name=\"q\"\\", .query = PATHS, .rows = "a|[\"a\"]\nb|[\"a\",\"\\\"q\\\"\\\\\"]"}}},
	{"a path that a person's change left behind is made again",
         {{.feed = "category a - | name=A"},
          {.by_hand = "UPDATE category_data SET path = NULL; UPDATE job_memory SET is_clean = 0",
           .feed = "category a - | name=A",
           .categories = "stated 1 updated 1",
           .query = PATHS,
           .rows = "a|[\"A\"]"}}},
};

static void category_outcomes(void **state)
{
	(void)state;
	run_scenarios(outcomes, sizeof(outcomes) / sizeof(outcomes[0]));
}

#define COMPLAINTS "SELECT code, item_id, text FROM complaint WHERE run_id = (SELECT max(run_id) FROM run) ORDER BY code, item_id"

static const struct scenario faults[] = {
	{"a parent that is not there",
         {{.feed = "category b a\ncategory c b\ncategory d -",
           .complaints = "category_parent_missing 1",
           .query = COMPLAINTS,
           .rows = "category_parent_missing|b|a"},
          {.feed = "category b a\ncategory c b\ncategory d -",
           MARK,
           .categories = "stated 3 unchanged 3",
           .complaints = "category_parent_missing 1"}}},
	{"a parent that another job holds is there",
         {{.feed = "category a -", .job = "bolt"}, {.feed = "category b a", .complaints = "nothing"}}},
	{"a loop is told of those on it, not of those below",
         {{.feed = "category a c\ncategory b a\ncategory c b\ncategory below c\ncategory deeper below\ncategory fine -",
           .complaints = "category_loop 3",
           .query = COMPLAINTS,
           .rows = "category_loop|a|-\ncategory_loop|b|-\ncategory_loop|c|-"},
          {.feed = "category a c\ncategory b a\ncategory c b\ncategory below c\ncategory deeper below\ncategory fine -",
           MARK,
           .categories = "stated 6 unchanged 6",
           .complaints = "category_loop 3",
           .query = PATHS,
           .rows = "a|-\nb|-\nbelow|-\nc|-\ndeeper|-\nfine|[\"fine\"]"}}},
	{"its own parent",
         {{.feed = "category a a\ncategory b a",
           .complaints = "category_loop 1",
           .query = COMPLAINTS,
           .rows = "category_loop|a|-"}}},
	{"two loops, and one below what dangles",
         {{.feed = "category a b\ncategory b a\ncategory c d\ncategory d c\ncategory e nowhere\ncategory f e",
           .complaints = "category_parent_missing 1 category_loop 4"}}},
	{"a loop that other jobs' categories close is told of ours",
         {{.feed = "category a b", .job = "bolt"},
          {.feed = "category b a", .complaints = "category_loop 1", .query = COMPLAINTS, .rows = "category_loop|b|-"}}},
	{"a category that products name and nobody declares, once and in every run",
         {{.feed = "sku a p group | categories=[\"c\",\"d\"]\nsku b q group | categories=[\"c\"]\ncategory d -\nsku x x self | categories=[\"e\"]",
           .complaints = "category_undeclared 2",
           .query = COMPLAINTS,
           .rows = "category_undeclared|c|-\ncategory_undeclared|e|-"},
          {.feed = "sku a p group | categories=[\"c\",\"d\"]\nsku b q group | categories=[\"c\"]\ncategory d -",
           MARK,
           .complaints = "category_undeclared 1"},
          {.feed = "sku a p group | categories=[\"c\",\"d\"]\ncategory c -",
           MARK,
           .complaints = "category_undeclared 1",
           .query = COMPLAINTS,
           .rows = "category_undeclared|d|-"},
          {.feed = "sku z z self", .job = "bolt", .complaints = "nothing"}}},
};

static void category_faults_are_told(void **state)
{
	(void)state;
	run_scenarios(faults, sizeof(faults) / sizeof(faults[0]));
}

/* A chain deeper than the limit, and one whose names are too long: what lies beyond has no path. */
static void category_paths_are_bounded(void **state)
{
	char name[2001];
	struct run_result result;
	struct world world;
	struct feed feed;

	(void)state;
	for (size_t index = 0; index + 1 < sizeof(name); index++)
		name[index] = 'n';
	name[sizeof(name) - 1] = '\0';
	world_open(&world);
	feed_init(&feed);
	for (unsigned depth = 0; depth < LIMIT_CATEGORY_DEPTH + 3; depth++) {
		char id[16];
		char parent[16];

		(void)snprintf(id, sizeof(id), "deep%02u", depth);
		(void)snprintf(parent, sizeof(parent), "deep%02u", depth - 1);
		(void)feed_category(&feed, id, depth > 0 ? parent : NULL, "x");
		(void)snprintf(id, sizeof(id), "long%02u", depth);
		(void)snprintf(parent, sizeof(parent), "long%02u", depth - 1);
		(void)feed_category(&feed, id, depth > 0 ? parent : NULL, name);
	}
	feed_run(&world, &feed, &(struct run_options){.job = NULL}, &result);
	assert_query(&world, "SELECT max(category_id) FROM category_data WHERE path IS NOT NULL AND category_id LIKE 'deep%'",
	             "deep31");
	assert_query(&world,
	             "SELECT max(category_id), max(length(path)) < 8192 + 100 FROM category_data WHERE path IS NOT NULL"
	             " AND category_id LIKE 'long%'",
	             "long03|1");
	assert_complaints(&result, "nothing");
	feed_release(&feed);
	world_close(&world);
}

/* Ten thousand categories hang in a chain below a loop: no walk goes the same way twice. */
static void category_loops_are_found_in_one_pass(void **state)
{
	struct run_result result;
	struct world world;
	struct feed feed;

	(void)state;
	world_open(&world);
	feed_init(&feed);
	(void)feed_category(&feed, "00000", "00001", "x");
	for (unsigned index = 1; index < 10000; index++) {
		char id[16];
		char parent[16];

		(void)snprintf(id, sizeof(id), "%05u", index);
		(void)snprintf(parent, sizeof(parent), "%05u", index - 1);
		(void)feed_category(&feed, id, parent, "x");
	}
	feed_run(&world, &feed, &(struct run_options){.job = NULL}, &result);
	assert_complaints(&result, "category_loop 2");
	feed_release(&feed);
	world_close(&world);
}

int apply_category_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(category_outcomes),
		cmocka_unit_test(category_faults_are_told),
		cmocka_unit_test(category_paths_are_bounded),
		cmocka_unit_test(category_loops_are_found_in_one_pass),
	};

	return cmocka_run_group_tests_name("apply_category", tests, NULL, NULL);
}
