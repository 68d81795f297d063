/*
 * The text of units. What a service may do is the same for a run and for the
 * daemon, which is nothing but the parent of runs.
 */
#include "schedule/unit.h"

#include "base/limits.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define STOP_SECONDS 30 /* a run ends within two seconds of a signal */
#define WATCHDOG_SECONDS 60
#define NOTIFY_SECONDS ((LIMIT_NOTICES_MS + LIMIT_AFTERMATH_MS) / 1000)

static const char head[] = "Documentation=man:feedmill(1) man:feedmill.yaml(5)\n";

/*
 * The state folder is the service's, and nobody else's; systemd makes it where it is missing. ProtectKernelLogs= is of
 * no use to a user's own units, who cannot read those logs, and fails there together with ProcSubset= (252).
 */
static const char account[] = "User=" UNIT_USER "\n"
			      "Group=" UNIT_USER "\n"
			      "StateDirectory=feedmill\n"
			      "StateDirectoryMode=0700\n"
			      "ConfigurationDirectory=feedmill\n"
			      "ProtectHome=yes\n"
			      "ProtectKernelLogs=yes\n";

/*
 * As far as systemd.exec(5) goes for a program that needs the network, one
 * folder to write into, and programs that the configuration names (hooks,
 * 'command:' secrets), so NoExecPaths= is left out. The reader's cage is built
 * by the program itself: its calls are allowed apart, because @system-service
 * of systemd 252 has neither Landlock nor seccomp.
 */
static const char hardening[] = "UMask=0077\n"
				"NoNewPrivileges=yes\n"
				"CapabilityBoundingSet=\n"
				"AmbientCapabilities=\n"
				"ProtectSystem=strict\n"
				"PrivateTmp=yes\n"
				"PrivateDevices=yes\n"
				"DevicePolicy=closed\n"
				"PrivateUsers=yes\n"
				"PrivateIPC=yes\n"
				"PrivateMounts=yes\n"
				"ProtectHostname=yes\n"
				"ProtectClock=yes\n"
				"ProtectKernelTunables=yes\n"
				"ProtectKernelModules=yes\n"
				"ProtectControlGroups=yes\n"
				"ProtectProc=invisible\n"
				"ProcSubset=pid\n"
				"RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX\n"
				"RestrictNamespaces=yes\n"
				"RestrictRealtime=yes\n"
				"RestrictSUIDSGID=yes\n"
				"LockPersonality=yes\n"
				"MemoryDenyWriteExecute=yes\n"
				"RemoveIPC=yes\n"
				"KeyringMode=private\n"
				"SystemCallArchitectures=native\n"
				"SystemCallFilter=@system-service\n"
				"SystemCallFilter=~@privileged @resources\n"
				"SystemCallFilter=landlock_create_ruleset landlock_add_rule landlock_restrict_self seccomp\n"
				"SystemCallErrorNumber=EPERM\n"
				"LimitCORE=0\n"
				"# Where no feed, proxy or resolver has an address of this network, more can be shut:\n"
				"#IPAddressDeny=10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 169.254.0.0/16 fc00::/7 fe80::/10\n"
				"#IPAddressAllow=127.0.0.0/8 ::1\n";

/* --- words --- */

static bool needs_escape(char byte, bool is_command)
{
	return byte == '"' || byte == '\\' || byte == '%' || (byte == '$' && is_command);
}

int unit_append_word(const char *text, bool is_command, struct buffer *buffer, struct error *err)
{
	(void)buffer_append_byte(buffer, '"'); /* failure sticks, here and below */
	for (const char *byte = text; *byte != '\0'; byte++) {
		if ((unsigned char)*byte < ' ' || *byte == 0x7f)
			return error_set(err, ERROR_CONFIG, "the path '%s' has characters that a unit of systemd cannot have",
			                 text);
		if (needs_escape(*byte, is_command))
			(void)buffer_append_byte(buffer, *byte == '"' ? '\\' : *byte);
		(void)buffer_append_byte(buffer, *byte);
	}
	(void)buffer_append_byte(buffer, '"');
	return 0;
}

/* A path with nothing unusual needs no quotes, and people read units. */
static int append_path(const char *path, const char *prefix, bool is_command, struct buffer *text, struct error *err)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+@:,";
	char word[PATH_MAX + 8];
	const int size = snprintf(word, sizeof(word), "%s%s", prefix, path);
	if (path[0] != '/')
		return error_set(err, ERROR_CONFIG, "a unit of systemd needs an absolute path, and '%s' is none", path);
	if (size < 0 || (size_t)size >= sizeof(word))
		return error_set(err, ERROR_CONFIG, "the path '%s' is longer than %d bytes", path, PATH_MAX);
	if (path[strspn(path, plain)] != '\0')
		return unit_append_word(word, is_command, text, err);
	(void)buffer_append_text(text, word);
	return 0;
}

