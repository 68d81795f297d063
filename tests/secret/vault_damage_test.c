/* A vault that somebody or something has altered: every bit, every length, every exchange is noticed, and said for what it is. */
#include "secret/vault_crypto.h"
#include "secret/vault_format.h"

#include "scratch.h"
#include "tests.h"

#include <string.h>
#include <unistd.h>

/* Two secrets of one size, a key and a passphrase. */
static void make_vault(const struct scratch *scratch, struct buffer *ret_bytes)
{
	const struct vault_change change = scratch_change(scratch);
	struct secret passphrase = scratch_secret(SCRATCH_PASSPHRASE);
	struct error err = ERROR_INIT;
	scratch_set(scratch, "acme", SCRATCH_CANARY);
	scratch_set(scratch, "beta", SCRATCH_CANARY);
	assert_int_equal(vault_add_key(&change, &passphrase, &err), 0);
	secret_release(&passphrase);
	scratch_read_vault(scratch, ret_bytes);
}

/* Open, unlock and read all of what stands at the vault's path. */
static int use_vault(const struct scratch *scratch, const struct secret *key, struct error *err)
{
	struct vault *vault = NULL;
	struct secret value = SECRET_INIT;
	if (vault_open(scratch->vault, &vault, err) < 0)
		return -1;
	int result = vault_unlock(vault, key, err);
	for (size_t i = 0; result == 0 && i < vault_count(vault); i++)
		result = vault_find(vault, slice_from(vault_entry_at(vault, i).name), &value, err);
	secret_release(&value);
	vault_close(vault);
	return result;
}

static void write_vault(const struct scratch *scratch, struct slice bytes)
{
	(void)scratch_write(scratch, "vault", bytes, 0600);
}

/* What somebody without the key can do, too: make the checksum fit. */
static void mend_checksum(struct buffer *bytes)
{
	struct error err = ERROR_INIT;
	uint8_t digest[CRYPTO_DIGEST_BYTES];
	const size_t size = bytes->size - sizeof(digest);
	assert_int_equal(crypto_sha256(slice_make(bytes->data, size), digest, &err), 0);
	memcpy(bytes->data + size, digest, sizeof(digest));
}

static void every_bit_counts(void **state)
{
	const struct scratch *scratch = *state;
	struct buffer bytes;

	make_vault(scratch, &bytes);
	for (size_t bit = 0; bit < 8 * bytes.size; bit++) {
		struct error err = ERROR_INIT;
		bytes.data[bit / 8] = (char)(bytes.data[bit / 8] ^ 1 << bit % 8);
		write_vault(scratch, buffer_slice(&bytes));
		assert_int_equal(use_vault(scratch, &scratch->key, &err), -1);
		if (err.code != ERROR_VAULT)
			fail_msg("bit %zu: %s", bit, err.message);
		scratch_assert_error(&err, ERROR_VAULT, "vault");
		bytes.data[bit / 8] = (char)(bytes.data[bit / 8] ^ 1 << bit % 8);
	}
	write_vault(scratch, buffer_slice(&bytes));
	struct error err = ERROR_INIT;
	assert_int_equal(use_vault(scratch, &scratch->key, &err), 0);
	buffer_release(&bytes);
}

/* The key that unlocks is not asked to open what was altered, or what it opens is not authentic. */
static void every_byte_is_authenticated_whatever_the_checksum_says(void **state)
{
	const struct scratch *scratch = *state;
	struct buffer bytes;
	size_t refused_keys = 0;

	make_vault(scratch, &bytes);
	for (size_t bit = 0; bit < 8 * (bytes.size - CRYPTO_DIGEST_BYTES); bit++) {
		struct error err = ERROR_INIT;
		bytes.data[bit / 8] = (char)(bytes.data[bit / 8] ^ 1 << bit % 8);
		mend_checksum(&bytes);
		write_vault(scratch, buffer_slice(&bytes));
		if (use_vault(scratch, &scratch->key, &err) == 0)
			fail_msg("bit %zu was altered, and nobody noticed", bit);
		if (err.code != ERROR_VAULT && err.code != ERROR_SECRET)
			fail_msg("bit %zu: %s", bit, err.message);
		refused_keys += err.code == ERROR_SECRET;
		bytes.data[bit / 8] = (char)(bytes.data[bit / 8] ^ 1 << bit % 8);
	}
	/* Only the id of the data key, its own slot and the kind of it are part of what the key opens. */
	assert_in_range(refused_keys, 1, 8 * (1 + 2 * VAULT_ID_BYTES + 8 + 3 + VAULT_SALT_BYTES + 12 + 32 + 16));
	buffer_release(&bytes);
}

