/* The groups of tests of connection; each returns how many of its tests failed. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Behind the headers that it needs but does not include. */
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int allowed_url_tests(void);
int header_rules_tests(void);
int hmac_tests(void);
int jws_key_tests(void);
int jws_tests(void);
int load_tests(void);
int session_tests(void);
int sigv4_tests(void);
int token_kinds_tests(void);
int token_answer_tests(void);
int url_tests(void);
