/* What the tests of importer/probe share. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

int run_distinct_tests(void);
int run_value_type_tests(void);
int run_field_names_tests(void);
int run_prober_tests(void);
int run_report_tests(void);
int run_allocation_tests(void);
