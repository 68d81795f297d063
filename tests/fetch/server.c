/* The scripted server: a thread that accepts, reads a head, looks its answer up, sends it. */
#include "server.h"

#include "tests.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_MAX 16384
#define REQUESTS_MAX 32
#define ANSWER_MAX 32768

struct server {
	const struct server_answer *answers;
	size_t answer_count;
	int listener;
	int stop[2];
	int port;
	int other_port;
	pthread_t thread;
	pthread_mutex_t mutex;
	char *requests[REQUESTS_MAX];
	size_t request_count;
};

/* False when the server is to stop. */
static bool wait_for(const struct server *server, int fd)
{
	struct pollfd waits[2] = {{.fd = fd, .events = POLLIN}, {.fd = server->stop[0], .events = POLLIN}};
	return poll(waits, 2, -1) > 0 && waits[1].revents == 0;
}

static bool read_head(struct server *server, int fd, char *head)
{
	size_t used = 0;
	head[0] = '\0';
	while (strstr(head, "\r\n\r\n") == NULL) {
		if (used == REQUEST_MAX - 1 || !wait_for(server, fd))
			return false;
		const ssize_t size = recv(fd, head + used, REQUEST_MAX - 1 - used, 0);
		if (size <= 0)
			return false;
		used += (size_t)size;
		head[used] = '\0';
	}
	(void)pthread_mutex_lock(&server->mutex);
	if (server->request_count < REQUESTS_MAX)
		server->requests[server->request_count++] = strdup(head);
	(void)pthread_mutex_unlock(&server->mutex);
	return true;
}

static const struct server_answer *find_answer(const struct server *server, const char *head)
{
	const char *target = strchr(head, ' ');
	const size_t size = target != NULL ? strcspn(target + 1, " ") : 0;
	for (size_t i = 0; i < server->answer_count; i++) {
		const char *wanted = server->answers[i].target;
		if (wanted == NULL || (strlen(wanted) == size && memcmp(wanted, target + 1, size) == 0))
			return &server->answers[i];
	}
	return NULL;
}

static bool send_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		const ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
		data += sent;
		size -= (size_t)sent;
	}
	return true;
}

static size_t replace_ports(const struct server *server, const char *text, char *ret_text)
{
	size_t used = 0;
	while (*text != '\0' && used < ANSWER_MAX - 16) {
		if (strncmp(text, "{port}", 6) == 0) {
			used += (size_t)snprintf(ret_text + used, 8, "%d", server->port);
			text += 6;
		} else if (strncmp(text, "{other}", 7) == 0) {
			used += (size_t)snprintf(ret_text + used, 8, "%d", server->other_port);
			text += 7;
		} else {
			ret_text[used++] = *text++;
		}
	}
	return used;
}

static void send_answer(const struct server *server, int fd, const struct server_answer *answer)
{
	char text[ANSWER_MAX];
	const char *data = answer->text;
	size_t size = answer->size;
	if (size == 0) {
		size = replace_ports(server, answer->text, text);
		data = text;
	}
	bool is_sent = send_all(fd, data, size);
	for (size_t i = 0; i < answer->repeat_count && is_sent; i++)
		is_sent = send_all(fd, answer->repeat, strlen(answer->repeat));
	if (answer->end == SERVER_RESET) {
		const struct linger now = {.l_onoff = 1};
		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	}
	char rest[256];
	while (answer->end == SERVER_HOLD && wait_for(server, fd) && recv(fd, rest, sizeof(rest), 0) > 0)
		continue;
}

static void serve_connection(struct server *server, int fd)
{
	static const struct server_answer missing = {.text = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"};
	char head[REQUEST_MAX];
	if (!read_head(server, fd, head))
		return;
	const struct server_answer *answer = find_answer(server, head);
	send_answer(server, fd, answer != NULL ? answer : &missing);
}

static void *serve(void *context)
{
	struct server *server = context;
	while (wait_for(server, server->listener)) {
		const int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		serve_connection(server, fd);
		(void)close(fd);
	}
	return NULL;
}

struct server *server_start(const struct server_answer *answers, size_t count, int other_port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	struct server *server = calloc(1, sizeof(*server));
	assert_non_null(server);
	server->answers = answers;
	server->answer_count = count;
	server->other_port = other_port;
	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(server->listener >= 0);
	assert_int_equal(bind(server->listener, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(server->listener, 16), 0);
	assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &size), 0);
	server->port = ntohs(address.sin_port);
	assert_int_equal(pipe2(server->stop, O_CLOEXEC), 0);
	assert_int_equal(pthread_mutex_init(&server->mutex, NULL), 0);
	assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
	return server;
}

int server_port(const struct server *server)
{
	return server->port;
}

const char *server_request(struct server *server, size_t index)
{
	(void)pthread_mutex_lock(&server->mutex);
	const char *request = index < server->request_count ? server->requests[index] : NULL;
	(void)pthread_mutex_unlock(&server->mutex);
	return request;
}

size_t server_request_count(struct server *server)
{
	(void)pthread_mutex_lock(&server->mutex);
	const size_t count = server->request_count;
	(void)pthread_mutex_unlock(&server->mutex);
	return count;
}

void server_stop(struct server *server)
{
	(void)close(server->stop[1]); /* the reading end becomes readable */
	(void)pthread_join(server->thread, NULL);
	(void)close(server->stop[0]);
	(void)close(server->listener);
	for (size_t i = 0; i < server->request_count; i++)
		free(server->requests[i]);
	(void)pthread_mutex_destroy(&server->mutex);
	free(server);
}
