/* The groups of this program; each returns its number of failed tests. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int run_crypto_tests(void);
int run_resolver_tests(void);
int run_mask_tests(void);
int run_vault_damage_tests(void);
int run_vault_kill_tests(void);
int run_vault_tests(void);
