/* The groups of this program; each returns its number of failed tests. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int run_address_tests(void);
int run_trouble_tests(void);
