/*
 * Two processes: the keeper, forked of us, and the program, forked of the
 * keeper. We may have threads, so both do what signal-safety(7) allows and no
 * more; the keeper has one thread only, so that the kernel's PR_SET_PDEATHSIG,
 * which means the death of the thread that forked, means the keeper's.
 */
#include "base/keeper.h"

#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_FREE_FD 16
#define DEFAULT_PATH "/bin:/usr/bin" /* as execvp(3) */

extern char **environ;

/* What the three processes share. */
struct keeper_note {
	atomic_int pid;    /* of the program; 0 = there is none yet */
	atomic_int number; /* errno where it could not be started */
	atomic_int status;
	atomic_bool has_ended;
};

/* What both need, found before the fork. */
struct keeping {
	const struct keeper_order *order;
	struct keeper_note *note;
	const char *path; /* folders where programs are looked for */
	int leash[2];     /* the keeper's end, and ours */
};

/* ---- The program ---- */

/* Signals as a program expects them. */
static bool reset_signals(void)
{
	const struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		(void)sigaction(number, &action, NULL); /* some cannot be changed, and need not */
	return sigemptyset(&none) == 0 && sigprocmask(SIG_SETMASK, &none, NULL) == 0;
}

/* Behind those that it is to have, so that none is in another one's place. -1 = errno. */
static int take_file(int fd, int flags)
{
	const int file = fd >= 0 ? fd : open("/dev/null", flags | O_CLOEXEC);

	return file < 0 ? -1 : fcntl(file, F_DUPFD, FIRST_FREE_FD);
}

static bool set_files(const struct keeper_order *order)
{
	const int in_fd = take_file(order->in_fd, O_RDONLY);
	const int out_fd = take_file(order->out_fd, O_WRONLY);
	const int errors_fd = order->keeps_errors ? -1 : take_file(-1, O_WRONLY);

	if (in_fd < 0 || out_fd < 0 || (!order->keeps_errors && errors_fd < 0) || dup2(in_fd, STDIN_FILENO) < 0 ||
	    dup2(out_fd, STDOUT_FILENO) < 0 || (errors_fd >= 0 && dup2(errors_fd, STDERR_FILENO) < 0))
		return false;
	return close_range(STDERR_FILENO + 1, ~0u, 0) == 0;
}

/* Is there hope to find it in another folder? */
static bool may_be_elsewhere(int number)
{
	return number == ENOENT || number == ENOTDIR || number == EACCES || number == ENAMETOOLONG;
}

/* In each folder of the path, as execvp(3), but never by way of a shell. Returns where it cannot, with errno. */
static void execute(const struct keeping *keeping)
{
	/* The kernel takes no pointers to const, and does not write through them. */
	char *const *arguments = (char *const *)(uintptr_t)keeping->order->arguments;
	char *const *environment = (char *const *)(uintptr_t)keeping->order->environment;
	const char *name = arguments[0];
	const size_t name_size = strlen(name) + 1;
	int number = ENOENT;
	char file[PATH_MAX];

	if (strchr(name, '/') != NULL) {
		(void)execve(name, arguments, environment); /* returns only where it fails */
		return;
	}
	for (const char *folder = keeping->path; folder != NULL && name[0] != '\0';) {
		const char *end = strchr(folder, ':');
		const size_t size = end != NULL ? (size_t)(end - folder) : strlen(folder);

		/* An empty one is where we are. */
		if (size + 1 + name_size <= sizeof(file)) {
			memcpy(file, folder, size);
			file[size] = '/';
			memcpy(file + size + 1, name, name_size);
			(void)execve(size > 0 ? file : name, arguments, environment); /* as above */
			if (!may_be_elsewhere(errno))
				return;
			number = errno == EACCES ? EACCES : number;
		}
		folder = end != NULL ? end + 1 : NULL;
	}
	errno = number;
}

_Noreturn static void become_program(const struct keeping *keeping, pid_t keeper)
{
	if (process_follow_parent(keeper) && setsid() >= 0 && set_files(keeping->order) && reset_signals())
		execute(keeping);
	atomic_store(&keeping->note->number, errno);
	_exit(127);
}

/* ---- The keeper ---- */

/* Until the program ends, or the leash is let go. 0 or an errno. */
static int keep_watch(pid_t pid)
{
	struct pollfd waits[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = pidfd_open(pid, 0), .events = POLLIN}};

	if (waits[1].fd < 0)
		return errno;
	while (poll(waits, 2, -1) < 0) {
		if (errno != EINTR)
			return errno;
	}
	return 0;
}

