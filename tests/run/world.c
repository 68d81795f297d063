/* A run's surroundings without a run. */
#include "world.h"

#include "run/frame.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int64_t world_now(void *context)
{
	(void)context;
	return INT64_C(1767225600000);
}

static int64_t world_steady(void *context)
{
	struct world *world = context;

	world->steady_ms += world->step_ms;
	return world->steady_ms;
}

struct clock world_clock(struct world *world)
{
	return (struct clock){.context = world, .now_ms = world_now, .steady_ms = world_steady};
}

void world_init(struct world *world)
{
	struct error err = ERROR_INIT;
	struct run_start start = {.job = "acme",
	                          .catalog = "main",
	                          .trigger = "manual",
	                          .config_digest = "",
	                          .now_ms = 1,
	                          .host = "here",
	                          .pid = getpid()};

	memset(world, 0, sizeof(*world));
	(void)snprintf(world->folder, sizeof(world->folder), "/tmp/feedmill-run-XXXXXX");
	assert_non_null(mkdtemp(world->folder));
	(void)snprintf(world->location, sizeof(world->location), "sqlite:%s/market.db", world->folder);
	assert_int_equal(store_open(world->location, STORE_CREATE, &world->store, &err), 0);
	assert_int_equal(store_run_begin(world->store, &start, &world->ticket, &err), 0);
}

void world_release(struct world *world)
{
	static const char *const names[] = {"market.db", "market.db-wal", "market.db-shm", "market.db-queue"};
	char path[128];

	store_close(world->store);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", world->folder, names[i]);
		(void)unlink(path); /* the two in the middle may be gone */
	}
	assert_int_equal(rmdir(world->folder), 0); /* nothing else was left */
}

struct reader_process world_start_reader(void (*body)(int fd, const void *context), const void *context)
{
	struct reader_process reader = READER_PROCESS_INIT;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	reader.pid = fork();
	assert_true(reader.pid >= 0);
	if (reader.pid == 0) {
		(void)close(ends[0]);
		body(ends[1], context);
		_exit(0);
	}
	(void)close(ends[1]);
	reader.frames_fd = ends[0];
	return reader;
}

void world_write_caged(int fd, uint32_t missing)
{
	const struct cage_report report = {.missing = missing};
	const struct frame_head head = {.magic = FRAME_MAGIC, .type = FRAME_CAGED, .size = sizeof(report)};
	struct error err;

	if (frame_write(fd, &head, &report, &err) < 0)
		_exit(9);
}
