/*
 * Units of systemd: the service that one run of a job is, the timer that
 * starts it, the service that the daemon is, and who looks for runs that no
 * timer has started. Text only; unit_file.h has
 * to do with files.
 *
 * A job's name stands in unit names as it is: systemd.unit(5) allows all that
 * a name may have, so that 'feedmill@acme-de.timer' needs no escapes; '%i'
 * gives it back unaltered. Text goes into buffers, whose failure sticks and is
 * the caller's to see.
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"

#include <stdint.h>

#define UNIT_SERVICE "feedmill@.service"
#define UNIT_DAEMON "feedmill-daemon.service"
#define UNIT_NOTIFY "feedmill-notify.service"
#define UNIT_NOTIFY_TIMER "feedmill-notify.timer"
#define UNIT_DROP_IN_FILE "feedmill.conf"
#define UNIT_BYTES_MAX ((size_t)256 * 1024)
#define UNIT_DAEMON_GRACE_MS INT64_C(30000) /* of a configuration that says nothing else */
#define UNIT_RETRY_MS INT64_C(60000)        /* from a temporary failure to the next try, where a job says nothing else */
#define UNIT_WAIT "30m"                     /* that a start which is too early waits at most, see 'feedmill run --wait' … */
#define UNIT_WAIT_MS INT64_C(1800000)       /* … and again */
#define UNIT_NAME_SIZE 128                  /* of the units of a job */

/* Where the system keeps what a service of the user 'feedmill' has. */
#define UNIT_USER "feedmill"
#define UNIT_CREDENTIAL "vault-key" /* where a configuration names no other */
#define UNIT_STATE_FOLDER "/var/lib/feedmill"
#define UNIT_CONFIGURATION_FOLDER "/etc/feedmill"

/* What the services of one configuration have in common. Text is borrowed. */
struct unit_setting {
	const char *program;              /* absolute path of feedmill */
	const char *config;               /* absolute path of feedmill.yaml */
	bool is_user;                     /* units of a user's own systemd: as that user, without what only root may do */
	const char *credential;           /* name of the credential with the vault's key, or NULL */
	const char *const *write_folders; /* what is written outside of the state folder: absolute paths; they may be missing */
	size_t write_folder_count;
	const char *on_failure;  /* unit that is started when a service has failed, or NULL */
	int64_t daemon_grace_ms; /* that runs of the daemon get to end */
};

/*
 * A unit that is not of one job, by its name: UNIT_SERVICE is one run of the job %i, UNIT_DAEMON the daemon, UNIT_NOTIFY one
 * look for runs that did not come, and UNIT_NOTIFY_TIMER starts that each hour. -1: ERROR_CONFIG, a path that cannot stand in
 * a unit; ERROR_NOT_FOUND, another name.
 */
must_use int unit_append_common(const char *name, const struct unit_setting *setting, struct buffer *text, struct error *err);

/* When a job's run is started. */
struct unit_timer {
	const char *job;
	const char *notes;            /* lines of comment, or '' */
	const char *const *calendars; /* values of OnCalendar= */
	size_t calendar_count;
	int64_t jitter_ms;
	bool catches_up; /* a time that was missed is made up for */
};

/* feedmill@JOB.timer. */
void unit_append_timer(const struct unit_timer *timer, struct buffer *text);

/* What one job's service has of its own: a file feedmill.conf in feedmill@JOB.service.d. */
struct unit_drop_in {
	const char *job;
	int64_t run_timeout_ms;    /* 0 = the common one */
	int64_t retry_delay_ms;    /* 0 = the common one */
	const char *const *starts; /* jobs that are started when it has succeeded */
	size_t start_count;
};

/* Would the file say anything? */
bool unit_drop_in_is_needed(const struct unit_drop_in *drop_in);
void unit_append_drop_in(const struct unit_drop_in *drop_in, struct buffer *text);

/* 'feedmill@acme.timer'; `kind` is "timer", "service" or "service.d". */
void unit_name_make(const char *job, const char *kind, char ret_name[UNIT_NAME_SIZE]);

/* `text` as one word of ExecStart= or of a list of paths. -1: ERROR_CONFIG where it has characters that cannot be said. */
must_use int unit_append_word(const char *text, bool is_command, struct buffer *buffer, struct error *err);
