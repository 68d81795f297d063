/* Running the program of a command reference; what it prints goes nowhere but into the secret. */
#include "secret/command.h"

#include "base/limits.h"
#include "base/program.h"

static int read_output(const struct secret_resolver *resolver, const char *const *arguments, struct secret *secret,
                       struct error *err)
{
	const size_t max = SECRET_BYTES_MAX + 2; /* a line end, and one more to see that it is too long */
	if (secret_reserve(secret, max, err) < 0)
		return -1;
	const struct program program = {
		.arguments = arguments,
		.output = secret->data,
		.output_max = max,
		.timeout_ms = resolver->command_timeout_ms > 0 ? resolver->command_timeout_ms : LIMIT_SECRET_COMMAND_MS,
		.clock = resolver->clock,
		.stop_signal = resolver->stop_signal,
	};
	struct program_end end;
	int result = program_run(&program, &end, err);
	secret->size = end.output_size;
	/* One byte more than a secret with its line end may have. */
	if (result < 0 && end.output_size == max)
		result = error_set(err, ERROR_SECRET, "the command printed more than %zu bytes", SECRET_BYTES_MAX);
	if (result == 0)
		result = program_check_status(end.status, err);
	if (result == 0)
		return secret_finish(secret, err);
	if (err->code == ERROR_NOT_FOUND || err->code == ERROR_LIMIT || (err->code == ERROR_SYSTEM && err->number == 0))
		err->code = ERROR_SECRET;
	return -1;
}

int secret_command_run(const struct secret_resolver *resolver, const char *const *arguments, struct secret *ret_secret,
                       struct error *err)
{
	struct secret secret = SECRET_INIT;
	if (read_output(resolver, arguments, &secret, err) < 0) {
		secret_release(&secret);
		return -1;
	}
	secret_release(ret_secret);
	*ret_secret = secret;
	return 0;
}
