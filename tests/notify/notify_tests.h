/* The groups of tests of importer/notify; each returns how many failed. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

int hook_tests(void);
int notice_tests(void);
