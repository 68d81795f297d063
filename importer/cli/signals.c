/* Notices and metrics, of the configuration that a command works with. */
#include "cli/signals.h"

#include "notify/journal.h"
#include "notify/metrics.h"
#include "notify/notify.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

int signals_notify(const struct invocation *invocation, const struct setting *setting, struct store *store, const char *job)
{
	/* The alarm of a job's run_timeout ended its run, which is to be told. */
	const bool is_alarm = invocation->stop_signal && *invocation->stop_signal == SIGALRM;
	const struct notifier notifier = {
		.config = &setting->config,
		.store = store,
		.job = job,
		.program = "feedmill/" FEEDMILL_VERSION,
		.has_journal = getenv(JOURNAL_VARIABLE) || journal_is_behind(STDERR_FILENO, getenv("JOURNAL_STREAM")),
		.clock = invocation->clock,
		.stop_signal = is_alarm ? NULL : invocation->stop_signal,
		.errors = invocation->errors,
	};
	struct error err = ERROR_INIT;

	if (notify_people(&notifier, &err) == 0)
		return 0;
	fprintf(invocation->errors, "feedmill: warning: nobody could be told how the jobs are: %s\n", err.message);
	return -1;
}

int signals_write_metrics(const struct invocation *invocation, const struct setting *setting)
{
	struct error err = ERROR_INIT;

	if (metrics_write(&setting->config, setting->store, invocation->clock, &err) == 0 || err.code == ERROR_NOT_FOUND)
		return 0;
	fprintf(invocation->errors, "feedmill: warning: %s\n", err.message);
	return -1;
}
