/* A queue of frames between two threads: the one fills it from the pipe, the other empties it into the store. */
#include "run/intake.h"

#include "base/limits.h"
#include "catalog/batch.h"
#include "run/frame_reader.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

struct intake {
	struct reader_process *process; /* the thread's as long as that runs */
	pthread_t thread;
	int ready_fd; /* an eventfd(2): readable when there is a frame, or an end */
	int stop_fd;  /* the same, when the thread has to end */

	/* All below is looked at under the lock, as long as there is another thread. */
	pthread_mutex_t lock;
	pthread_cond_t has_room; /* or has to end */
	struct intake_frame *first;
	struct intake_frame *last;
	size_t waiting_bytes;
	struct intake_frame *spare; /* put back */
	size_t spare_bytes;
	bool is_stopped;      /* nobody wants more */
	bool is_over;         /* nothing more comes */
	struct error failure; /* why, unless the last frame came */
};

size_t intake_frame_size(const struct intake_frame *frame)
{
	return sizeof(*frame) + frame->capacity;
}

/* Pages of its own: what one thread takes and another gives back, malloc() keeps apart from the rest. */
static struct intake_frame *map_frame(size_t size)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const size_t whole = (sizeof(struct intake_frame) + size + page - 1) / page * page;
	struct intake_frame *frame = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (frame == MAP_FAILED)
		return NULL;
	frame->capacity = whole - sizeof(*frame);
	return frame;
}

static void unmap_frame(struct intake_frame *frame)
{
	(void)munmap(frame, intake_frame_size(frame)); /* fails for no pages of ours */
}

static void drop_frames(struct intake_frame *frame)
{
	while (frame) {
		struct intake_frame *next = frame->next;

		unmap_frame(frame);
		frame = next;
	}
}

/* --- the thread --- */

/* frame_reader.wait */
static int wait_for_pipe(void *context, int fd, struct error *err)
{
	const struct intake *intake = context;
	struct pollfd descriptors[] = {{.fd = fd, .events = POLLIN}, {.fd = intake->stop_fd, .events = POLLIN}};

	while (poll(descriptors, 2, -1) < 0)
		if (errno != EINTR)
			return error_set_system(err, errno, "cannot wait for the reader");
	return descriptors[1].revents != 0 ? error_set(err, ERROR_CANCELLED, "nobody waits for the reader any more") : 0;
}

/* For a frame of `size`; false = nobody wants more. */
static bool wait_for_room(struct intake *intake, size_t size)
{
	(void)pthread_mutex_lock(&intake->lock); /* neither fails for locks of ours */
	while (!intake->is_stopped && intake->waiting_bytes > 0 && intake->waiting_bytes + size > LIMIT_INTAKE_BYTES)
		(void)pthread_cond_wait(&intake->has_room, &intake->lock);
	const bool is_stopped = intake->is_stopped;
	(void)pthread_mutex_unlock(&intake->lock);
	return !is_stopped;
}

static struct intake_frame *take_spare(struct intake *intake, struct intake_frame **place)
{
	struct intake_frame *frame = *place;

	*place = frame->next;
	intake->spare_bytes -= intake_frame_size(frame);
	return frame;
}

/* Those put back first are the last to go. */
static void drop_spares(struct intake *intake)
{
	while (intake->spare && intake->waiting_bytes + intake->spare_bytes > LIMIT_INTAKE_BYTES)
		unmap_frame(take_spare(intake, &intake->spare));
}

/* One that was put back, if it is large enough and not much larger; otherwise a new one. */
static struct intake_frame *new_frame(struct intake *intake, size_t size)
{
	struct intake_frame *frame = NULL;

	(void)pthread_mutex_lock(&intake->lock);
	for (struct intake_frame **place = &intake->spare; *place; place = &(*place)->next) {
		if ((*place)->capacity < size || (*place)->capacity / 2 > size)
			continue;
		frame = take_spare(intake, place);
		break;
	}
	(void)pthread_mutex_unlock(&intake->lock);
	if (!frame)
		frame = map_frame(size);
	if (frame)
		frame->next = NULL;
	return frame;
}

static void hand_over(struct intake *intake, struct intake_frame *frame)
{
	(void)pthread_mutex_lock(&intake->lock);
	if (intake->last)
		intake->last->next = frame;
	else
		intake->first = frame;
	intake->last = frame;
	intake->waiting_bytes += intake_frame_size(frame);
	drop_spares(intake);
	(void)pthread_mutex_unlock(&intake->lock);
	(void)eventfd_write(intake->ready_fd, 1); /* fails beyond 2^64 - 2 of them */
}

static int fill_frame(struct frame_reader *reader, struct intake_frame *frame, struct error *err)
{
	const size_t size = (size_t)frame->head.size;

	if (frame_read_payload(reader, frame->payload, size, err) < 0)
		return -1;
	return frame->head.type == FRAME_BATCH ? batch_check(slice_make((const char *)frame->payload, size), err) : 0;
}

