/* The terminal as /dev/tty has it: standard input may be the value's, standard output somebody else's. */
#include "cli/prompt.h"

#include "base/bytes.h"
#include "cli/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define LINE_BYTES_MAX ((size_t)4095) /* a terminal gives no longer line, and drops the rest of it without a word */

/* A line, its end left out. */
static int read_line(const struct invocation *invocation, int fd, bool may_be_empty, struct secret *secret, struct error *err)
{
	while (secret->size < LINE_BYTES_MAX) {
		if (wait_until_stopped(invocation, fd, -1, err) < 0)
			return err->code == ERROR_SYSTEM ? error_wrap(err, "the terminal cannot be read") : -1;
		const ssize_t size = read(fd, secret->data + secret->size, LINE_BYTES_MAX - secret->size);
		if (size < 0 && errno != EINTR)
			return error_set_system(err, errno, "the terminal cannot be read");
		if (size == 0)
			break;
		if (size > 0)
			secret->size += (size_t)size;
		if (memchr(secret->data, '\n', secret->size) != NULL)
			break;
	}
	if (secret->size == LINE_BYTES_MAX)
		return error_set(err, ERROR_SECRET, "that is too long to be typed; pass it on standard input");
	if (may_be_empty && (secret->size == 0 || secret->data[0] == '\n')) {
		secret_release(secret);
		return 0;
	}
	return secret_finish(secret, err);
}

struct question {
	const char *text;
	bool is_hidden; /* what is typed; then it may not be empty */
};

/* With the terminal as it was afterwards. */
static int ask(const struct invocation *invocation, int fd, const struct question *question, struct secret *secret,
               struct error *err)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction stop_before;
	struct termios before;
	if (tcgetattr(fd, &before) < 0)
		return error_set_system(err, errno, "the terminal cannot be examined");
	struct termios silent = before;
	if (question->is_hidden)
		silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	silent.c_lflag |= ICANON | ISIG;
	/* Stopped in the middle, the shell would be left without echo. */
	(void)sigaction(SIGTSTP, &ignore, &stop_before);
	int result = tcsetattr(fd, TCSAFLUSH, &silent) < 0 ? error_set_system(err, errno, "the terminal cannot be set up") : 0;
	if (result == 0) {
		if (bytes_write_all(fd, question->text, strlen(question->text)) < 0)
			result = error_set_system(err, errno, "the terminal cannot be written to");
		else
			result = read_line(invocation, fd, !question->is_hidden, secret, err);
		(void)tcsetattr(fd, TCSAFLUSH, &before);                                         /* as it was a moment ago */
		const bool is_ended = !question->is_hidden || bytes_write_all(fd, "\n", 1) == 0; /* the line that was not shown */
		(void)is_ended; /* a terminal that went away shows nothing */
	}
	(void)sigaction(SIGTSTP, &stop_before, NULL);
	return result;
}

static int prompt(const struct invocation *invocation, const struct question *question, struct secret *ret_secret,
                  struct error *err)
{
	struct secret secret = SECRET_INIT;
	const int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return error_set(err, ERROR_SECRET, "there is no terminal to ask at");
	int result = secret_reserve(&secret, LINE_BYTES_MAX, err);
	if (result == 0)
		result = ask(invocation, fd, question, &secret, err);
	(void)close(fd); /* nothing is held back */
	if (result < 0) {
		secret_release(&secret);
		return -1;
	}
	secret_release(ret_secret);
	*ret_secret = secret;
	return 0;
}

int prompt_secret(const struct invocation *invocation, const char *question, struct secret *ret_secret, struct error *err)
{
	return prompt(invocation, &(const struct question){.text = question, .is_hidden = true}, ret_secret, err);
}

int prompt_text(const struct invocation *invocation, const char *question, struct secret *ret_text, struct error *err)
{
	return prompt(invocation, &(const struct question){.text = question}, ret_text, err);
}

int prompt_secret_twice(const struct invocation *invocation, const char *question, struct secret *ret_secret, struct error *err)
{
	struct secret first = SECRET_INIT;
	struct secret second = SECRET_INIT;
	int result = prompt_secret(invocation, question, &first, err);
	if (result == 0)
		result = prompt_secret(invocation, "the same again: ", &second, err);
	if (result == 0 && !secret_equal(&first, &second))
		result = error_set(err, ERROR_SECRET, "the two entries differ; nothing was stored");
	secret_release(&second);
	if (result < 0) {
		secret_release(&first);
		return -1;
	}
	secret_release(ret_secret);
	*ret_secret = first;
	return 0;
}
