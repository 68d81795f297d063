/* The groups of tests of config (each returns how many of its tests failed), and what they share. */
#pragma once

#include "base/buffer.h"
#include "config/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Behind the headers that it needs but does not include. */
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int alloc_tests(void);
int config_tests(void);
int file_tests(void);
int job_set_tests(void);
int job_tests(void);
int jobs_tests(void);
int keep_tests(void);
int option_tests(void);
int problems_tests(void);
int reference_tests(void);
int value_tests(void);
int yaml_tests(void);

/* 'line:column: message' of each problem on a line of its own ('file: message' for a whole file); into `text`, to be released. */
void problems_list(const struct config_problems *problems, struct buffer *text);

/* Fails, naming `what`, unless the problems are listed as `expected`. */
void problems_expect(const struct config_problems *problems, const char *expected, const char *what);

/* config_problems_print() as a string; free it. */
char *problems_printed(const struct config_problems *problems);

/* A folder of its own for a test; paths are relative to it. */
struct workspace {
	char path[64];
	char home[4096]; /* where the test was before */
};

/* cmocka fixtures: makes the folder, goes there, and removes it with all its content. */
int workspace_setup(void **state);
int workspace_teardown(void **state);

/* Write a file, with its folders, with mode 0600. */
void workspace_write(const char *path, const char *text);
