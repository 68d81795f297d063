/* feedmill probe: what is this feed, and how would it be imported? */
#include "cli/probe_write.h"
#include "cli/secrets.h"
#include "cli/setting.h"
#include "cli/source_argument.h"
#include "probe/show.h"
#include "run/probe.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define SHOW_BYTES_MAX (64 * 1024 * 1024)
#define REPORT_BYTES_MAX (64 * 1024 * 1024)

static const enum option_id options[] = {
	OPTION_CONFIG, OPTION_CONNECTION, OPTION_NETWORK, OPTION_CACERT, OPTION_WRITE, OPTION_AS, OPTION_FORCE, OPTION_JSON,
};

/* How to fetch: options that are keys of a job by the same name, under the same rules. */
static const enum option_id job_options[] = {OPTION_NETWORK, OPTION_CONNECTION, OPTION_CACERT};

static int make_job(const struct invocation *invocation, struct arena *arena, struct job_config *ret_job, struct error *err)
{
	const char *argument = invocation->arguments[0];

	if (!argument_is_source(argument) && !argument_names_file(argument))
		return error_set(err, ERROR_USAGE, "there is no file '%s'; a feed is a URL, a file or '-'", argument);
	job_config_init(ret_job, "probe");
	ret_job->source = argument;
	for (size_t i = 0; i < sizeof(job_options) / sizeof(job_options[0]); i++) {
		const char *name = option_definitions[job_options[i]].name;
		const char *value = invocation->options[job_options[i]];
		if (value && job_config_set(ret_job, name, slice_from(value), arena, err) < 0)
			return error_wrap(err, "--%s", name);
	}
	return job_config_seal(ret_job, arena, err);
}

static size_t terminal_width(const struct invocation *invocation)
{
	struct winsize size;

	if (!invocation->is_out_terminal || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20)
		return 0;
	return size.ws_col;
}

static int print_probe(const struct invocation *invocation, const struct probe_show *show)
{
	struct buffer buffer;
	int status = EXIT_DONE;

	buffer_init(&buffer, SHOW_BYTES_MAX);
	if (option_given(invocation, OPTION_JSON)) {
		probe_show_json(show, &buffer);
		(void)buffer_append_byte(&buffer, '\n'); /* failure sticks and is seen below */
	} else {
		probe_show_text(show, &buffer);
	}
	if (buffer.failed) {
		fputs("feedmill: out of memory while writing the probe\n", invocation->errors);
		status = EXIT_FAILED;
	} else {
		(void)fwrite(buffer.data, 1, buffer.size, invocation->out); /* checked when the output is flushed */
	}
	buffer_release(&buffer);
	return status;
}

static int report_failure(const struct invocation *invocation, const struct error *err)
{
	char place[ERROR_PLACE_SIZE];

	error_format_place(err, place);
	fprintf(invocation->errors, "feedmill: %s%s\n", err->message, place);
	if (err->code == ERROR_CANCELLED)
		return 128 + (int)err->number;
	if (err->code == ERROR_USAGE || err->code == ERROR_CONFIG)
		return EXIT_USAGE;
	return error_is_temporary(err) ? EXIT_TEMPORARY : EXIT_FAILED;
}

static int write_files(const struct invocation *invocation, const struct setting *setting, const struct run_probe_result *result,
                       const struct guess *guess, struct error *err)
{
	const struct probe_write_request request = {
		.folder = invocation->options[OPTION_WRITE],
		.name = invocation->options[OPTION_AS],
		.source = invocation->arguments[0],
		.connection = invocation->options[OPTION_CONNECTION],
		.network = invocation->options[OPTION_NETWORK],
		.cacert = invocation->options[OPTION_CACERT],
		.may_replace = option_given(invocation, OPTION_FORCE),
		.dialects = &setting->dialects,
		.result = result,
		.guess = guess,
		.messages = invocation->errors,
	};

	return probe_write(&request, err);
}

