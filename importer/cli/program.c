/* The program's life, whatever reader it is built with. */
#include "cli/program.h"

#include "cli/command.h"
#include "cli/parse.h"
#include "run/reader.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SAME_SIGNAL_MS 250

static volatile sig_atomic_t stop_signal;

/* A second signal ends the program at once. One that comes with the first is the same: some send it to a process and to its group. */
static void note_signal(int number)
{
	static volatile sig_atomic_t first_s, first_ms;
	struct timespec now = {.tv_sec = 0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for a clock that is there */
	const long now_ms = now.tv_nsec / 1000000;
	if (stop_signal == 0) {
		first_s = (sig_atomic_t)now.tv_sec;
		first_ms = (sig_atomic_t)now_ms;
		stop_signal = number;
	} else if ((now.tv_sec - first_s) * 1000 + now_ms - first_ms >= SAME_SIGNAL_MS) {
		(void)signal(number, SIG_DFL);
		(void)raise(number); /* delivered when this handler returns */
	}
}

/* Both are inherited. Of a parent that ignores its children's ends ours could not be waited for, and what is blocked never stops us. */
static void reset_signals(void)
{
	sigset_t none;

	(void)signal(SIGCHLD, SIG_DFL); /* cannot fail for it */
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = note_signal};
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction before;

	(void)sigemptyset(&action.sa_mask);
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	if (sigaction(SIGHUP, NULL, &before) < 0 || before.sa_handler != SIG_IGN) /* nohup(1) means to go on */
		(void)sigaction(SIGHUP, &action, NULL);
	(void)sigaction(SIGALRM, &action, NULL); /* set by nobody but us */
	(void)sigaction(SIGPIPE, &ignore, NULL); /* a closed pipe is an error of write() */
	(void)sigaction(SIGXFSZ, &ignore, NULL); /* and so is a limit on file size */
}

/* NO_COLOR by no-color.org; a dumb terminal has none either. */
static bool wants_colour(bool is_terminal)
{
	const char *no_colour = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	return is_terminal && !(no_colour && no_colour[0]) && terminal && strcmp(terminal, "dumb") != 0;
}

/* Data that could not be written must not look like success. */
static int finish_output(FILE *out, int status)
{
	if (fflush(out) == 0 && !ferror(out))
		return status;
	fputs("feedmill: cannot write to standard output\n", stderr);
	return status == EXIT_DONE ? EXIT_FAILED : status;
}

static int run_command(int argc, char **argv, struct invocation *invocation)
{
	const char **arguments = calloc((size_t)argc + 1, sizeof(*arguments));

	if (!arguments) {
		fputs("feedmill: out of memory\n", stderr);
		return EXIT_FAILED;
	}
	int status = parse_command_line(argc, argv, arguments, invocation);
	if (status == EXIT_DONE) {
		if (option_given(invocation, OPTION_HELP)) {
			arguments[0] = invocation->command->name;
			invocation->argument_count = 1;
			invocation->command = &command_help;
		}
		if (invocation->command->handles_signals)
			catch_signals();
		status = invocation->command->run(invocation);
	}
	free(arguments);
	return finish_output(invocation->out, status);
}

int program_main(const struct program *program, int argc, char **argv)
{
	struct invocation invocation = {
		.clock = program->clock,
		.stop_signal = &stop_signal,
		.out = stdout,
		.errors = stderr,
		.is_out_terminal = isatty(STDOUT_FILENO) == 1,
		.is_errors_terminal = isatty(STDERR_FILENO) == 1,
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8"); /* host names in other scripts (libcurl); numbers stay in the C locale */
	(void)umask(077);
	if (argc > 0 && strcmp(argv[0], READER_PROGRAM) == 0)
		return program->read();
	reset_signals();
	invocation.use_colour = wants_colour(invocation.is_out_terminal);
	return run_command(argc, argv, &invocation);
}