static void the_slot_of_a_passphrase_is_authenticated_too(void **state)
{
	const struct scratch *scratch = *state;
	struct secret passphrase = scratch_secret(SCRATCH_PASSPHRASE);
	struct buffer bytes;

	make_vault(scratch, &bytes);
	for (size_t at = 0; at < bytes.size - CRYPTO_DIGEST_BYTES; at++) {
		struct error err = ERROR_INIT;
		bytes.data[at] = (char)(bytes.data[at] ^ 1); /* the lowest bit: scrypt stays cheap */
		mend_checksum(&bytes);
		write_vault(scratch, buffer_slice(&bytes));
		assert_int_equal(use_vault(scratch, &passphrase, &err), -1);
		assert_true(err.code == ERROR_VAULT || err.code == ERROR_SECRET);
		bytes.data[at] = (char)(bytes.data[at] ^ 1);
	}
	buffer_release(&bytes);
	secret_release(&passphrase);
}

static void a_vault_that_is_cut_short_says_so(void **state)
{
	const struct scratch *scratch = *state;
	struct buffer bytes;

	make_vault(scratch, &bytes);
	for (size_t size = 0; size < bytes.size; size++) {
		struct error err = ERROR_INIT;
		write_vault(scratch, slice_make(bytes.data, size));
		assert_int_equal(use_vault(scratch, &scratch->key, &err), -1);
		scratch_assert_error(&err, ERROR_VAULT, "cut short");
	}
	buffer_release(&bytes);
}

static void what_stands_behind_a_vault_is_noticed(void **state)
{
	const struct scratch *scratch = *state;
	struct error err = ERROR_INIT;
	struct buffer bytes;

	make_vault(scratch, &bytes);
	assert_int_equal(buffer_append_byte(&bytes, '\0'), 0);
	write_vault(scratch, buffer_slice(&bytes));
	assert_int_equal(use_vault(scratch, &scratch->key, &err), -1);
	scratch_assert_error(&err, ERROR_VAULT, "altered");
	buffer_release(&bytes);
}