/* 'ExecStart=PROGRAM VERB --config FILE ARGUMENTS'. */
static int append_command(const struct unit_setting *setting, const char *verb, const char *arguments, struct buffer *text,
                          struct error *err)
{
	(void)buffer_append_text(text, "ExecStart=");
	if (append_path(setting->program, "", true, text, err) < 0)
		return -1;
	(void)buffer_append_format(text, " %s --config ", verb);
	if (append_path(setting->config, "", true, text, err) < 0)
		return -1;
	(void)buffer_append_format(text, "%s\n", arguments);
	return 0;
}

/* --- services --- */

/*
 * Where a folder of ReadWritePaths= is missing, systemd does not start the service at all (226/NAMESPACE). With '-' it does,
 * and the program can tell what it cannot write; an import does not fail for want of a folder for figures.
 */
static int append_write_folder(const char *folder, struct buffer *text, struct error *err)
{
	(void)buffer_append_text(text, "ReadWritePaths=");
	if (append_path(folder, "-", false, text, err) < 0)
		return -1;
	(void)buffer_append_byte(text, '\n');
	return 0;
}

static int append_rights(const struct unit_setting *setting, struct buffer *text, struct error *err)
{
	(void)buffer_append_text(text, "\n");
	(void)buffer_append_text(text, setting->is_user ? "ProtectHome=read-only\n" : account);
	for (size_t i = 0; i < setting->write_folder_count; i++) {
		if (append_write_folder(setting->write_folders[i], text, err) < 0)
			return -1;
	}
	if (!setting->is_user && setting->credential != NULL)
		(void)buffer_append_format(
			text,
			"# The key of the vault, from /etc/credstore.encrypted; where there is none, the service starts without.\n"
			"LoadCredentialEncrypted=%s:feedmill.%s\n",
			setting->credential, setting->credential);
	(void)buffer_append_text(text, hardening);
	return 0;
}

static void append_on_failure(const struct unit_setting *setting, struct buffer *text)
{
	if (setting->on_failure != NULL)
		(void)buffer_append_format(text, "OnFailure=%s\n", setting->on_failure);
}

static int append_service(const struct unit_setting *setting, struct buffer *text, struct error *err)
{
	(void)buffer_append_format(text,
	                           "[Unit]\n"
	                           "Description=feedmill: import of the job %%i\n"
	                           "%s"
	                           "Wants=network-online.target\n"
	                           "After=network-online.target\n"
	                           "# How often a failed run is tried again, the job says ('retry').\n"
	                           "StartLimitIntervalSec=0\n",
	                           head);
	append_on_failure(setting, text);
	(void)buffer_append_text(text, "\n"
	                               "[Service]\n"
	                               "# systemd 252 knows RestartForceExitStatus= for no service of the type oneshot.\n"
	                               "Type=exec\n");
	if (append_command(setting, "run", " --scheduled --wait " UNIT_WAIT " %i", text, err) < 0)
		return -1;
	(void)buffer_append_format(
		text,
		"# 5: another run of this job is going on. 143: stopped with 'systemctl stop'. 75: a temporary failure.\n"
		"SuccessExitStatus=5 143\n"
		"RestartForceExitStatus=75\n"
		"RestartSec=%d\n"
		"RuntimeMaxSec=1d\n"
		"TimeoutStopSec=%d\n"
		"KillMode=mixed\n"
		"MemoryMax=2G\n"
		"TasksMax=64\n",
		(int)(UNIT_RETRY_MS / 1000), STOP_SECONDS);
	return append_rights(setting, text, err);
}

/* One that is no job's. */
struct service {
	const char *description;
	const char *type;
	const char *verb; /* of feedmill */
};

/* Up to its command. */
static int append_head(const struct unit_setting *setting, struct service service, struct buffer *text, struct error *err)
{
	(void)buffer_append_format(text,
	                           "[Unit]\n"
	                           "Description=feedmill: %s\n"
	                           "%s"
	                           "Wants=network-online.target\n"
	                           "After=network-online.target\n",
	                           service.description, head);
	append_on_failure(setting, text);
	(void)buffer_append_format(text, "\n[Service]\nType=%s\n", service.type);
	return append_command(setting, service.verb, "", text, err);
}

static int append_daemon(const struct unit_setting *setting, struct buffer *text, struct error *err)
{
	if (append_head(setting, (struct service){"runs jobs when they are due", "notify", "daemon"}, text, err) < 0)
		return -1;
	(void)buffer_append_format(text,
	                           "ExecReload=/bin/sh -c \"kill -HUP $MAINPID\"\n"
	                           "WatchdogSec=%d\n"
	                           "Restart=on-failure\n"
	                           "RestartSec=10\n"
	                           "# 2: the configuration is wrong. 5: another daemon has the store.\n"
	                           "RestartPreventExitStatus=2 5\n"
	                           "TimeoutStopSec=%" PRId64 "\n"
	                           "KillMode=mixed\n"
	                           "MemoryMax=80%%\n"
	                           "TasksMax=1024\n",
	                           WATCHDOG_SECONDS, setting->daemon_grace_ms / 1000 + STOP_SECONDS);
	if (append_rights(setting, text, err) < 0)
		return -1;
	(void)buffer_append_format(text, "\n[Install]\nWantedBy=%s.target\n", setting->is_user ? "default" : "multi-user");
	return 0;
}

