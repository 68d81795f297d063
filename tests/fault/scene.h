/*
 * A small scene around which faults happen: a store after one import, and a second import that creates, updates, removes,
 * restores nothing and complains. Each case has a copy of it, and runs the import in a process of its own.
 */
#pragma once

#include "fault.h"

#include <stdbool.h>
#include <stdint.h>

/* How an import ended, as its process said. */
struct scene_end {
	bool is_told; /* false: the process was killed before it could */
	int outcome;  /* enum run_outcome */
	int code;     /* enum error_code */
	char message[768];
	size_t counts[FAULT_STEP_COUNT];
};

struct scene_wish {
	struct fault fault;
	long kill_after_us;  /* at a time of the machine; 0 = not */
	bool kills_reader;   /* … the reader instead */
	long file_bytes_max; /* of any file, as on a full disk; 0 = no limit */
	bool clock_jumps;
	bool is_dry;
	bool is_later; /* two days later, when what is stale is cleaned away */
};

struct scene_job;

struct scene {
	char folder[64];
	struct scene_job *job;
	char *before; /* the catalogue, without what tells runs apart */
	char *after;
};

/* Builds both catalogues. */
void scene_init(struct scene *scene);
void scene_release(struct scene *scene);

/* A fresh copy of the scene for the next case. */
void scene_reset(const struct scene *scene);

/* The second import, in a process of its own. */
struct scene_end scene_import(const struct scene *scene, const struct scene_wish *wish);

/* Fails the test, naming `label`, where the store is other than it may be after this end; then runs once more, without faults. */
void scene_check(const struct scene *scene, const struct scene_end *end, const char *label);
