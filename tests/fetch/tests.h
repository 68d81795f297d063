/* The groups of this program; each returns its number of failed tests. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int run_answer_tests(void);
int run_connection_tests(void);
int run_http_tests(void);
int run_local_tests(void);
int run_redirect_tests(void);
int run_source_tests(void);
int run_spool_tests(void);
int run_spooled_tests(void);
int run_spool_tidy_tests(void);
int run_token_tests(void);
