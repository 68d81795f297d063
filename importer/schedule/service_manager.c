/* Datagrams to the service manager. */
#include "schedule/service_manager.h"

#include "base/number.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A path, or '@' and a name that has no file. */
static int connect_to(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const size_t size = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || size < 2 || size >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, name, size);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size)) == 0)
		return fd;
	(void)close(fd); /* nothing was sent */
	return -1;
}

/* sd_watchdog_enabled(3): it may be meant for another process. */
static int64_t read_watchdog_ms(void)
{
	const char *pid_text = getenv("WATCHDOG_PID");
	const char *interval_text = getenv("WATCHDOG_USEC");
	int64_t pid = getpid();
	int64_t interval_us = 0;

	if (pid_text && !number_parse_integer(slice_from(pid_text), 1, INT32_MAX, &pid))
		return 0;
	if (!interval_text || pid != getpid() || !number_parse_integer(slice_from(interval_text), 1, INT64_MAX, &interval_us))
		return 0;
	return interval_us / 1000;
}

void service_manager_init(struct service_manager *manager)
{
	const char *name = getenv("NOTIFY_SOCKET");

	manager->socket_fd = name ? connect_to(name) : -1;
	manager->watchdog_ms = manager->socket_fd >= 0 ? read_watchdog_ms() : 0;
}

void service_manager_release(struct service_manager *manager)
{
	if (manager->socket_fd >= 0)
		(void)close(manager->socket_fd); /* nothing more to lose */
	manager->socket_fd = -1;
}

void service_manager_tell(const struct service_manager *manager, const char *format, ...)
{
	char text[512];
	va_list arguments;

	if (manager->socket_fd < 0)
		return;
	va_start(arguments, format);
	const int size = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (size > 0 && (size_t)size < sizeof(text))
		(void)!send(manager->socket_fd, text, (size_t)size, MSG_NOSIGNAL); /* it asks again, or restarts us */
}