static int probe(const struct invocation *invocation, struct setting *setting, struct arena *arena, struct error *err)
{
	struct run_probe_result *result = arena_alloc(arena, sizeof(*result));
	struct guess *guess = arena_alloc(arena, sizeof(*guess));
	struct job_config job;
	const struct connection *connection;
	struct secret_resolver secrets;
	char source[1024];
	int code;

	if (!result || !guess)
		return error_set_memory(err);
	if (make_job(invocation, arena, &job, err) < 0 || connections_for_job(&setting->connections, &job, &connection, err) < 0 ||
	    secrets_open(invocation, setting, &secrets, err) < 0 || fetch_init(err) < 0)
		return -1;
	const struct run_probe_request request = {
		.job = &job,
		.connection = connection,
		.secrets = &secrets,
		.dialects = &setting->dialects,
		.state_folder = setting->state_folder,
		.version = "feedmill/" FEEDMILL_VERSION,
		.is_cage_required = setting->config.sandbox == SANDBOX_REQUIRED,
		.clock = invocation->clock,
		.stop_signal = invocation->stop_signal,
	};
	code = run_probe_execute(&request, arena, result, err);
	fetch_release();
	secret_resolver_release(&secrets);
	if (code < 0)
		return -1;
	command_warn_of_cage(invocation, &result->cage);
	if (result->feed.withheld_from[0] != '\0' && connection)
		fprintf(invocation->errors, "WARNING: redirected to '%s', which got nothing of the connection '%s'\n",
		        result->feed.withheld_from, connection->name);
	if (result->report.has_records)
		guess_make(&result->report, guess);
	source_mask(job.source, source, sizeof(source));
	const struct probe_show show = {
		.source = source,
		.report = &result->report,
		.guess = result->report.has_records ? guess : NULL,
		.dialect_description = dialect_description(setting->dialect_set, result->report.dialect),
		.use_colour = invocation->use_colour,
		.width = terminal_width(invocation),
	};
	const int status = print_probe(invocation, &show);
	if (status != EXIT_DONE || !option_given(invocation, OPTION_WRITE))
		return status;
	return write_files(invocation, setting, result, guess, err);
}

static int run(const struct invocation *invocation)
{
	struct setting setting;
	struct error err = ERROR_INIT;
	struct arena arena;
	int status;

	if (!option_given(invocation, OPTION_WRITE) &&
	    (option_given(invocation, OPTION_AS) || option_given(invocation, OPTION_FORCE)))
		return command_usage(invocation, "'--as' and '--force' are for '--write'");
	status = setting_load(invocation, &setting);
	if (status != EXIT_DONE)
		return status;
	status = setting_load_dialects(invocation, &setting);
	if (status == EXIT_DONE)
		status = setting_load_connections(invocation, &setting);
	if (status == EXIT_DONE) {
		arena_init(&arena, REPORT_BYTES_MAX);
		status = probe(invocation, &setting, &arena, &err);
		if (status < 0)
			status = report_failure(invocation, &err);
		arena_release(&arena);
	}
	setting_release(&setting);
	return status;
}

const struct command command_probe = {
	.name = "probe",
	.arguments = "URL | FILE | -",
	.summary = "show what a feed is: format, records, fields and what they may mean; --write makes a job of it",
	.details =
		"The feed is fetched and read as 'run' would, and nothing is imported. Each field is shown with the share of records that\n"
		"have it, how many different values it has, what they look like, samples, and the field of an item that it may be.\n"
		"\n"
		"--write DIR makes DIR/jobs/NAME.yaml and, for a feed that no dialect recognises, DIR/dialects/NAME.yaml, which can be run\n"
		"at once; lines that want a look are marked by comments. NAME is the host's or the file's name, or what --as says. Files\n"
		"that are there are not touched without --force.\n"
		"\n"
		"Exit status: 0 for any feed that can be read, recognised or not; else as of 'run'.",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.handles_signals = true,
	.run = run,
};
