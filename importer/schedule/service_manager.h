/*
 * What systemd wants to know of a service, by the datagrams of sd_notify(3):
 * a socket named by $NOTIFY_SOCKET, one assignment a line. Without it,
 * nothing is sent and nobody minds.
 */
#pragma once

#include <stdint.h>

struct service_manager {
	int socket_fd;       /* -1 = nobody listens */
	int64_t watchdog_ms; /* how often a sign of life is wanted; 0 = never */
};

void service_manager_init(struct service_manager *manager);
void service_manager_release(struct service_manager *manager);

/* 'READY=1', 'STATUS=…', several parted by line breaks. What cannot be sent is lost. */
void service_manager_tell(const struct service_manager *manager, const char *format, ...) __attribute__((format(printf, 2, 3)));
