/* The queue of writers: locks on the bytes of a file, which the system drops with their holder. */
#include "store/sqlite/turn.h"

#include "base/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define NUMBERS_AT (INT64_C(1) << 32) /* the bytes that are locked lie behind all content */
#define SURVEY_AT (NUMBERS_AT - 1)    /* held by who waits to read how all jobs are */
#define NUMBERS_MAX (INT64_C(1) << 60)
#define CONTENT_TRIES 200 /* each a millisecond; it is held for a few system calls */
#define NAP_MS 5          /* a lock can be waited for without end only, not for some time */

/* ---- The file ---- */

/* As SQLite has it with its own files: whoever may use the store may use this. */
static void share_as_store(int fd, const char *path)
{
	struct stat file, store;

	if (fstat(fd, &file) < 0 || stat(path, &store) < 0 || file.st_uid != geteuid())
		return;
	if (geteuid() == 0 && (file.st_uid != store.st_uid || file.st_gid != store.st_gid))
		(void)!fchown(fd, store.st_uid, store.st_gid); /* else others only wait without order */
	if ((file.st_mode & 0777) != (store.st_mode & 0666))
		(void)fchmod(fd, store.st_mode & 0666); /* as above */
}

int turn_file(struct store *store)
{
	char path[PATH_MAX + sizeof(TURN_FILE_SUFFIX)];
	const int size = snprintf(path, sizeof(path), "%s" TURN_FILE_SUFFIX, store->path);

	if (store->queue_fd >= 0 || size < 0 || (size_t)size >= sizeof(path))
		return store->queue_fd;
	store->queue_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (store->queue_fd >= 0)
		share_as_store(store->queue_fd, store->path);
	return store->queue_fd;
}

/* Locks of the open file, not of the process: two stores of one process wait for each other too. */
static int lock(int fd, short type, int64_t start, int64_t length)
{
	struct flock bytes = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
	int result;

	do
		result = fcntl(fd, F_OFD_SETLK, &bytes);
	while (result < 0 && errno == EINTR);
	return result;
}

bool turn_file_lock(struct store *store)
{
	const int fd = turn_file(store);

	if (fd < 0)
		return false;
	for (int tries = 0; tries < CONTENT_TRIES; tries++) {
		if (lock(fd, F_WRLCK, 0, 1) == 0)
			return true;
		if (errno != EAGAIN && errno != EACCES)
			return false;
		(void)poll(NULL, 0, 1); /* only passes the time */
	}
	return false;
}

void turn_file_unlock(struct store *store)
{
	(void)lock(store->queue_fd, F_UNLCK, 0, 1); /* cannot fail for what is held */
}

/* ---- Surveys ---- */

bool store_survey_announce(struct store *store)
{
	const int fd = turn_file(store);

	/* What cannot be known is no reason to leave it to another. */
	return fd < 0 || lock(fd, F_WRLCK, SURVEY_AT, 1) == 0 || (errno != EAGAIN && errno != EACCES);
}

void store_survey_begin(struct store *store)
{
	if (store->queue_fd >= 0)
		(void)lock(store->queue_fd, F_UNLCK, SURVEY_AT, 1); /* cannot fail for what is held */
}

/* ---- Numbers ---- */

static void draw_number(struct store *store)
{
	int64_t number = 0;

	if (!turn_file_lock(store))
		return;
	if (pread(store->queue_fd, &number, sizeof(number), 0) != (ssize_t)sizeof(number) || number < 0 || number >= NUMBERS_MAX)
		number = 0;
	/* One that is taken stands there only where the file has been cut by hand. */
	while (lock(store->queue_fd, F_WRLCK, NUMBERS_AT + number, 1) < 0) {
		if ((errno != EAGAIN && errno != EACCES) || ++number >= NUMBERS_MAX) {
			turn_file_unlock(store);
			return;
		}
	}
	store->turn_number = number++;
	(void)!pwrite(store->queue_fd, &number, sizeof(number), 0); /* else the next one finds the number taken */
	turn_file_unlock(store);
}

/* The lowest number before ours that is still held; -1 = none. */
static int64_t find_head(const struct store *store)
{
	int64_t head = -1;
	int64_t end = store->turn_number;

	while (end > 0) {
		struct flock bytes = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = NUMBERS_AT, .l_len = end};

		if (fcntl(store->queue_fd, F_OFD_GETLK, &bytes) < 0 || bytes.l_type == F_UNLCK)
			break;
		head = bytes.l_start - NUMBERS_AT;
		end = head;
	}
	return head;
}

static int wait_for_turn(struct store *store, struct error *err)
{
	const int64_t patience_ms = store->watch.patience_ms > 0 ? store->watch.patience_ms : LIMIT_TURN_WAIT_MS;
	int64_t head = find_head(store);
	int64_t head_since_ms = clock_steady_ms(&store->watch.clock);

	while (head >= 0) {
		if (store->watch.check != NULL && store->watch.check(store->watch.context, true, err) < 0)
			return -1;
		const int64_t now_ms = clock_steady_ms(&store->watch.clock);
		if (now_ms - head_since_ms > patience_ms)
			return error_set(err, ERROR_STORE_BUSY,
			                 "store '%s': another run is writing to it and did not end within %lld seconds",
			                 store->path, (long long)(patience_ms / 1000));
		(void)poll(NULL, 0, NAP_MS); /* a signal ends it, and is looked at */
		const int64_t next = find_head(store);
		/* Each that ends shows that things go on. */
		if (next != head)
			head_since_ms = now_ms;
		head = next;
	}
	return 0;
}

int turn_take(struct store *store, struct error *err)
{
	if (store->turn_number >= 0)
		return 0;
	draw_number(store);
	if (store->turn_number < 0)
		return 0;
	const int64_t since_ms = clock_steady_ms(&store->watch.clock);
	const int result = wait_for_turn(store, err);

	store->lock_times.wait_ms += clock_steady_ms(&store->watch.clock) - since_ms;
	if (result < 0)
		turn_leave(store);
	return result;
}

void turn_leave(struct store *store)
{
	if (store->turn_number < 0)
		return;
	(void)lock(store->queue_fd, F_UNLCK, NUMBERS_AT + store->turn_number, 1); /* cannot fail for what is held */
	store->turn_number = -1;
	(void)!futimens(store->queue_fd, NULL); /* who watches and is not told looks now and then by itself */
}
