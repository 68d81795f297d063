/* Connections for the tests of connection and fetch. */
#include "support/connection_scene.h"

#include "connection/load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

void scene_load(struct scene *scene, const char *yaml)
{
	const struct connection_text text = {.name = "acme", .file = "connections/acme.yaml", .text = slice_from(yaml)};
	struct config_problems problems;
	struct error err = ERROR_INIT;
	arena_init(&scene->arena, (size_t)1 << 24);
	config_problems_init(&problems);
	if (connection_read(&text, &scene->arena, &scene->connection, &problems, &err) != 1)
		fail_msg("%s: %s", yaml, problems.first != NULL ? problems.first->message : err.message);
	config_problems_release(&problems);
	scene->session = NULL;
}

int scene_open(struct scene *scene, const char *secret, struct error *err)
{
	struct secret_resolver resolver = {.vault_path = NULL};
	assert_int_equal(setenv("SECRET", secret, 1), 0);
	return connection_open(&scene->connection, &resolver, &scene->session, err);
}

void scene_release(struct scene *scene)
{
	connection_close(scene->session);
	if (scene->connection.has_allowed_url)
		allowed_url_release(&scene->connection.allowed_url);
	arena_release(&scene->arena);
}
