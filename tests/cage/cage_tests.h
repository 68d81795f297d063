/* The groups of tests of importer/cage. */
#pragma once

int cage_tests(void);
int parts_tests(void);