static void what_was_never_a_vault_says_so(void **state)
{
	static const struct {
		struct slice content;
		const char *part;
	} rows[] = {
		{SLICE("password: " SCRATCH_CANARY "\n"), "no vault of feedmill"},
		{SLICE("F"), "cut short"},
		{SLICE("FMVAULT"), "cut short"},
		{SLICE("FMVAULT\2\0\0\0\14"), "version 2"},
		{SLICE("FMVAULT\1\0\0\0\14"), "altered"},
		{SLICE("FMVAULT\1\377\377\377\377"), "cut short"},
		{SLICE("FMVAULT\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), "altered"},
	};
	const struct scratch *scratch = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error err = ERROR_INIT;
		write_vault(scratch, rows[i].content);
		assert_int_equal(use_vault(scratch, &scratch->key, &err), -1);
		scratch_assert_error(&err, ERROR_VAULT, rows[i].part);
	}
}

/* Changing a vault that is damaged must not make a new one of it. */
static void a_damaged_vault_is_left_as_it_is(void **state)
{
	const struct scratch *scratch = *state;
	const struct vault_change change = scratch_change(scratch);
	struct secret value = scratch_secret("new");
	struct buffer bytes, after;
	size_t dropped;
	bool is_new;

	make_vault(scratch, &bytes);
	bytes.data[bytes.size / 2] = (char)(bytes.data[bytes.size / 2] ^ 1);
	write_vault(scratch, buffer_slice(&bytes));
	struct error err = ERROR_INIT;
	assert_int_equal(vault_set(&change, slice_from("acme"), &value, &is_new, &err), -1);
	scratch_assert_error(&err, ERROR_VAULT, "altered or damaged");
	assert_int_equal(vault_remove(&change, slice_from("acme"), &err), -1);
	assert_int_equal(vault_rotate(&change, NULL, &dropped, &err), -1);
	assert_int_equal(vault_add_key(&change, &value, &err), -1);
	scratch_assert_error(&err, ERROR_VAULT, "altered or damaged");
	scratch_read_vault(scratch, &after);
	assert_int_equal(bytes.size, after.size);
	assert_memory_equal(bytes.data, after.data, bytes.size);
	buffer_release(&after);
	buffer_release(&bytes);
	secret_release(&value);
}

/* Who could get past the seal still cannot exchange values: each is bound to its name, dates and key. */
static void a_value_opens_under_its_own_name_only(void **state)
{
	const struct scratch *scratch = *state;
	struct secret value = SECRET_INIT;
	struct error err = ERROR_INIT;
	struct buffer bytes;

	make_vault(scratch, &bytes);
	buffer_release(&bytes);
	struct vault *vault = scratch_open(scratch, &scratch->key);
	struct vault_record record = vault->records[0];
	assert_int_equal(vault_record_open(vault, &record, &value, &err), 0);
	memcpy(record.name, "beta", 4);
	assert_int_equal(vault_record_open(vault, &record, &value, &err), -1);
	scratch_assert_error(&err, ERROR_VAULT, "the entry was altered");
	record = vault->records[0];
	record.changed_at_ms++;
	assert_int_equal(vault_record_open(vault, &record, &value, &err), -1);
	record = vault->records[0];
	vault->id[0] ^= 1;
	assert_int_equal(vault_record_open(vault, &record, &value, &err), -1);
	scratch_assert_error(&err, ERROR_VAULT, "the entry was altered");
	vault_close(vault);
	secret_release(&value);
}

/* A slot that asks for more memory than any of ours must not get it. */
static void a_cost_beyond_all_reason_is_refused_before_it_is_paid(void **state)
{
	const struct scratch *scratch = *state;
	struct error err = ERROR_INIT;
	struct buffer bytes;

	make_vault(scratch, &bytes);
	struct vault *vault = scratch_open(scratch, &scratch->key);
	struct secret passphrase = scratch_secret(SCRATCH_PASSPHRASE);
	assert_int_equal(vault->slots[1].kind, VAULT_KEY_PASSPHRASE);
	vault->slots[1].log2_n = VAULT_SCRYPT_LOG2_N_MAX + 1;
	buffer_clear(&bytes);
	assert_int_equal(vault_encode(vault, &bytes, &err), 0);
	write_vault(scratch, buffer_slice(&bytes));
	assert_int_equal(use_vault(scratch, &passphrase, &err), -1);
	scratch_assert_error(&err, ERROR_VAULT, "does not read as a vault");
	secret_release(&passphrase);
	vault_close(vault);
	buffer_release(&bytes);
}

int run_vault_damage_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_bit_counts, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(every_byte_is_authenticated_whatever_the_checksum_says, scratch_make,
	                                        scratch_remove),
		cmocka_unit_test_setup_teardown(the_slot_of_a_passphrase_is_authenticated_too, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_vault_that_is_cut_short_says_so, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(what_stands_behind_a_vault_is_noticed, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(what_was_never_a_vault_says_so, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_damaged_vault_is_left_as_it_is, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_value_opens_under_its_own_name_only, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_cost_beyond_all_reason_is_refused_before_it_is_paid, scratch_make,
	                                        scratch_remove),
	};

	return cmocka_run_group_tests_name("damage of a vault", tests, NULL, NULL);
}
