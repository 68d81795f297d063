/* A connection from its YAML, whose secrets refer to the variable SECRET of the environment. */
#pragma once

#include "connection/session.h"

struct scene {
	struct arena arena;
	struct connection connection;
	struct connection_session *session;
};

/* Fails the test where the text has mistakes. The connection is called 'acme'. */
void scene_load(struct scene *scene, const char *yaml);

/* connection_open() with that value of the variable. */
int scene_open(struct scene *scene, const char *secret, struct error *err);
void scene_release(struct scene *scene);