static int append_notify(const struct unit_setting *setting, struct buffer *text, struct error *err)
{
	if (append_head(setting, (struct service){"looks for runs that have not come, and tells people", "exec", "notify"}, text,
	                err) < 0)
		return -1;
	(void)buffer_append_format(text,
	                           "# 75: the store is busy; the next hour has another look.\n"
	                           "SuccessExitStatus=75 143\n"
	                           "RuntimeMaxSec=%d\n"
	                           "TimeoutStopSec=%d\n"
	                           "KillMode=mixed\n"
	                           "MemoryMax=2G\n"
	                           "TasksMax=64\n",
	                           NOTIFY_SECONDS, STOP_SECONDS);
	return append_rights(setting, text, err);
}

/* Most schedules are of the full hour, and a run is missing a quarter of an hour after its time. */
static int append_notify_timer(const struct unit_setting *setting, struct buffer *text, struct error *err)
{
	(void)setting;
	(void)err;
	(void)buffer_append_format(text,
	                           "[Unit]\nDescription=feedmill: when runs that have not come are looked for\n%s\n"
	                           "[Timer]\nOnCalendar=*-*-* *:20:00\nAccuracySec=1min\nRandomizedDelaySec=5min\n"
	                           "FixedRandomDelay=yes\n\n[Install]\nWantedBy=timers.target\n",
	                           head);
	return 0;
}

int unit_append_common(const char *name, const struct unit_setting *setting, struct buffer *text, struct error *err)
{
	static const struct {
		const char *name;
		int (*append)(const struct unit_setting *setting, struct buffer *text, struct error *err);
	} units[] = {
		{UNIT_SERVICE, append_service},
		{UNIT_DAEMON, append_daemon},
		{UNIT_NOTIFY, append_notify},
		{UNIT_NOTIFY_TIMER, append_notify_timer},
	};
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(name, units[i].name) == 0)
			return units[i].append(setting, text, err);
	}
	return error_set(err, ERROR_NOT_FOUND, "there is no unit '%s'", name);
}

/* --- one job --- */

/* '90', or '1.5' for a part of a second. */
static void append_seconds(struct buffer *text, const char *key, int64_t ms)
{
	(void)buffer_append_format(text, "%s=%" PRId64, key, ms / 1000);
	if (ms % 1000 != 0)
		(void)buffer_append_format(text, ".%03d", (int)(ms % 1000));
	(void)buffer_append_byte(text, '\n');
}

void unit_append_timer(const struct unit_timer *timer, struct buffer *text)
{
	(void)buffer_append_format(text, "%s[Unit]\nDescription=feedmill: when the job %s is imported\n%s\n[Timer]\n", timer->notes,
	                           timer->job, head);
	for (size_t i = 0; i < timer->calendar_count; i++)
		(void)buffer_append_format(text, "OnCalendar=%s\n", timer->calendars[i]);
	(void)buffer_append_text(text, "AccuracySec=1s\n");
	if (timer->jitter_ms > 0) {
		append_seconds(text, "RandomizedDelaySec", timer->jitter_ms);
		(void)buffer_append_text(text, "FixedRandomDelay=yes\n");
	}
	(void)buffer_append_format(text, "Persistent=%s\n\n[Install]\nWantedBy=timers.target\n", timer->catches_up ? "yes" : "no");
}

bool unit_drop_in_is_needed(const struct unit_drop_in *drop_in)
{
	return drop_in->run_timeout_ms > 0 || drop_in->retry_delay_ms > 0 || drop_in->start_count > 0;
}

void unit_append_drop_in(const struct unit_drop_in *drop_in, struct buffer *text)
{
	if (drop_in->start_count > 0)
		(void)buffer_append_text(text, "[Unit]\n");
	for (size_t i = 0; i < drop_in->start_count; i++)
		(void)buffer_append_format(text, "OnSuccess=feedmill@%s.service\n", drop_in->starts[i]);
	if (drop_in->run_timeout_ms > 0 || drop_in->retry_delay_ms > 0)
		(void)buffer_append_text(text, "[Service]\n");
	/* The program ends the run first, and tells why. A start that is too early runs nothing, but waits. */
	if (drop_in->run_timeout_ms > 0)
		append_seconds(text, "RuntimeMaxSec",
		               (drop_in->run_timeout_ms > UNIT_WAIT_MS ? drop_in->run_timeout_ms : UNIT_WAIT_MS) +
		                       LIMIT_AFTERMATH_MS);
	if (drop_in->retry_delay_ms > 0)
		append_seconds(text, "RestartSec", drop_in->retry_delay_ms);
}

void unit_name_make(const char *job, const char *kind, char ret_name[UNIT_NAME_SIZE])
{
	(void)snprintf(ret_name, UNIT_NAME_SIZE, "feedmill@%s.%s", job, kind); /* fits: a job's name has up to 64 bytes */
}
