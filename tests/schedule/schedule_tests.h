/* The groups of tests of schedule; each returns how many of its tests failed. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Behind the headers that it needs but does not include. */
#include <cmocka.h>

int schedule_tests(void);
int lookout_tests(void);
int planner_tests(void);
int roster_tests(void);
int times_tests(void);
int unit_tests(void);
int unit_calendar_tests(void);
