/* The groups of tests of the other half of the store: opening, ledger, leases, views, listings; each returns how many failed. */
#pragma once

int open_tests(void);
int rights_tests(void);
int lease_tests(void);
int turn_tests(void);
int held_tests(void);
int job_rename_tests(void);
int hook_state_tests(void);
int job_state_tests(void);
int ledger_tests(void);
int due_tests(void);
int memory_tests(void);
int retention_tests(void);
int views_tests(void);
int select_tests(void);