/* 0 = nothing more is to come. */
static int take_frame(struct intake *intake, struct frame_reader *reader, struct error *err)
{
	struct frame_head head;
	struct intake_frame *frame;

	if (frame_read_head(reader, &head, err) < 0)
		return -1;
	if (!wait_for_room(intake, sizeof(*frame) + (size_t)head.size))
		return 0;
	frame = new_frame(intake, (size_t)head.size);
	if (!frame)
		return error_set_memory(err);
	frame->head = head;
	if (fill_frame(reader, frame, err) < 0) {
		unmap_frame(frame);
		return -1;
	}
	hand_over(intake, frame);
	return head.type == FRAME_BATCH ? 1 : 0;
}

static void *run(void *context)
{
	struct intake *intake = context;
	struct frame_reader reader = {.process = intake->process, .wait = wait_for_pipe, .wait_context = intake};
	struct error err = ERROR_INIT;
	int step = 1;

	while (step > 0)
		step = take_frame(intake, &reader, &err);
	(void)pthread_mutex_lock(&intake->lock);
	intake->is_over = true;
	intake->failure = err;
	(void)pthread_mutex_unlock(&intake->lock);
	(void)eventfd_write(intake->ready_fd, 1); /* as above */
	return NULL;
}

/* --- the other side --- */

/* Signals are for the thread that is waited in. */
static int start_thread(struct intake *intake, struct error *err)
{
	sigset_t all;
	sigset_t before;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before); /* cannot fail */
	const int number = pthread_create(&intake->thread, NULL, run, intake);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return number == 0 ? 0 : error_set_system(err, number, "cannot start a thread for the reader's frames");
}

static void release(struct intake *intake)
{
	drop_frames(intake->first);
	drop_frames(intake->spare);
	(void)pthread_cond_destroy(&intake->has_room);
	(void)pthread_mutex_destroy(&intake->lock);
	if (intake->ready_fd >= 0)
		(void)close(intake->ready_fd); /* nothing is behind them */
	if (intake->stop_fd >= 0)
		(void)close(intake->stop_fd);
	free(intake);
}

int intake_start(struct reader_process *process, struct intake **ret_intake, struct error *err)
{
	struct intake *intake = malloc(sizeof(*intake));

	if (!intake)
		return error_set_memory(err);
	*intake = (struct intake){
		.process = process,
		.ready_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
		.stop_fd = eventfd(0, EFD_CLOEXEC),
		.failure = ERROR_INIT,
	};
	(void)pthread_mutex_init(&intake->lock, NULL); /* cannot fail in Linux */
	(void)pthread_cond_init(&intake->has_room, NULL);
	if (intake->ready_fd < 0 || intake->stop_fd < 0)
		(void)error_set_system(err, errno, "cannot make an eventfd for the reader's frames");
	else if (start_thread(intake, err) == 0) {
		*ret_intake = intake;
		return 0;
	}
	release(intake);
	return -1;
}

/* NULL = there is none; then `ret_is_over` tells whether one may come. */
static struct intake_frame *take_first(struct intake *intake, bool *ret_is_over)
{
	(void)pthread_mutex_lock(&intake->lock);
	struct intake_frame *frame = intake->first;

	*ret_is_over = intake->is_over;
	if (frame) {
		intake->first = frame->next;
		if (!intake->first)
			intake->last = NULL;
		intake->waiting_bytes -= intake_frame_size(frame);
		(void)pthread_cond_signal(&intake->has_room);
	}
	(void)pthread_mutex_unlock(&intake->lock);
	return frame;
}

int intake_next(struct intake *intake, struct frame_watch *watch, struct intake_frame **ret_frame, struct error *err)
{
	for (;;) {
		bool is_over;
		eventfd_t told;
		struct intake_frame *frame = take_first(intake, &is_over);

		if (frame) {
			frame->next = NULL;
			*ret_frame = frame;
			return 0;
		}
		if (is_over) {
			*err = intake->failure; /* the thread has ended, or all but */
			return -1;
		}
		if (frame_watch_wait(watch, intake->ready_fd, err) < 0)
			return -1;
		(void)eventfd_read(intake->ready_fd, &told); /* what it told of is looked for above */
	}
}

void intake_put_back(struct intake *intake, struct intake_frame *frame)
{
	if (!frame)
		return;
	(void)pthread_mutex_lock(&intake->lock);
	frame->next = intake->spare;
	intake->spare = frame;
	intake->spare_bytes += intake_frame_size(frame);
	drop_spares(intake);
	(void)pthread_mutex_unlock(&intake->lock);
}

void intake_free(struct intake *intake)
{
	if (!intake)
		return;
	(void)pthread_mutex_lock(&intake->lock);
	intake->is_stopped = true;
	(void)pthread_cond_signal(&intake->has_room);
	(void)pthread_mutex_unlock(&intake->lock);
	(void)eventfd_write(intake->stop_fd, 1);  /* as above */
	(void)pthread_join(intake->thread, NULL); /* fails for no thread of ours */
	release(intake);
}
