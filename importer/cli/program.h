/*
 * The program but for what it is built with: its reader, which cannot be
 * another one once it is built, and its clock. Tests build it with others.
 */
#pragma once

#include "base/clock.h"

struct program {
	int (*read)(void); /* a reader's whole life (run/reader.h); an exit status */
	struct clock clock;
};

/* A reader process if the program is called as one, else a command; an exit status. */
int program_main(const struct program *program, int argc, char **argv);
