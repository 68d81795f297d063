/* The groups of tests of base; each returns how many of its tests failed. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Behind the headers that it needs but does not include. */
#include <cmocka.h>

int arena_tests(void);
int buffer_tests(void);
int bytes_tests(void);
int error_tests(void);
int flat_tests(void);
int hash_tests(void);
int hexadecimal_tests(void);
int instant_pattern_tests(void);
int instant_tests(void);
int json_read_tests(void);
int json_tests(void);
int money_tests(void);
int number_tests(void);
int process_tests(void);
int program_tests(void);
int replace_tests(void);
int slice_tests(void);
int suggest_tests(void);
int utf8_tests(void);
int zone_tests(void);