/* It has every signal blocked, and of our descriptors its end of the leash only: it must not hold locks or pipes open for us. */
_Noreturn static void become_keeper(const struct keeping *keeping)
{
	struct keeper_note *note = keeping->note;
	const pid_t self = getpid();
	int status = 0;

	/* In a session of its own: who kills our process group must not kill it. */
	if (close(keeping->leash[1]) < 0 || setsid() < 0)
		goto fail;
	(void)prctl(PR_SET_NAME, "program-keeper"); /* for ps(1) */
	const pid_t pid = _Fork();
	if (pid == 0)
		become_program(keeping, self);
	if (pid < 0)
		goto fail;
	atomic_store(&note->pid, pid);
	int number = dup2(keeping->leash[0], STDIN_FILENO) < 0 || close_range(STDIN_FILENO + 1, ~0u, 0) < 0 ? errno : 0;
	if (number == 0)
		number = keep_watch(pid);
	if (number != 0)
		atomic_store(&note->number, number);
	/* Before it is waited for, so that its number is nobody else's. */
	(void)kill(-pid, SIGKILL); /* none may be left */
	(void)kill(pid, SIGKILL);  /* it may not have got as far as its session */
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	atomic_store(&note->status, status);
	atomic_store(&note->has_ended, true);
	_exit(0);
fail:
	atomic_store(&note->number, errno);
	_exit(0);
}

/* ---- We ---- */

static int fork_keeper(struct keeper *keeper, const struct keeping *keeping, struct error *err)
{
	sigset_t all;
	sigset_t before;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before); /* our handlers are not for the child. It cannot fail */
	keeper->pid = fork();
	if (keeper->pid == 0)
		become_keeper(keeping);
	const int number = errno;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return keeper->pid < 0 ? error_set_system(err, number, "cannot start a process for the command") : 0;
}

static void release(struct keeper *keeper)
{
	if (keeper->leash_fd >= 0)
		(void)close(keeper->leash_fd); /* nothing is written to it */
	if (keeper->pid_fd >= 0)
		(void)close(keeper->pid_fd); /* as above */
	if (keeper->note != NULL)
		(void)munmap(keeper->note, sizeof(*keeper->note)); /* cannot fail */
	*keeper = (struct keeper){.pid = -1, .pid_fd = -1, .leash_fd = -1};
}

static int start(struct keeper *keeper, struct keeping *keeping, struct error *err)
{
	void *note = mmap(NULL, sizeof(*keeper->note), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (note == MAP_FAILED)
		return error_set_system(err, errno, "cannot share memory with the command's keeper");
	keeper->note = keeping->note = note;
	if (pipe2(keeping->leash, O_CLOEXEC) < 0)
		return error_set_system(err, errno, "cannot make a pipe for the command's keeper");
	keeper->leash_fd = keeping->leash[1];
	const int result = fork_keeper(keeper, keeping, err);
	(void)close(keeping->leash[0]); /* the keeper's end */
	if (result < 0)
		return -1;
	keeper->pid_fd = pidfd_open(keeper->pid, 0);
	if (keeper->pid_fd >= 0)
		return 0;
	(void)error_set_system(err, errno, "cannot watch the command");
	struct keeper_end ignored;
	keeper_end(keeper, &ignored);
	return -1;
}

int keeper_start(struct keeper *keeper, const struct keeper_order *order, struct error *err)
{
	const char *path = getenv("PATH");
	struct keeper_order whole = *order;
	struct keeping keeping = {.order = &whole, .path = path != NULL ? path : DEFAULT_PATH, .leash = {-1, -1}};

	*keeper = (struct keeper){.pid = -1, .pid_fd = -1, .leash_fd = -1};
	if (whole.environment == NULL)
		whole.environment = (const char *const *)environ;
	const int result = start(keeper, &keeping, err);
	if (result < 0)
		release(keeper);
	return result;
}

void keeper_end(struct keeper *keeper, struct keeper_end *ret_end)
{
	const struct keeper_note *note = keeper->note;

	(void)close(keeper->leash_fd); /* the signal to end it; nothing is written to it */
	keeper->leash_fd = -1;
	while (waitpid(keeper->pid, NULL, 0) < 0 && errno == EINTR)
		;
	ret_end->number = atomic_load(&note->number);
	ret_end->status = atomic_load(&note->status);
	if (!atomic_load(&note->has_ended)) {
		/* Somebody killed the keeper: the kernel has killed the program after it, and its group is ours to end. */
		if (atomic_load(&note->pid) > 0)
			(void)kill(-atomic_load(&note->pid), SIGKILL); /* none may be left */
		ret_end->status = SIGKILL;
	}
	release(keeper);
}
